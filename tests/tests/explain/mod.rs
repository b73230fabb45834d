//! Why a node is registered as it is, and what OpenStack's own client makes of it.

mod baremetal_create;
mod decisions;

use serde_json::{Value, json};
use valence_tests::{Valence, hook, root};

use crate::register::{Machine, ironic};

/// The configuration of a site that names and classifies, with one field that an old
/// Ironic does not know.
fn configuration(directory: &std::path::Path) -> String {
    let file = directory.join("valence.toml");
    let text = format!(
        r#"
[register]
newer_fields = "warn"
[register.defaults]
disable_power_off = true
[[hook]]
name = "site-naming"
path = {:?}
writes = ["/node/name"]
settings = {{ patterns = ["{{rack}}-u{{unit:02}}"] }}
[[hook]]
name = "port-policy"
path = {:?}
settings = {{ rules = [{{ physical_network = "physnet1" }}] }}
"#,
        hook("site-naming").display().to_string(),
        hook("port-policy").display().to_string(),
    );
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// `text` with the digests of components, which change with every build, blanked.
fn tamed(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("sha256:…");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    out
}

#[test]
fn an_offline_evaluation_is_explained_field_by_field() {
    let directory = tempfile::tempdir().unwrap();
    let configuration = configuration(directory.path());
    let mockup = root().join("hooks/mockups/dell-rack.json");
    let evaluate = |form: &str| {
        let mockup = mockup.display().to_string();
        let ran = Valence::offline([
            "evaluate",
            "--mockup",
            &mockup,
            "--config",
            &configuration,
            "--ironic",
            "1.82",
            "--explain",
            "-f",
            form,
        ]);
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran.stdout
    };
    insta::assert_snapshot!("human", tamed(&evaluate("table")));

    let report: Value = serde_json::from_str(&evaluate("json")).unwrap();
    let fields = report["explanation"]["fields"].as_array().unwrap();
    let name = fields.iter().find(|field| field["pointer"] == "/node/name");
    let name = name.unwrap();
    let hooks = report["hooks"].as_array().unwrap();
    let site_naming = hooks.iter().find(|run| run["name"] == "site-naming");
    assert_eq!(name["by"], "site-naming");
    assert_eq!(name["digest"], site_naming.unwrap()["digest"]);
    assert_eq!(name["value"], report["enrollment"]["node"]["name"]);
    assert_eq!(name["replaced"][0]["by"], "seed");
    let rack = name["reads"].as_array().unwrap().iter().find(|read| {
        let pointer = read["pointer"].as_str().unwrap();
        pointer.contains("Rack") && !pointer.ends_with("Offset")
    });
    assert!(
        rack.is_some_and(|rack| rack["value"].is_string()),
        "{name:#}"
    );
    let left_out = report["explanation"]["left_out"].as_array().unwrap();
    assert!(
        left_out
            .iter()
            .any(|one| one["pointer"] == "/node/disable_power_off" && one["kind"] == "api-version"),
        "{left_out:#?}"
    );
}

#[test]
fn what_redfish_says_to_no_avail_is_told_apart_from_what_it_does_not_say() {
    let mockup = root().join("tests/mockups/placeholders.json");
    let ran = Valence::offline([
        "evaluate",
        "--mockup",
        &mockup.display().to_string(),
        "--explain",
    ]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let (_, left_out) = ran.stdout.split_once("\nleft out\n").unwrap();
    insta::assert_snapshot!("left_out", left_out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_explains_dry_runs_registrations_and_what_is_on_record() {
    let machine = Machine::new("explained");
    let valence = Valence::with_ironic(&ironic().endpoint())
        .hook(
            "site-naming",
            &hook("site-naming"),
            "settings = { patterns = [\"{node}-named\"] }\nwrites = [\"/node/name\"]",
        )
        .start();
    machine.managed_by(&valence).await;
    let of = |body: &Value| {
        let fields = body["explanation"]["fields"].as_array().cloned();
        let fields = fields.unwrap_or_else(|| panic!("{body:#}"));
        let name = fields
            .into_iter()
            .find(|one| one["pointer"] == "/node/name");
        let name = name.unwrap();
        assert_eq!(name["by"], "site-naming");
        assert_eq!(name["replaced"][0]["value"], machine.name);
        name
    };
    let dry = valence
        .post(&format!("{}?dry_run=true", machine.path()), json!({}))
        .await;
    assert_eq!(dry.body["explanation"], Value::Null, "{:#}", dry.body);
    let path = format!("{}?dry_run=true&explain=true", machine.path());
    let dry = valence.post(&path, json!({})).await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    let planned = of(&dry.body);

    let shown = valence.cli(["node", "register", &machine.name, "--dry-run", "--explain"]);
    assert_eq!(shown.exit, 0, "{shown:?}");
    assert!(
        shown
            .stdout
            .contains("set by       hook `site-naming` (sha256:"),
        "{shown:?}"
    );
    let refused = valence.cli(["node", "register", &machine.name, "--explain"]);
    assert_eq!(refused.exit, 2, "{refused:?}");

    let path = format!("{}?explain=true", machine.path());
    let registered = valence.post(&path, json!({})).await;
    assert_eq!(registered.status, 200, "{:#}", registered.body);
    let applied = of(&registered.body);
    assert_eq!(applied["value"], planned["value"]);
    assert_eq!(applied["digest"], planned["digest"]);
    let record = valence
        .get(&format!("/v1/nodes/{}/registration", machine.name))
        .await;
    assert_eq!(of(&record.body), applied);

    let many = valence
        .post("/v1/registrations?explain", json!({"all": true}))
        .await;
    assert_eq!(many.status, 400, "{:#}", many.body);
}
