//! The file of `-f baremetal-create`, fed to OpenStack's own client.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use valence_tests::{Valence, ask_ironic, root};

use crate::register::{Machine, ironic};

/// Has the real client create the node `name` that is in `file`. Several tests share one
/// Ironic, whose SQLite is locked at times: then what was created goes, and it is tried
/// again.
async fn create(file: &Path, name: &str) {
    let started = Instant::now();
    loop {
        let ran = ironic()
            .cli()
            .command("openstack")
            .args(["baremetal", "create"])
            .arg(file)
            .output()
            .unwrap();
        if ran.status.success() {
            return;
        }
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        let is_locked = said.contains("database is locked");
        let is_late = started.elapsed() > Duration::from_secs(60);
        assert!(is_locked && !is_late, "{said}");
        ask_ironic(
            &ironic().endpoint(),
            "DELETE",
            &format!("nodes/{name}"),
            None,
        )
        .await;
    }
}

async fn ask(path: &str) -> Value {
    let (status, body) = ask_ironic(&ironic().endpoint(), "GET", path, None).await;
    assert_eq!(status, 200, "{path}: {body:#}");
    body
}

/// Every value of `wanted` is in `found`.
fn assert_holds(found: &Value, wanted: &Value, at: &str) {
    match wanted {
        Value::Object(wanted) => {
            for (key, value) in wanted {
                assert_holds(&found[key], value, &format!("{at}/{key}"));
            }
        }
        Value::Null => {}
        wanted => assert_eq!(found, wanted, "{at}"),
    }
}

/// Ironic holds all that `enrollment` says, and no more ports, groups and traits.
async fn assert_registered(enrollment: &Value) {
    let name = enrollment["node"]["name"].as_str().unwrap();
    let node = ask(&format!("nodes/{name}")).await;
    assert_holds(&node, &enrollment["node"], "/node");
    let (uuid, info) = (node["uuid"].as_str().unwrap(), &node["driver_info"]);
    assert_eq!(info["redfish_username"], "REDFISH_USERNAME");
    assert_eq!(info["redfish_password"], "******");
    let traits = ask(&format!("nodes/{uuid}/traits")).await;
    assert_eq!(sorted(&traits["traits"]), sorted(&enrollment["traits"]));

    let groups = ask(&format!("portgroups/detail?node={uuid}")).await;
    let groups = groups["portgroups"].as_array().unwrap();
    let wanted = enrollment["portgroups"].as_array().unwrap();
    assert_eq!(groups.len(), wanted.len());
    for group in wanted {
        let found = groups.iter().find(|one| one["name"] == group["name"]);
        assert_holds(found.unwrap(), group, "/portgroups");
    }
    let ports = ask(&format!("ports/detail?node={uuid}")).await;
    let ports = ports["ports"].as_array().unwrap();
    let wanted = enrollment["ports"].as_array().unwrap();
    assert_eq!(ports.len(), wanted.len());
    for port in wanted {
        let found = ports.iter().find(|one| one["address"] == port["address"]);
        let found = found.unwrap_or_else(|| panic!("no port {port:#}"));
        let mut port = port.as_object().unwrap().clone();
        let group = port.remove("portgroup").unwrap_or_default();
        let of_name = groups.iter().find(|one| one["name"] == group);
        let uuid = of_name.map_or(&Value::Null, |group| &group["uuid"]);
        assert_eq!(&found["portgroup_uuid"], uuid, "{port:?}");
        assert_holds(found, &Value::Object(port), "/ports");
    }
}

fn sorted(list: &Value) -> Vec<&str> {
    let mut list: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    list.sort_unstable();
    list
}

/// Values that YAML has other ideas about, and all that can be nested.
fn asked(name: &str, macs: [&str; 3]) -> Value {
    json!({
        "name": name,
        "resource_class": "gold",
        "description": "two\nlines, a \"quote\": # and a \\",
        "owner": null,
        "properties": {"on": "off", "rack": "12:34:56", "released": "2024-01-01"},
        "extra": {
            "1e3": [1, 1e30, 1.5, null, true, "yes", "~", "0x1f", "017", "1_000", "=", "<<"],
            "empty": {"list": [], "object": {}, "text": ""},
            "unicode": "größer \u{1f600} \u{2028}",
        },
        "traits": ["CUSTOM_SITE_A", "HW_CPU_X86_AVX2"],
        "portgroups": [
            {"name": format!("{name}-bond0"), "mode": "802.3ad", "properties": {"miimon": "100"}},
            {"name": format!("{name}-bond1"), "standalone_ports_supported": false},
        ],
        "ports": [
            {"address": macs[0], "portgroup": format!("{name}-bond0"), "pxe_enabled": true},
            {"address": macs[1], "portgroup": format!("{name}-bond0"), "pxe_enabled": true},
            {"address": macs[2], "physical_network": "physnet1",
             "local_link_connection": {"switch_id": "52:54:00:12:34:56", "port_id": "1e3", "switch_info": "no"}},
        ],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn openstacks_client_creates_what_an_offline_evaluation_prints() {
    let id = uuid::Uuid::new_v4();
    let [a, b, ..] = *id.as_bytes();
    let name = format!("offline-{a:02x}{b:02x}");
    let macs = [10, 20, 30].map(|n| format!("52:54:00:{:02}:{:02}:{n}", a % 60, b % 60));
    let parameters = asked(&name, [&macs[0], &macs[1], &macs[2]]).to_string();
    let mockup = root().join("hooks/mockups/dell-rack.json");
    let mockup = mockup.display().to_string();
    let evaluate = |form: &str| {
        let ran = Valence::offline([
            "evaluate",
            "--mockup",
            &mockup,
            "--parameters",
            &parameters,
            "-f",
            form,
        ]);
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran.stdout
    };
    let report: Value = serde_json::from_str(&evaluate("json")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("node.yaml");
    fs::write(&file, evaluate("baremetal-create")).unwrap();
    create(&file, &name).await;
    assert_registered(&report["enrollment"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openstacks_client_creates_what_a_dry_run_prints_and_no_credentials_are_in_it() {
    let machine = Machine::new("printed");
    let valence = Valence::with_ironic(&ironic().endpoint()).start();
    machine.managed_by(&valence).await;
    let parameters = json!({
        "resource_class": "gold",
        "driver_info": {"redfish_username": "admin-of-bmc", "redfish_password": "s3cr3t-of-bmc"},
    });
    let ran = valence.cli([
        "node",
        "register",
        &machine.name,
        "--dry-run",
        "--parameters",
        &parameters.to_string(),
        "-f",
        "baremetal-create",
    ]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(!ran.stdout.contains("-of-bmc"), "{}", ran.stdout);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("node.yaml");
    fs::write(&file, &ran.stdout).unwrap();
    create(&file, &machine.name).await;
    let path = format!("{}?dry_run=true", machine.path());
    let dry = valence.post(&path, parameters).await;
    assert_registered(&dry.body["enrollment"]).await;

    // Without a dry run it is refused before anything is done.
    let refused = valence.cli(["node", "register", &machine.name, "-f", "baremetal-create"]);
    assert_eq!(refused.exit, 2, "{refused:?}");
    let shown = valence.get(&format!("/v1/nodes/{}", machine.name)).await;
    assert_eq!(shown.body["managed_by"], Value::Null);
}
