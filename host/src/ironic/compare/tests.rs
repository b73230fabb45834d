use super::*;
use serde_json::json;

const NODE: Uuid = Uuid::from_u128(1);
const MAC: &str = "aa:00:00:00:00:01";

fn enrollment(value: Value) -> Enrollment {
    serde_json::from_value(value).expect("an enrollment")
}

fn whole(node: Value, ports: Vec<Value>) -> Whole {
    Whole::new(NODE, node, ports, vec![])
}

const NO_LOGIN: Login<'_> = Login {
    now: None,
    before: false,
    changed: false,
};

/// What the machine does not tell.
const UNTOLD: [&str; 2] = ["/node/properties/unread", "/ports/aa:00:00:00:00:0f"];

type Told = (String, Side, Mend);

fn told(registered: &[Enrollment], wanted: Value, found: &Whole) -> Vec<Told> {
    let wanted = enrollment(wanted);
    let sides = Sides {
        registered,
        wanted: &wanted,
        untold: &UNTOLD.map(str::to_owned),
        login: NO_LOGIN,
    };
    compare(sides, found)
        .into_iter()
        .map(|d| (d.pointer, d.side, d.mend))
        .collect()
}

fn of(pointer: &str, side: Side, mend: Mend) -> Told {
    (pointer.to_owned(), side, mend)
}

#[test]
fn each_field_is_told_by_the_side_that_changed_it() {
    let registered = [enrollment(
        json!({"node": {"name": "a", "resource_class": "gold",
        "properties": {"same": 1, "policy": 1, "there": 1, "both": 1, "lost": 1, "agreed": 1}}}),
    )];
    let wanted = json!({"node": {"name": "a", "resource_class": "gold",
        "properties": {"same": 1, "policy": 2, "there": 1, "both": 2, "lost": 1, "agreed": 2, "new": 1}}});
    let found = whole(
        json!({"name": "a", "resource_class": "gold", "description": "theirs",
            "properties": {"same": 1, "policy": 1, "there": 2, "both": 3, "agreed": 2, "theirs": 1}}),
        vec![],
    );
    assert_eq!(
        told(&registered, wanted, &found),
        [
            of("/node/properties/agreed", Side::Both, Mend::Nothing),
            of("/node/properties/both", Side::Both, Mend::Set),
            of("/node/properties/lost", Side::Missing, Mend::Set),
            of("/node/properties/new", Side::Policy, Mend::Set),
            of("/node/properties/policy", Side::Policy, Mend::Set),
            of("/node/properties/there", Side::Ironic, Mend::Set),
        ]
    );
}

#[test]
fn what_we_no_longer_set_goes_unless_somebody_else_set_it_since() {
    let registered = [enrollment(
        json!({"node": {"extra": {"ours": 1, "theirs": 1, "gone": 1}}, "traits": ["CUSTOM_A"]}),
    )];
    let found = whole(
        json!({"extra": {"ours": 1, "theirs": 2}, "traits": ["CUSTOM_A", "CUSTOM_THEIRS"]}),
        vec![],
    );
    assert_eq!(
        told(&registered, json!({"node": {}}), &found),
        [
            of("/node/extra/gone", Side::Both, Mend::Nothing),
            of("/node/extra/ours", Side::Policy, Mend::Remove),
            of("/node/extra/theirs", Side::Both, Mend::Nothing),
            of("/traits/CUSTOM_A", Side::Policy, Mend::Remove),
        ]
    );
}

#[test]
fn what_the_machine_could_not_be_asked_for_stays_as_it_is() {
    let properties = json!({"properties": {"unread": 1, "read": 1}});
    let registered = [enrollment(json!({"node": properties}))];
    let found = whole(properties, vec![]);
    assert_eq!(
        told(&registered, json!({"node": {}}), &found),
        [
            of("/node/properties/read", Side::Policy, Mend::Remove),
            of("/node/properties/unread", Side::Policy, Mend::HoldBack),
        ]
    );
    // A hook has it from elsewhere.
    let wanted = json!({"node": {"properties": {"unread": 2, "read": 1}}});
    assert_eq!(
        told(&registered, wanted, &found),
        [of("/node/properties/unread", Side::Policy, Mend::Set)]
    );
}

