//! `valence record` of what the server read.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use valence_tests::{Outcome, Valence, hook};

use super::fleet::{Fleet, naming};
use crate::register::{Machine, ironic};

fn parsed(ran: &Outcome) -> Value {
    assert_eq!(ran.exit, 0, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn texts(directory: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all += &texts(&path),
            false => all += &fs::read_to_string(path).unwrap(),
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_a_decision_comes_to_what_was_decided() {
    let fleet = Fleet::of(Valence::bare().configure(&naming(&["{rack}", "{serial}"]))).await;
    let dry = fleet.dry_run().await;
    let listed = fleet.valence.get("/v1/decisions?node_name=dell-rack").await;
    let id = listed.body[0]["uuid"].as_str().unwrap().to_owned();
    let place = tempfile::tempdir().unwrap();
    let directory = |name: &str| place.path().join(name).display().to_string();
    let record = |name: &str, more: &[&str]| {
        let directory = directory(name);
        let first = ["record", &directory, "--decision", &id, "-f", "json"];
        let arguments: Vec<_> = first.iter().chain(more).copied().collect();
        parsed(&fleet.valence.cli_with(&arguments))
    };
    let report = record("plain", &[]);
    assert_eq!(report["evaluation"], "enrolled");
    let address = &dry[0]["enrollment"]["node"]["driver_info"]["redfish_address"];
    let evaluated = Valence::offline([
        "evaluate",
        "--mockup",
        &directory("plain"),
        "--config",
        &fleet.config(),
        "--name",
        "dell-rack",
        "--pod-manager",
        "rack-dell-rack",
        "--address",
        address.as_str().unwrap(),
        "-f",
        "json",
    ]);
    let evaluated = parsed(&evaluated);
    assert_eq!(evaluated["enrollment"], dry[0]["enrollment"]);

    let report = record("hidden", &["--anonymize"]);
    assert!(report["replaced"].is_object(), "{report:#}");
    assert!(texts(&place.path().join("plain")).contains("CNIVC0000000A1"));
    assert!(!texts(&place.path().join("hidden")).contains("CNIVC0000000A1"));
    // The server can be named as everywhere else.
    let (url, elsewhere) = (fleet.valence.url().to_owned(), directory("by-url"));
    let by_url = ["record", &elsewhere, "--decision", &id, "--url", &url];
    assert_eq!(Valence::offline(by_url).exit, 0);
    let clash = [
        "record",
        &elsewhere,
        "--decision",
        &id,
        "--pod-manager",
        "x",
    ];
    assert_eq!(Valence::offline(clash).exit, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_recorded_by_its_id_and_by_its_node() {
    let machine = Machine::new("recorded");
    let valence = Valence::with_ironic(&ironic().endpoint())
        .hook(
            "site-naming",
            &hook("site-naming"),
            "settings = { patterns = [\"{node}-x\"] }",
        )
        .start();
    machine.managed_by(&valence).await;
    let registered = valence.post(&machine.path(), json!({})).await;
    assert_eq!(registered.status, 200, "{:#}", registered.body);
    let id = registered.body["registration"].as_str().unwrap();
    let place = tempfile::tempdir().unwrap();
    for (name, whom) in [("by-id", id), ("by-node", machine.name.as_str())] {
        let directory = place.path().join(name).display().to_string();
        let recorded = ["record", &directory, "--registration", whom, "-f", "json"];
        let report = parsed(&valence.cli(recorded));
        assert_eq!(report["evaluation"], "enrolled");
        assert_eq!(
            report["system"],
            format!("/redfish/v1/Systems/{}", machine.uuid())
        );
    }
    let [by_id, by_node] = ["by-id", "by-node"].map(|name| texts(&place.path().join(name)));
    assert_eq!(by_id, by_node);
}
