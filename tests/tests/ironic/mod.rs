//! The saga against real Ironic, judged by Ironic's own client where a person
//! would look.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod doubts;
mod faults;
mod listing;

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use uuid::Uuid;
use valence::enrollment::Enrollment;
use valence::failure::Cause;
use valence::ironic::{
    self, ApplyError, Auth, Client, Created, IronicErrorKind, Journal, JournalError, Mark,
    NoJournal, Outcome, Plan, Removed, Settings, Step, Undo,
};
use valence::node::VerifyCa;
use valence::secret::{Credentials, Secret};
use valence_testbed::{Ironic, RedfishEmulator};

const PASSWORD: &str = "canary-pa55word";

/// The password of `admin` at the Ironic that does not let everybody in.
pub(crate) const CLOSED: &str = "ironic-canary-5e";

/// One Ironic for all tests, also of other modules: they use names, MACs and uuids
/// of their own.
pub(crate) fn open() -> &'static Ironic {
    static IRONIC: OnceLock<Ironic> = OnceLock::new();
    IRONIC.get_or_init(|| Ironic::builder().start().expect("ironic"))
}

pub(crate) fn closed() -> &'static Ironic {
    static IRONIC: OnceLock<Ironic> = OnceLock::new();
    IRONIC.get_or_init(|| {
        Ironic::builder()
            .http_basic("admin", CLOSED)
            .start()
            .expect("ironic")
    })
}

fn settings(endpoint: &str, auth: Auth) -> Settings {
    Settings {
        endpoint: endpoint.parse().expect("a url"),
        auth,
        verify_ca: VerifyCa::default(),
        certificate: None,
        api_version: None,
        max_concurrency: 8,
        timeout: Duration::from_secs(60),
    }
}

async fn client() -> Client {
    // Starting it blocks.
    let ironic = tokio::task::spawn_blocking(open).await.expect("ironic");
    Client::new(settings(&ironic.endpoint(), Auth::None))
        .expect("a client")
        // SQLite under many tests at a time.
        .with_patience(Duration::from_secs(90))
}

fn credentials(username: &str, password: &str) -> Credentials {
    Credentials {
        username: username.into(),
        password: Secret::new(password),
    }
}

/// Names and MACs that no other test has.
struct Own(Uuid);

impl Own {
    fn new() -> Self {
        Self(Uuid::new_v4())
    }

    fn name(&self) -> String {
        format!("node-{}", &self.0.simple().to_string()[..12])
    }

    fn mac(&self, n: u8) -> String {
        let [a, b, c, d, ..] = *self.0.as_bytes();
        format!("52:{a:02x}:{b:02x}:{c:02x}:{d:02x}:{n:02x}")
    }
}

fn plan(enrollment: Value) -> Plan {
    Plan {
        registration: Uuid::new_v4(),
        node_uuid: ironic::node_uuid(Uuid::new_v4(), 0),
        enrollment: serde_json::from_value::<Enrollment>(enrollment).expect("an enrollment"),
        digest: "digest".into(),
        hooks: vec!["sha256:hook".into()],
    }
}

fn small_plan(own: &Own) -> Plan {
    plan(json!({
        "node": {"driver": "fake-hardware", "name": own.name()},
        "ports": [{"address": own.mac(1)}, {"address": own.mac(2)}],
        "traits": ["CUSTOM_SMALL"],
    }))
}

async fn apply(client: &Client, plan: &Plan) -> Result<Created, ApplyError> {
    ironic::apply(client, &NoJournal, plan, None).await
}

async fn assert_nothing_left(client: &Client, plan: &Plan) {
    assert_eq!(client.node(plan.node_uuid).await.expect("an answer"), None);
}

/// Every key of `expected` is in `found` with the same value.
fn assert_holds(found: &Value, expected: &Value) {
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(found.get(key), Some(value), "{key}");
    }
}

