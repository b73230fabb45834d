//! Racks, and what Ironic and Valence say of their nodes.

use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use valence_tests::{Outcome, Rack, Valence, ValenceBuilder, ask_ironic};

use crate::register::ironic;

pub(super) fn serving() -> ValenceBuilder {
    Valence::with_ironic(&ironic().endpoint())
}

/// A rack whose name and MACs only this test has.
pub(super) async fn rack(name: &str, systems: u16, delay: Duration) -> Rack {
    static FIRST: AtomicU16 = AtomicU16::new(0x2000);
    let first = FIRST.fetch_add(0x40, Ordering::Relaxed);
    Rack::start(&format!("{name}-{first:x}"), first, systems, delay).await
}

/// What `path` of Ironic's API says; none for a 404.
pub(super) async fn in_ironic(path: &str) -> Option<Value> {
    let (status, answer) = ask_ironic(&ironic().endpoint(), "GET", path, None).await;
    if status == 404 {
        return None;
    }
    assert!(status.is_success(), "{path}: {status} {answer}");
    Some(answer)
}

/// Has Ironic do something, as anybody may.
pub(super) async fn by_hand(method: &str, path: &str, body: Value) {
    let (status, answer) = ask_ironic(&ironic().endpoint(), method, path, Some(&body)).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
}

/// Whether Ironic has the node of this name, whole.
pub(crate) async fn is_in_ironic(name: &str) -> bool {
    let Some(node) = in_ironic(&format!("nodes/{name}")).await else {
        return false;
    };
    let uuid = node["uuid"].as_str().unwrap();
    let ports = in_ironic(&format!("ports?node={uuid}")).await.unwrap();
    assert_eq!(ports["ports"].as_array().unwrap().len(), 2, "{name}");
    true
}

/// The newest bulk registration, once `is_so` of it.
pub(crate) async fn wait_until(valence: &Valence, is_so: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let listed = valence.get("/v1/registrations?detail=true").await.body;
        if is_so(&listed[0]) {
            return listed[0].clone();
        }
        assert!(started.elapsed() < Duration::from_secs(90), "{listed:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a command said that shows JSON.
pub(super) fn rows(outcome: &Outcome) -> Vec<Value> {
    let rows = serde_json::from_str(&outcome.stdout);
    rows.unwrap_or_else(|_| panic!("{} {}", outcome.stdout, outcome.stderr))
}

/// The registration that a command named as the one to be resumed.
pub(super) fn id(outcome: &Outcome) -> String {
    let (_, rest) = outcome
        .stderr
        .split_once("as bulk registration `")
        .expect("an id");
    rest.split('`').next().unwrap().to_owned()
}
