//! `valence record`: what a live machine comes to, its recording comes to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use valence_tests::emulator::Emulator;
use valence_tests::{Outcome, Valence, corpus, hook, root};

use super::project::Site;
use crate::register::Machine;

/// Every recorded machine that is a single file.
fn maps() -> Vec<PathBuf> {
    let directories = [Some(root().join("hooks/mockups")), corpus()];
    let mut found: Vec<_> = directories
        .into_iter()
        .flatten()
        .flat_map(|directory| fs::read_dir(directory).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    found.sort();
    found
}

fn documents(map: &Path) -> Map<String, Value> {
    serde_json::from_str(&fs::read_to_string(map).unwrap()).unwrap()
}

fn systems(documents: &Map<String, Value>) -> Vec<String> {
    let members = documents["/redfish/v1/Systems"]["Members"].as_array();
    let links = members.unwrap().iter().map(|member| &member["@odata.id"]);
    links
        .map(|link| link.as_str().unwrap().to_owned())
        .collect()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A directory that is not there yet.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("recording")
    }

    fn record(&self, url: &str, more: &[&str]) -> Outcome {
        let directory = text(&self.path());
        let start = ["record", &directory, "--url", url, "-f", "json"];
        Valence::offline(start.iter().chain(more).copied())
    }

    fn evaluate(&self, more: &[&str]) -> Value {
        let directory = text(&self.path());
        let start = ["evaluate", "--mockup", &directory, "-f", "json"];
        parsed(&Valence::offline(start.iter().chain(more).copied()))
    }

    /// Every file, as it is.
    fn texts(&self) -> Vec<String> {
        fn walk(directory: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
                match path.is_dir() {
                    true => walk(&path, found),
                    false => found.push(fs::read_to_string(path).unwrap()),
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.path(), &mut found);
        found
    }
}

fn parsed(ran: &Outcome) -> Value {
    assert_eq!(ran.exit, 0, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_comes_to_what_the_server_makes_of_the_live_machine() {
    let valence = Valence::bare()
        .hook(
            "site-naming",
            &hook("site-naming"),
            "settings = { patterns = [\"{rack}-{serial}\", \"{serial}\"] }",
        )
        .start();
    let config = text(&valence.directory().join("valence.toml"));
    let mut seen = 0;
    for map in maps() {
        let bmc = Emulator::of_recording(&map).start().await;
        let pod_manager = text(Path::new(map.file_stem().unwrap()));
        for system in systems(&documents(&map)) {
            let index = system.rsplit('/').next().unwrap();
            let name = format!("machine-{seen}");
            valence.manage(&pod_manager, bmc.url(), index, &name).await;
            let path = format!("/v1/nodes/{name}/register?dry_run=true");
            let live = valence.post(&path, json!({})).await;
            let place = Place::new();
            let report = place.record(
                bmc.url(),
                &["--system", &system, "--config", &config, "--name", &name],
            );
            let report = parsed(&report);
            assert_eq!(report["unreadable"], 0, "{report:#}");
            seen += 1;
            if live.status != 200 {
                let told = report["evaluation"].as_str().unwrap();
                assert!(
                    told.ends_with(live.body["detail"].as_str().unwrap()),
                    "{told}"
                );
                continue;
            }
            assert_eq!(report["evaluation"], "enrolled");
            // One machine, so nobody has to say which.
            let recorded = place.evaluate(&[
                "--config",
                &config,
                "--name",
                &name,
                "--pod-manager",
                &pod_manager,
                "--address",
                bmc.url(),
            ]);
            assert_eq!(recorded["enrollment"], live.body["enrollment"], "{system}");
            assert_eq!(recorded["changes"], live.body["changes"], "{system}");
        }
    }
    assert!(seen >= 3, "only {seen} machines were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymized_recording_comes_to_an_enrollment_of_the_same_shape() {
    for map in maps() {
        let all = documents(&map);
        let bmc = Emulator::of_recording(&map).start().await;
        for system in systems(&all) {
            let place = Place::new();
            let report = parsed(&place.record(bmc.url(), &["--system", &system, "--deep"]));
            let before = place.evaluate(&["--name", "n"]);
            let other = Place::new();
            let options = ["--system", &system, "--deep", "--anonymize"];
            let anonymized = parsed(&other.record(bmc.url(), &options));
            assert_eq!(anonymized["documents"], report["documents"]);
            let after = other.evaluate(&["--name", "n"]);
            assert_eq!(shape(&after), shape(&before), "{system}");
            for own in identities(&all) {
                let own = own.to_lowercase();
                let left = other
                    .texts()
                    .into_iter()
                    .find(|text| text.to_lowercase().contains(&own));
                assert_eq!(left, None, "`{own}` is left of {system}");
            }
            let again = Place::new();
            parsed(&again.record(bmc.url(), &options));
            assert_eq!(again.texts(), other.texts());
        }
    }
}

/// What of an enrollment does not tell one machine from another like it.
fn shape(report: &Value) -> Value {
    let enrollment = &report["enrollment"];
    let mut node = enrollment["node"].clone();
    node["driver_info"]["redfish_system_id"].take();
    let ports = enrollment["ports"].as_array().unwrap().iter();
    let ports: Vec<_> = ports
        .map(|port| port.as_object().unwrap().keys().collect::<Vec<_>>())
        .collect();
    json!({"node": node, "ports": ports, "traits": enrollment["traits"]})
}

/// MACs, UUIDs and serial numbers, as far as they are a machine's own.
fn identities(documents: &Map<String, Value>) -> BTreeSet<String> {
    fn walk(key: &str, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => object
                .iter()
                .for_each(|(key, value)| walk(key, value, found)),
            Value::Array(items) => items.iter().for_each(|item| walk(key, item, found)),
            Value::String(text) if ["MACAddress", "UUID", "SerialNumber"].contains(&key) => {
                let digits: BTreeSet<_> =
                    text.chars().filter(char::is_ascii_alphanumeric).collect();
                if text.trim().len() >= 8
                    && digits.len() > 4
                    && text.contains(|c: char| c.is_ascii_digit())
                {
                    found.insert(text.trim().to_owned());
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for body in documents.values() {
        walk("", body, &mut found);
    }
    found.retain(|text| {
        !["03000200", "00020003", "00:a0:c9:00", "012345678"]
            .iter()
            .any(|start| text.to_lowercase().starts_with(start))
    });
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_emulator_is_recorded_by_the_name_of_its_pod_manager() {
    let machine = Machine::new("recorded");
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("valence.toml");
    let lines = format!(
        "[[pod_manager]]\nname = \"rack-a\"\nurl = \"{}\"\ndriver = \"redfish\"\n",
        machine.url()
    );
    fs::write(&config, lines).unwrap();
    let valence = Valence::bare().start();
    valence
        .manage("rack-a", machine.url(), machine.uuid(), &machine.name)
        .await;
    let live = valence
        .post(&format!("{}?dry_run=true", machine.path()), json!({}))
        .await;
    assert_eq!(live.status, 200, "{live:?}");

    let place = Place::new();
    let ran = Valence::offline([
        "record",
        &text(&place.path()),
        "--config",
        &text(&config),
        "--pod-manager",
        "rack-a",
        "-f",
        "json",
    ]);
    assert_eq!(parsed(&ran)["evaluation"], "enrolled");
    let recorded = place.evaluate(&[
        "--name",
        &machine.name,
        "--pod-manager",
        "rack-a",
        "--address",
        machine.url(),
    ]);
    assert_eq!(recorded["enrollment"], live.body["enrollment"]);

    let unknown = Valence::offline([
        "record",
        &text(&place.path()),
        "--config",
        &text(&config),
        "--pod-manager",
        "rack-b",
    ]);
    assert_eq!(unknown.exit, 9, "{unknown:?}");
    assert!(unknown.stderr.contains("is `rack-a` meant?"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_secrets_and_other_machines_are_not_in_a_recording() {
    let map = root().join("hooks/mockups/dell-rack.json");
    let mut all = documents(&map);
    let system = systems(&all).remove(0);
    let path = format!("{system}/EthernetInterfaces");
    let members = all[&path]["Members"].as_array().unwrap().clone();
    assert!(members.len() > 1);
    let next = format!("{path}?$skip=1");
    all[&path] = json!({
        "@odata.id": path, "@odata.etag": "W/\"7\"", "Members": members[..1],
        "Members@odata.count": members.len(), "Members@odata.nextLink": next,
    });
    all.insert(
        next.clone(),
        json!({"@odata.id": next, "Members": members[1..]}),
    );
    all[&system]["Oem"]["Test"] = json!({"AdminPassword": "hunter2"});
    let others = &mut all["/redfish/v1/Systems"]["Members"];
    others
        .as_array_mut()
        .unwrap()
        .push(json!({"@odata.id": "/redfish/v1/Systems/Other"}));
    let mut other = all[&system].clone();
    other["Id"] = json!("Other");
    other["Name"] = json!("Other machine");
    all.insert("/redfish/v1/Systems/Other".into(), other);
    let place = Place::new();
    let paged = place.0.path().join("paged.json");
    fs::write(&paged, Value::Object(all).to_string()).unwrap();
    let bmc = Emulator::of_recording(&paged).start().await;

    let several = place.record(bmc.url(), &[]);
    assert_eq!(several.exit, 2, "{several:?}");
    assert!(
        several.stderr.contains("say which with `--system`"),
        "{several:?}"
    );
    assert!(
        several.stderr.contains("/redfish/v1/Systems/Other"),
        "{several:?}"
    );

    parsed(&place.record(bmc.url(), &["--system", &system, "--deep"]));
    let texts = place.texts().join("\n");
    for gone in ["hunter2", "nextLink", "etag", "Other"] {
        assert!(!texts.contains(gone), "`{gone}` is recorded");
    }
    let file = place
        .path()
        .join(path.trim_start_matches('/'))
        .join("index.json");
    let merged: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(merged["Members"], json!(members));
    let again = place.record(bmc.url(), &["--system", &system]);
    assert_eq!(again.exit, 2, "{again:?}");
    assert!(again.stderr.contains("is not empty"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_serves_a_policy_case() {
    let site = Site::new();
    let bmc = Emulator::of_recording(&root().join("hooks/mockups/dell-rack.json"))
        .start()
        .await;
    let directory = text(&site.root().join("machine"));
    let component = text(&hook("site-naming"));
    let ran = Valence::offline([
        "record",
        &directory,
        "--url",
        bmc.url(),
        "--hook",
        &component,
        "--anonymize",
        "--seed",
        "ours",
    ]);
    // Without settings, it fails: what it would be is not the recording's business.
    assert_eq!(ran.exit, 2, "{ran:?}");
    let ran = Valence::offline([
        "record",
        &directory,
        "--url",
        bmc.url(),
        "--anonymize",
        "--seed",
        "ours",
    ]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    site.file(
        "cases/recorded/case.toml",
        "mockup = \"../../machine\"\nexpect = \"enrolled\"\n[settings]\npatterns = [\"{rack}-u{unit:02}\"]\n",
    );
    assert_eq!(site.test(["--update"]).exit, 0);
    let tested = site.test([]);
    assert_eq!(tested.exit, 0, "{tested:?}");
    let expected = fs::read_to_string(site.expected("recorded")).unwrap();
    assert!(expected.contains("R12-u07"), "{expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_says_why() {
    let place = Place::new();
    let nobody = place.record("http://127.0.0.1:1", &[]);
    assert_eq!(nobody.exit, 5, "{nobody:?}");
    let bmc = Emulator::of_recording(&root().join("hooks/mockups/dell-rack.json"))
        .start()
        .await;
    for (more, exit, says) in [
        (vec!["--system", "nothing"], 9, "there is no node `nothing`"),
        (vec!["--username", "admin"], 2, "`--password-env`"),
        (
            vec!["--username", "admin", "--password-env", "NO_SUCH_PASSWORD"],
            2,
            "NO_SUCH_PASSWORD",
        ),
        (vec!["--seed", "s"], 2, "--anonymize"),
        (vec!["--pod-manager", "rack-a"], 2, "cannot be used with"),
        (vec!["--max-documents", "2"], 5, "max_documents"),
    ] {
        let ran = place.record(bmc.url(), &more);
        assert_eq!(ran.exit, exit, "{more:?}: {ran:?}");
        assert!(ran.stderr.contains(says), "{more:?}: {ran:?}");
        assert!(!place.path().exists());
    }
}