#[tokio::test]
async fn apply_creates_exactly_the_enrollment() {
    let (client, own) = (client().await, Own::new());
    let plan = plan(json!({
        "node": {
            "driver": "redfish",
            "name": own.name(),
            "driver_info": {"redfish_address": "https://bmc.invalid", "redfish_system_id": "/redfish/v1/Systems/1"},
            "properties": {"cpus": 64, "memory_mb": 262144, "local_gb": 893, "cpu_arch": "x86_64", "capabilities": "boot_mode:uefi"},
            "extra": {"rack": "r1"},
            "resource_class": "large",
            "description": "a test",
            "owner": "site-a",
            "deploy_interface": "ramdisk",
        },
        "portgroups": [{"name": format!("{}-bond0", own.name()), "mode": "802.3ad"}],
        "ports": [
            {"address": own.mac(1), "pxe_enabled": true, "physical_network": "net1", "portgroup": format!("{}-bond0", own.name())},
            {"address": own.mac(2).to_uppercase(), "pxe_enabled": false, "extra": {"slot": 2}},
        ],
        "traits": ["CUSTOM_GPU", "HW_CPU_X86_AVX2"],
    }));
    let created = ironic::apply(
        &client,
        &NoJournal,
        &plan,
        Some(&credentials("root", PASSWORD)),
    )
    .await
    .expect("created");
    assert_eq!(created.node_uuid, plan.node_uuid);
    assert_eq!(created.provision_state, "enroll");
    assert_eq!(created.microversion.to_string(), "1.115");

    let uuid = plan.node_uuid.to_string();
    let node = tokio::task::spawn_blocking(move || open().cli().baremetal(["node", "show", &uuid]))
        .await
        .expect("no panic")
        .expect("ironic's client");
    let mut expected = plan.enrollment.node.clone();
    expected.insert("uuid".into(), json!(plan.node_uuid));
    expected.insert(
        "driver_info".into(),
        json!({
            "redfish_address": "https://bmc.invalid",
            "redfish_system_id": "/redfish/v1/Systems/1",
            "redfish_username": "root",
            "redfish_password": "******",
        }),
    );
    expected.insert(
        "extra".into(),
        json!({
            "rack": "r1",
            "valence": {"registration": plan.registration, "digest": "digest", "hooks": ["sha256:hook"]},
        }),
    );
    assert_holds(&node, &Value::Object(expected));

    let groups = client
        .node_portgroups(plan.node_uuid)
        .await
        .expect("portgroups");
    assert_eq!(groups.len(), 1);
    assert_holds(
        &groups[0],
        &json!({"uuid": created.portgroups[0], "name": format!("{}-bond0", own.name()), "mode": "802.3ad"}),
    );
    let mut ports = client.node_ports(plan.node_uuid).await.expect("ports");
    ports.sort_by_key(|port| port["address"].to_string());
    assert_eq!(ports.len(), 2);
    assert_holds(
        &ports[0],
        &json!({"uuid": created.ports[0], "address": own.mac(1), "pxe_enabled": true, "physical_network": "net1", "portgroup_uuid": created.portgroups[0]}),
    );
    assert_holds(
        &ports[1],
        &json!({"uuid": created.ports[1], "address": own.mac(2), "pxe_enabled": false, "extra": {"slot": 2}}),
    );
    let mut traits = client.node_traits(plan.node_uuid).await.expect("traits");
    traits.sort();
    assert_eq!(traits, ["CUSTOM_GPU", "HW_CPU_X86_AVX2"]);
}