#[test]
fn a_port_that_is_not_told_of_keeps_its_port_group() {
    let silent = "aa:00:00:00:00:0f";
    let registered = [enrollment(json!({"node": {}, "ports": [
        {"address": MAC, "portgroup": "bond0"}, {"address": silent, "portgroup": "bond1"}],
        "portgroups": [{"name": "bond0"}, {"name": "bond1"}]}))];
    let group = |name: &str| json!({"uuid": portgroup_uuid(NODE, name), "name": name});
    let port = |mac: &str, group: &str| {
        json!({"uuid": port_uuid(NODE, mac), "address": mac,
        "portgroup_uuid": portgroup_uuid(NODE, group)})
    };
    let found = Whole::new(
        NODE,
        json!({}),
        vec![port(MAC, "bond0"), port(silent, "bond1")],
        vec![group("bond0"), group("bond1")],
    );
    assert_eq!(
        told(&registered, json!({"node": {}}), &found),
        [
            of("/portgroups/bond0", Side::Policy, Mend::Remove),
            of("/portgroups/bond1", Side::Policy, Mend::HoldBack),
            of(&format!("/ports/{MAC}"), Side::Policy, Mend::Remove),
            of(&format!("/ports/{silent}"), Side::Policy, Mend::HoldBack),
        ]
    );
    // Gone there too, it is not spoken of.
    let found = whole(json!({}), vec![]);
    let told = told(&registered, json!({"node": {}}), &found);
    assert!(told.iter().all(|(pointer, ..)| !pointer.contains(silent)));
}

#[test]
fn what_a_failed_update_may_have_written_is_ours() {
    let registered = [
        enrollment(json!({"node": {}, "traits": ["CUSTOM_FAILED"]})),
        enrollment(json!({"node": {}})),
    ];
    let found = whole(json!({"traits": ["CUSTOM_FAILED"]}), vec![]);
    assert_eq!(
        told(&registered, json!({"node": {}}), &found),
        [of("/traits/CUSTOM_FAILED", Side::Policy, Mend::Remove)]
    );
}

#[test]
fn ports_come_and_go_as_wholes_and_only_those_that_we_made_go() {
    let other = "aa:00:00:00:00:02";
    let port = |mac: &str, uuid: Uuid| json!({"uuid": uuid, "address": mac, "pxe_enabled": true});
    let registered = [enrollment(
        json!({"node": {}, "ports": [{"address": MAC, "pxe_enabled": true}, {"address": other}]}),
    )];
    let foreign = port("aa:00:00:00:00:09", Uuid::from_u128(9));
    let found = |first: Uuid| whole(json!({}), vec![port(MAC, first), foreign.clone()]);
    let pointer = format!("/ports/{MAC}");
    let ours = found(port_uuid(NODE, MAC));
    let wanted = json!({"node": {}, "ports": [{"address": other}]});
    let lost = of(&format!("/ports/{other}"), Side::Missing, Mend::Set);
    assert_eq!(
        told(&registered, wanted.clone(), &ours),
        [of(&pointer, Side::Policy, Mend::Remove), lost.clone()]
    );
    assert_eq!(
        told(&registered, wanted, &found(Uuid::from_u128(7))),
        [of(&pointer, Side::Policy, Mend::Nothing), lost.clone()]
    );
    let upper = json!({"node": {}, "ports": [
        {"address": MAC.to_uppercase(), "pxe_enabled": false}, {"address": other}]});
    assert_eq!(
        told(&registered, upper, &ours),
        [
            of(&format!("{pointer}/pxe_enabled"), Side::Policy, Mend::Set),
            lost
        ]
    );
}

