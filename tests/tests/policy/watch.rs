//! Testing again at every change.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::json;
use valence_tests::Valence;

use super::project::{Case, Site};

/// Longer than any run takes.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits for the line that holds `words`.
fn wait_for(lines: &Receiver<String>, words: &str) {
    loop {
        let line = lines.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|_| panic!("`{words}` is never printed"));
        if line.contains(words) {
            return;
        }
    }
}

#[test]
fn cases_run_again_when_they_or_their_recordings_change() {
    let site = Site::new();
    let named = Case {
        settings: "patterns = [\"{rack}\"]",
        expected: Some(json!({"node": {"name": "R12"}})),
        rest: "match = \"partial\"",
        ..Case::default()
    };
    site.case("named", &named);
    // Recordings are often beside the cases, for several of them.
    let case = site.read("cases/named/case.toml");
    site.file("machines/dell.json", &site.read("cases/named/machine.json"));
    let case = case.replace("machine.json", "../../machines/dell.json");
    site.file("cases/named/case.toml", &case);

    let directory = site.root().display().to_string();
    let mut running = Valence::start_offline(["hook", "test", &directory, "--watch"]);
    let lines = running.lines();
    wait_for(&lines, "1 passed, 0 failed");
    let moved = site.read("machines/dell.json").replace("R12", "R13");
    site.file("machines/dell.json", &moved);
    wait_for(&lines, "+ \"R13\"");
    wait_for(&lines, "0 passed, 1 failed");
    site.file(
        "cases/named/expected.json",
        &json!({"node": {"name": "R13"}}).to_string(),
    );
    wait_for(&lines, "1 passed, 0 failed");
    // A case that was not there before is found, too.
    site.file("cases/new/case.toml", &case.replace("enrolled", "denied"));
    wait_for(&lines, "1 passed, 1 failed");
    running.signal("INT");
    assert_eq!(running.wait().exit, 0);
}