#[tokio::test]
async fn applying_again_creates_nothing_twice_and_finishes_what_is_missing() {
    let (client, own) = (client().await, Own::new());
    let whole = small_plan(&own);
    let mut cut_off = whole.clone();
    cut_off.enrollment.ports.pop();
    cut_off.enrollment.traits.clear();
    apply(&client, &cut_off).await.expect("created");

    let first = apply(&client, &whole).await.expect("finished");
    assert_eq!(apply(&client, &whole).await.expect("again"), first);
    assert_eq!(
        client
            .node_ports(whole.node_uuid)
            .await
            .expect("ports")
            .len(),
        2
    );
    assert_eq!(
        client.node_traits(whole.node_uuid).await.expect("traits"),
        ["CUSTOM_SMALL"]
    );
    let found = ironic::find_registered(&client, &whole)
        .await
        .expect("an answer");
    let mark = Mark::of(&found.expect("the node")).expect("its mark");
    assert_eq!(mark.registration, whole.registration);

    // A later registration from the same enrollment takes over what stands.
    let later = Plan {
        registration: Uuid::new_v4(),
        ..whole.clone()
    };
    apply(&client, &later).await.expect("taken over");
    let node = client
        .node(later.node_uuid)
        .await
        .expect("an answer")
        .expect("the node");
    assert_eq!(
        Mark::of(&node).expect("its mark").registration,
        later.registration
    );

    // From another enrollment it does not.
    let other = Plan {
        registration: Uuid::new_v4(),
        digest: "other".into(),
        ..whole
    };
    let error = apply(&client, &other).await.expect_err("a leftover");
    assert!(!error.undone());
    assert_eq!(error.into_failure().cause, Cause::Conflict);
}

#[tokio::test]
async fn a_mac_of_another_node_is_a_conflict_and_leaves_nothing() {
    let (client, own) = (client().await, Own::new());
    apply(&client, &small_plan(&own)).await.expect("created");
    let second = plan(json!({
        "node": {"driver": "fake-hardware"},
        "ports": [{"address": own.mac(9)}, {"address": own.mac(2)}],
    }));
    let error = apply(&client, &second).await.expect_err("a conflict");
    assert!(error.undone());
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::Conflict);
    assert!(failure.detail.contains(&own.name()), "{}", failure.detail);
    assert!(failure.detail.contains(&own.mac(2)), "{}", failure.detail);
    assert_eq!(failure.field, Some(format!("/ports/{}", own.mac(2))));
    assert_nothing_left(&client, &second).await;
}

/// Ten nodes that want one MAC at the same moment: no preflight sees it coming.
#[tokio::test]
async fn of_many_that_want_one_mac_one_gets_it_and_the_others_leave_nothing() {
    let (client, own) = (client().await, Own::new());
    let plans: Vec<_> = (0..6)
        .map(|_| {
            plan(json!({
                "node": {"driver": "fake-hardware"},
                "ports": [{"address": own.mac(1)}],
            }))
        })
        .collect();
    let results = futures::future::join_all(plans.iter().map(|plan| apply(&client, plan))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (plan, result) in plans.iter().zip(results) {
        if let Err(error) = result {
            assert!(error.undone(), "{error}");
            assert_eq!(error.into_failure().cause, Cause::Conflict);
            assert_nothing_left(&client, plan).await;
        }
    }
}

#[tokio::test]
async fn a_name_is_taken_in_another_case_too() {
    let (client, own) = (client().await, Own::new());
    apply(&client, &small_plan(&own)).await.expect("created");
    let second =
        plan(json!({"node": {"driver": "fake-hardware", "name": own.name().to_uppercase()}}));
    let error = apply(&client, &second).await.expect_err("a conflict");
    let failure = error.into_failure();
    assert_eq!(
        (failure.cause, failure.field.as_deref()),
        (Cause::Conflict, Some("/node/name"))
    );
    assert!(failure.detail.contains(&own.name()), "{}", failure.detail);
    assert_nothing_left(&client, &second).await;
}

#[tokio::test]
async fn what_ironic_refuses_is_undone_and_told_in_its_words() {
    let client = client().await;
    let own = Own::new();
    let cases = [
        // A port that the static rules would have caught.
        (
            json!({
                "node": {"driver": "fake-hardware"},
                "ports": [
                    {"address": own.mac(1)},
                    {"address": own.mac(2), "local_link_connection": {"switch_id": "leaf1", "port_id": "1"}},
                ],
                "traits": ["CUSTOM_A"],
            }),
            400,
            format!("/ports/{}", own.mac(2)),
        ),
        (
            json!({"node": {"driver": "fake-hardware"}, "ports": [{"address": own.mac(3)}], "traits": ["no trait"]}),
            400,
            "/traits".into(),
        ),
        (
            json!({"node": {"driver": "no-such-driver"}}),
            400,
            "/node".into(),
        ),
    ];
    for (enrollment, status, field) in cases {
        let plan = plan(enrollment);
        let error = apply(&client, &plan).await.expect_err("a refusal");
        assert_eq!(error.undo, Undo::Undone, "{error}");
        let failure = error.into_failure();
        assert_eq!(failure.cause, Cause::InvalidEnrollment, "{failure}");
        assert_eq!(failure.field, Some(field));
        let answer = failure.ironic.expect("ironic's answer");
        assert_eq!(answer.status, Some(status));
        assert!(answer.request_id.is_some_and(|id| id.starts_with("req-")));
        assert_nothing_left(&client, &plan).await;
    }
}

#[tokio::test]
async fn a_field_newer_than_the_api_version_is_named_before_anything_is_written() {
    let _ = client().await;
    let old = Client::new(Settings {
        api_version: Some("1.50".parse().expect("a version")),
        ..settings(&open().endpoint(), Auth::None)
    })
    .expect("a client");
    let plan = plan(json!({"node": {"driver": "fake-hardware", "description": "came with 1.51"}}));
    let error = apply(&old, &plan).await.expect_err("a refusal");
    assert_eq!(error.undo, Undo::NothingMade);
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment);
    assert_eq!(failure.field.as_deref(), Some("/node/description"));
    assert!(
        failure
            .detail
            .contains("needs Ironic's API 1.51, and this Ironic has 1.50"),
        "{failure}"
    );
}

