//! Values of every kind in every field, judged by Valence and by Ironic.

use serde_json::{Value, json};

use super::ask::{Asked, mac};
use super::ours;

/// Fields, beside all interfaces, whose values name something that Ironic has or has
/// not, or that a site's own schema describes: not to be told without asking.
const NAMES: [&str; 5] = [
    "chassis_uuid",
    "conductor_group",
    "driver",
    "network_data",
    "parent_node",
];

/// Prime to the number of values, so that each field meets another one.
const STEP: usize = 13;

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(""),
        json!("x"),
        json!("a b"),
        json!("é"),
        json!("true"),
        json!("maybe"),
        json!("On"),
        json!(true),
        json!(0),
        json!(1.5),
        json!([]),
        json!({}),
        json!({"a": 1}),
        json!(["x"]),
        json!("x".repeat(33)),
        json!("x".repeat(65)),
        json!("x".repeat(81)),
        json!("x".repeat(256)),
        json!("x".repeat(4097)),
        json!("38947555-7742-3448-3784-823347823834"),
    ]
}

fn grid() -> Vec<(&'static str, &'static str, Value)> {
    let node = [
        "automated_clean",
        "bios_interface",
        "boot_interface",
        "boot_mode",
        "chassis_uuid",
        "conductor_group",
        "console_enabled",
        "description",
        "disable_power_off",
        "driver",
        "driver_info",
        "extra",
        "firmware_interface",
        "instance_info",
        "instance_name",
        "instance_uuid",
        "lessee",
        "maintenance",
        "name",
        "network_data",
        "owner",
        "parent_node",
        "properties",
        "resource_class",
        "retired",
        "retired_reason",
        "secure_boot",
        "shard",
        "storage_interface",
        "nonsense",
    ];
    let port = [
        "address",
        "available_for_dynamic_portgroup",
        "category",
        "description",
        "extra",
        "is_smartnic",
        "local_link_connection",
        "name",
        "physical_network",
        "pxe_enabled",
        "vendor",
        "nonsense",
    ];
    let group = [
        "address",
        "category",
        "extra",
        "mode",
        "name",
        "physical_network",
        "properties",
        "standalone_ports_supported",
        "nonsense",
    ];
    let mut grid = Vec::new();
    for (of, fields) in [
        ("node", &node[..]),
        ("ports", &port[..]),
        ("portgroups", &group[..]),
    ] {
        for field in fields {
            grid.extend(values().into_iter().map(|value| (of, *field, value)));
        }
    }
    grid
}

fn enrollment(of: &str, field: &str, value: &Value) -> Value {
    let mut enrollment = json!({"node": {"driver": "fake-hardware"}});
    match of {
        "node" => enrollment["node"][field] = value.clone(),
        "ports" => {
            enrollment["ports"] = json!([{"address": mac()}]);
            enrollment["ports"][0][field] = value.clone();
        }
        _ => {
            enrollment["portgroups"] = json!([{"name": "bond0"}]);
            enrollment["portgroups"][0][field] = value.clone();
        }
    }
    enrollment
}

/// What Valence refuses though Ironic would take it, and why.
fn is_stricter(of: &str, field: &str, value: &Value) -> bool {
    let text = value.as_str();
    // It is to be left out instead: where it means anything, it means harm.
    value.is_null()
        // Ironic's column, which SQLite does not hold to.
        || text.is_some_and(|text| text.len() > 255)
        // Ironic stores any text for a yes or no.
        || field == "secure_boot" && value.is_string()
        // Ports join a port group by its name, of which its uuid is made.
        || (of, field) == ("portgroups", "name")
        // The newest Ironic does not look; older ones do.
        || matches!((of, field), ("ports", "name") | ("portgroups", "physical_network"))
            && text == Some("")
}

/// Asks about one in [`STEP`] values, from `first` on; about all of them with
/// `VALENCE_EVERY_VALUE` set.
#[allow(clippy::disallowed_methods, reason = "for whoever changes a rule")]
pub(super) async fn compare(asked: &Asked, first: usize) {
    let step = match std::env::var_os("VALENCE_EVERY_VALUE") {
        Some(_) => 1,
        None => STEP,
    };
    let mut wrong = Vec::new();
    for (of, field, value) in grid().into_iter().skip(first % step).step_by(step) {
        let enrollment = enrollment(of, field, &value);
        let said = ours(&enrollment, asked.api);
        let answer = asked.about(&enrollment).await;
        let shown: String = value.to_string().chars().take(40).collect();
        let may_ask = NAMES.contains(&field) || field.ends_with("_interface");
        match (&said[..], &answer) {
            ([], Err((_, words))) if !may_ask => {
                wrong.push(format!(
                    "only ironic refuses {of}.{field} = {shown}: {words}"
                ));
            }
            ([_, ..], Ok(())) if !is_stricter(of, field, &value) => {
                wrong.push(format!(
                    "only valence refuses {of}.{field} = {shown}: {said:?}"
                ));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
