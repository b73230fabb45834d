//! Many nodes at a time, by a server that dies meanwhile.

use std::time::Duration;

use serde_json::json;
use valence_tests::{Rack, Shared, Valence};

use crate::bulk::bed::{is_in_ironic, wait_until};
use crate::register::ironic;

/// Slow enough to be caught half-way.
const DELAY: Duration = Duration::from_millis(40);

#[tokio::test(flavor = "multi_thread")]
async fn another_server_goes_on_with_a_bulk_registration_of_one_that_was_killed() {
    let shared = Shared::new();
    let [killed, other] = two(&shared);
    let rack = Rack::start("bulk-8300", 0x8300, 10, DELAY).await;
    let names = rack.managed_by(&other).await;
    begin_and_kill(&killed).await;
    assert_done(&other, &names).await;
}

fn two(shared: &Shared) -> [Valence; 2] {
    let new = || {
        shared
            .serving(Valence::with_ironic(&ironic().endpoint()))
            .start()
    };
    [new(), new()]
}

/// Begins with all nodes, and kills the server when some are registered.
async fn begin_and_kill(server: &Valence) {
    let begun = server.post("/v1/registrations", json!({"all": true})).await;
    assert_eq!(begun.status, 202, "{begun:#?}");
    let caught = wait_until(server, |bulk| bulk["done"].as_u64() >= Some(2)).await;
    server.signal("KILL");
    assert!(caught["waiting"].as_u64() > Some(0), "{caught:#}");
}

/// That every one of `names` is registered by it, once and whole.
async fn assert_done(server: &Valence, names: &[String]) {
    let ended = wait_until(server, |bulk| bulk["state"] == "done").await;
    let id = ended["uuid"].as_str().unwrap();
    let ended = server.get(&format!("/v1/registrations/{id}")).await.body;
    let nodes = ended["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), names.len());
    for node in nodes {
        assert_eq!(node["state"], "done", "{node:#}");
        let name = node["name"].as_str().unwrap();
        assert!(is_in_ironic(name).await, "{name}");
        let path = format!("/v1/nodes/{name}/registration");
        let recorded = server.get(&path).await.body;
        assert_eq!(recorded["state"], "complete", "{recorded:#}");
        assert_eq!(recorded["registration"], node["registration"], "{node:#}");
    }
}