#[tokio::test]
async fn http_basic_lets_us_in_and_a_wrong_password_is_told_clearly() {
    let ironic = tokio::task::spawn_blocking(closed).await.expect("ironic");
    let client = |password: &str| {
        let auth = Auth::HttpBasic(credentials("admin", password));
        Client::new(settings(&ironic.endpoint(), auth)).expect("a client")
    };
    let plan = small_plan(&Own::new());
    apply(&client(CLOSED), &plan).await.expect("created");

    let wrong = client("canary-wrong");
    let error = apply(&wrong, &small_plan(&Own::new()))
        .await
        .expect_err("a refusal");
    assert!(error.undone());
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::IronicUnavailable);
    let begins = format!("ironic at `{}` refuses our credentials", ironic.endpoint());
    assert!(failure.detail.starts_with(&begins), "{failure}");
    assert!(!format!("{failure:?}").contains("canary-wrong"));
    let removal = ironic::remove(&wrong, &NoJournal, plan.registration, plan.node_uuid).await;
    let failure = removal.expect_err("a refusal").into_failure();
    assert_eq!(failure.cause, Cause::IronicUnavailable);
}

#[tokio::test]
async fn remove_deletes_once_and_only_what_bears_our_mark() {
    let (client, own) = (client().await, Own::new());
    let plan = small_plan(&own);
    apply(&client, &plan).await.expect("created");
    let remove = async |node| ironic::remove(&client, &NoJournal, plan.registration, node).await;
    assert_eq!(
        remove(plan.node_uuid).await.expect("removed"),
        Removed::Deleted
    );
    assert_nothing_left(&client, &plan).await;
    assert_eq!(
        remove(plan.node_uuid).await.expect("removed"),
        Removed::WasGone
    );
    // Its MACs are free again.
    let again = Plan {
        node_uuid: ironic::node_uuid(own.0, 1),
        ..plan.clone()
    };
    apply(&client, &again).await.expect("created again");

    let foreign = Uuid::new_v4();
    let uuid = foreign.to_string();
    let created = tokio::task::spawn_blocking(move || {
        open().cli().baremetal([
            "node",
            "create",
            "--driver",
            "fake-hardware",
            "--uuid",
            &uuid,
        ])
    });
    created
        .await
        .expect("no panic")
        .expect("created by ironic's client");
    let error = remove(foreign).await.expect_err("a refusal");
    assert_eq!(error.into_failure().cause, Cause::Conflict);
    assert!(client.node(foreign).await.expect("an answer").is_some());
}