#[test]
fn what_is_masked_is_compared_with_what_was_registered() {
    let registered = [enrollment(json!({"node": {"driver_info": {"token": "a"}}}))];
    let found = whole(json!({"driver_info": {"token": "******"}}), vec![]);
    let with = |token: &str| json!({"node": {"driver_info": {"token": token}}});
    assert_eq!(told(&registered, with("a"), &found), []);
    assert_eq!(
        told(&registered, with("b"), &found),
        [of("/node/driver_info/token", Side::Policy, Mend::Set)]
    );
}

#[test]
fn null_nothing_and_an_empty_object_are_one() {
    let wanted = json!({"node": {"description": null, "extra": {}, "instance_info": {},
        "conductor_group": "RACK"}});
    let found = whole(
        json!({"extra": {"valence": {}, "theirs": 1}, "instance_info": null, "conductor_group": "rack"}),
        vec![],
    );
    assert_eq!(told(&[enrollment(wanted.clone())], wanted, &found), []);
}

#[test]
fn what_ironic_writes_in_lower_case_is_the_same() {
    let switch = |id: &str, port: &str| json!({"switch_id": id, "port_id": port});
    let of_case = |mac: &str, id: &str, port: &str| {
        json!({"node": {}, "portgroups": [{"name": "b", "address": mac}],
        "ports": [{"address": MAC, "local_link_connection": switch(id, port)}]})
    };
    let found = Whole::new(
        NODE,
        json!({}),
        vec![json!({"uuid": port_uuid(NODE, MAC), "address": MAC,
            "local_link_connection": switch("aa:bb:cc:00:00:01", "Eth1")})],
        vec![
            json!({"uuid": portgroup_uuid(NODE, "b"), "name": "b", "address": "aa:bb:cc:00:00:02"}),
        ],
    );
    let upper = of_case("AA:BB:CC:00:00:02", "AA:BB:CC:00:00:01", "Eth1");
    assert_eq!(told(&[enrollment(upper.clone())], upper, &found), []);
    let other = of_case("AA:BB:CC:00:00:02", "AA:BB:CC:00:00:01", "ETH1");
    let pointer = format!("/ports/{MAC}/local_link_connection/port_id");
    assert_eq!(
        told(&[enrollment(other.clone())], other, &found),
        [of(&pointer, Side::Ironic, Mend::Set)]
    );
}

#[test]
fn a_password_is_told_by_whether_it_changed_here_or_is_gone_there() {
    let credentials = Credentials {
        username: "root".into(),
        password: crate::secret::Secret::new("s3cret"),
    };
    let nothing = Enrollment::default();
    let told = |before, changed, now: bool, driver_info: Value| -> Vec<Told> {
        let sides = Sides {
            registered: &[],
            wanted: &nothing,
            untold: &[],
            login: Login {
                now: now.then_some(&credentials),
                before,
                changed,
            },
        };
        let found = whole(json!({ "driver_info": driver_info }), vec![]);
        let deviations = compare(sides, &found);
        assert!(!format!("{deviations:?}").contains("s3cret"));
        deviations
            .into_iter()
            .map(|d| (d.pointer, d.side, d.mend))
            .collect()
    };
    let there = json!({"redfish_username": "root", "redfish_password": MASK});
    assert_eq!(told(true, false, true, there.clone()), []);
    assert_eq!(
        told(true, true, true, there.clone()),
        [of(PASSWORD, Side::Policy, Mend::Set)]
    );
    assert_eq!(
        told(true, false, true, json!({"redfish_username": "other"})),
        [
            of(PASSWORD, Side::Missing, Mend::Set),
            of(USERNAME, Side::Ironic, Mend::Set)
        ]
    );
    assert_eq!(
        told(true, true, false, there.clone()),
        [
            of(PASSWORD, Side::Policy, Mend::Remove),
            of(USERNAME, Side::Policy, Mend::Remove)
        ]
    );
    assert_eq!(told(false, false, false, there), []);
}