#[tokio::test]
async fn a_node_becomes_manageable() {
    let (client, own) = (client().await, Own::new());
    let plan = small_plan(&own);
    apply(&client, &plan).await.expect("created");
    client
        .set_provision_state(plan.node_uuid, "manage")
        .await
        .expect("begun");
    let settled = client
        .settled(plan.node_uuid, Duration::from_secs(60))
        .await
        .expect("settled");
    assert_eq!(settled.state, "manageable", "{settled:?}");
}

/// Keeps the steps as text.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn note(&self, text: String) {
        self.0.lock().expect("no panic").push(text);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("no panic").clone()
    }
}

#[async_trait]
impl Journal for Notes {
    async fn before(&self, _: Uuid, step: &Step) -> Result<(), JournalError> {
        self.note(format!("before {step}"));
        Ok(())
    }

    async fn after(&self, _: Uuid, step: &Step, outcome: &Outcome) -> Result<(), JournalError> {
        self.note(format!(
            "after {step}: {}",
            serde_json::to_string(outcome).expect("JSON")
        ));
        Ok(())
    }
}

#[tokio::test]
async fn the_journal_has_each_step_before_and_after_and_no_password() {
    let (client, own) = (client().await, Own::new());
    let plan = plan(json!({
        "node": {"driver": "fake-hardware", "driver_info": {}, "owner": "site-a"},
        "ports": [{"address": own.mac(1), "local_link_connection": {"switch_id": "leaf1", "port_id": "1"}}],
    }));
    let notes = Notes::default();
    ironic::apply(&client, &notes, &plan, Some(&credentials("root", PASSWORD)))
        .await
        .expect_err("a refusal");
    let notes = notes.all();
    let node = plan.node_uuid;
    let port = ironic::port_uuid(node, &own.mac(1));
    let sent = |text: &String| {
        !text.contains(r#""outcome":"refused","status":400,"reason":"Cannot create a node"#)
    };
    let told: Vec<_> = notes
        .iter()
        .filter(|text| sent(text))
        .map(String::as_str)
        .collect();
    for expected in [
        format!("before create node {node}"),
        format!(r#"after create node {node}: {{"outcome":"done"}}"#),
        format!("before amend node {node}"),
        format!(r#"after amend node {node}: {{"outcome":"done"}}"#),
        format!("before create port {port} {}", own.mac(1)),
        format!("before delete node {node}"),
        format!(r#"after delete node {node}: {{"outcome":"done"}}"#),
    ] {
        assert!(
            told.contains(&expected.as_str()),
            "{expected} is not in {told:#?}"
        );
    }
    let refused = format!(
        "after create port {port} {}: {{\"outcome\":\"refused\",\"status\":400",
        own.mac(1)
    );
    assert!(
        told.iter().any(|text| text.starts_with(&refused)),
        "{told:#?}"
    );
    assert!(!notes.join("\n").contains(PASSWORD));
}

#[tokio::test]
async fn what_is_no_ironic_or_not_to_be_trusted_is_told_as_such() {
    let emulator = tokio::task::spawn_blocking(|| {
        RedfishEmulator::with_system("3f1c5a52-6a4e-4f7b-9d3c-6a0a5d1b7e11")
            .tls()
            .start()
            .expect("emulator")
    });
    let emulator = emulator.await.expect("no panic");
    let profile = async |verify_ca| {
        let settings = Settings {
            verify_ca,
            ..settings(emulator.url(), Auth::None)
        };
        let client = Client::new(settings).expect("a client");
        client.profile().await.expect_err("no ironic")
    };
    let error = profile(VerifyCa::Check(true)).await;
    assert_eq!(error.kind, IronicErrorKind::Untrusted, "{error}");
    let authority = emulator.ca_file().expect("a file");
    let authority = VerifyCa::File(authority.to_string_lossy().into_owned());
    let error = profile(authority).await;
    assert_eq!(error.kind, IronicErrorKind::Garbage, "{error}");
}
