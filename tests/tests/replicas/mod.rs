//! Several servers on one database.

mod bulk;
mod composed;
mod moved;

use std::time::{Duration, Instant};

use serde_json::json;
use valence_testbed::Ironic;
use valence_tests::{Fault, Proxy, Rack, Shared, Valence, ask_ironic, register_with_three};

use crate::register::ironic;

/// Longer than it takes until a lease is over, is noticed, and the stopped one fails.
const LONGEST: Duration = Duration::from_secs(150);

/// Waits until it is so.
async fn eventually(server: &Valence, what: &str, is_so: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        let is_early = started.elapsed() < LONGEST;
        assert!(is_early, "{what} never: {}", server.complaints());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_is_registered_once_though_one_server_is_killed_and_one_is_stopped() {
    let rack = Rack::start("shared-8000", 0x8000, 36, Duration::ZERO).await;
    // One to itself: so much at once leaves an Ironic over SQLite no time for others.
    let ironic = tokio::task::spawn_blocking(|| Ironic::builder().start().expect("ironic"));
    let ironic = ironic.await.unwrap();
    let outcomes = register_with_three(&ironic.endpoint(), &rack).await;
    assert_eq!(outcomes.wrong, [""; 0], "{outcomes:#?}");
    assert_eq!(outcomes.nodes, 36, "{outcomes:#?}");
    assert!(outcomes.registered >= 36 / 2, "{outcomes:#?}");
}

/// A server that stands still while it writes to Ironic, as seen by another.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_server_was_at_is_finished_by_another_and_it_writes_nothing_more() {
    let shared = Shared::new();
    let proxy = Proxy::new(&ironic().endpoint()).await;
    // Ironic does it, and the answer never comes.
    proxy.strike_once(Fault::Hang, |line| line.starts_with("POST /v1/ports"));
    let stopped = shared
        .serving(
            Valence::with_ironic(&proxy.endpoint())
                .configure("timeout = \"20s\"\nretry_for = \"1s\""),
        )
        .start();
    let other = shared
        .serving(Valence::with_ironic(&ironic().endpoint()))
        .start();
    let rack = Rack::start("stood-8100", 0x8100, 1, Duration::ZERO).await;
    let names = rack.managed_by(&other).await;
    let path = format!("/v1/nodes/{}/register", names[0]);
    let registration = format!("/v1/nodes/{}/registration", names[0]);
    let registering = stopped.try_to_send("POST", &path, Some(json!({})));
    let stopping = async {
        while !proxy
            .requests()
            .iter()
            .any(|line| line.starts_with("POST /v1/ports"))
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // One that asks meanwhile waits for whoever is at it.
        stopped.signal("STOP");
        let asked = other.post(&path, json!({})).await;
        other.logged("finished what was cut off").await;
        let record = other.get(&registration).await.body;
        stopped.signal("CONT");
        (asked, record)
    };
    let both = futures::future::join(registering, stopping);
    let (refused, (asked, finished)) = tokio::time::timeout(LONGEST, both).await.unwrap();
    assert_eq!(asked.status, 200, "{asked:#?}");
    let refused = refused.unwrap();
    assert_eq!(refused.status, 409, "{refused:#?}");
    let log = stopped.log();
    assert!(log.contains("another server has taken over"), "{log}");
    let (_, _, metrics) = stopped.text("/metrics", None).await;
    assert!(metrics.contains("valence_leases_lost_total 1"), "{metrics}");
    // Nothing of it is undone, and nothing was written to the journal.
    let record = other.get(&registration).await.body;
    assert_eq!(record["state"], "complete", "{record:#}");
    assert_eq!(record["steps"], finished["steps"]);
    assert_ne!(record["steps"], json!([]));
    let again = stopped.post(&path, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{again:#?}");
}

/// A process that is stopped between its last look at the lease and the socket: what
/// it sends arrives when another has done all of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_server_had_sent_arrives_late_and_makes_nothing_twice() {
    let shared = Shared::new();
    let rack = Rack::start("late-8180", 0x8180, 2, Duration::ZERO).await;
    let other = shared
        .serving(Valence::with_ironic(&ironic().endpoint()))
        .start();
    let names = rack.managed_by(&other).await;
    let cases = ["POST /v1/nodes", "POST /v1/ports"].into_iter().zip(&names);
    let each = cases.map(|(sent, name)| arrives_late(&shared, &other, sent, name));
    futures::future::join_all(each).await;
}

async fn arrives_late(shared: &Shared, other: &Valence, sent: &'static str, name: &str) {
    let proxy = Proxy::new(&ironic().endpoint()).await;
    proxy.strike_once(Fault::Held, move |line| line.starts_with(sent));
    let stopped = shared
        .serving(Valence::with_ironic(&proxy.endpoint()))
        .start();
    let path = format!("/v1/nodes/{name}/register");
    let registering = stopped.try_to_send("POST", &path, Some(json!({})));
    let stopping = async {
        eventually(&stopped, sent, async || {
            proxy.requests().iter().any(|line| line.starts_with(sent))
        })
        .await;
        stopped.signal("STOP");
        let asked = other.post(&path, json!({})).await;
        assert_eq!(asked.status, 200, "{asked:#?}");
        let before = in_ironic(name).await;
        proxy.let_go();
        stopped.signal("CONT");
        before
    };
    let both = futures::future::join(registering, stopping);
    let (refused, before) = tokio::time::timeout(LONGEST, both).await.unwrap();
    let refused = refused.unwrap();
    assert_eq!(refused.status, 409, "{refused:#?}");
    let after = in_ironic(name).await;
    assert_eq!(after, before, "{sent}");
    let [node, ports] = after;
    assert_eq!(node["name"], name, "{node:#}");
    assert_eq!(ports["ports"].as_array().map(Vec::len), Some(2), "{ports}");
    let again = stopped.post(&path, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{again:#?}");
}

/// The node, and its ports.
async fn in_ironic(name: &str) -> [serde_json::Value; 2] {
    let endpoint = ironic().endpoint();
    let (_, node) = ask_ironic(&endpoint, "GET", &format!("nodes/{name}"), None).await;
    let path = format!("ports?node={}", node["uuid"].as_str().unwrap());
    let (_, ports) = ask_ironic(&endpoint, "GET", &path, None).await;
    [node, ports]
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_tell_each_other_apart_by_hooks_and_configuration() {
    let shared = Shared::new();
    let one = shared.serving(Valence::bare()).start();
    let same = shared.serving(Valence::bare()).start();
    let other = shared
        .serving(Valence::bare().configure("[records]\nkeep_days = 7"))
        .start();
    for server in [&one, &same] {
        let words = "another server on this database serves otherwise";
        server.logged(words).await;
    }
    // On a busy machine one of them may be late to say that it is there.
    let look = async {
        loop {
            let hooks = one.get("/v1/hooks").await.body;
            if hooks["servers"].as_array().unwrap().len() == 3 {
                return hooks;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let hooks = tokio::time::timeout(LONGEST, look).await.unwrap();
    let servers = hooks["servers"].as_array().unwrap();
    let differ: Vec<_> = servers
        .iter()
        .filter(|server| server["differs"] != json!([]))
        .collect();
    assert_eq!(differ.len(), 1, "{hooks:#}");
    assert_eq!(differ[0]["differs"], json!(["configuration"]), "{hooks:#}");
    let ready = one.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.body["servers"]["different"][0]["differs"],
        json!(["configuration"])
    );
    // The one that stops is gone at once, and all is well again.
    other.signal("TERM");
    for server in [&one, &same] {
        let words = "all servers on this database serve with the same again";
        server.logged(words).await;
    }
    assert_eq!(
        same.get("/readyz").await.body["servers"]["different"],
        json!([])
    );
}

#[test]
fn a_second_server_on_a_sqlite_file_is_refused() {
    let first = Valence::bare().start();
    let outcome = Valence::offline_in(
        first.directory(),
        [
            "serve",
            "--config",
            "valence.toml",
            "--listen",
            "127.0.0.1:0",
        ],
    );
    assert_eq!(outcome.exit, 2, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("is served by another valence already"),
        "{}",
        outcome.stderr
    );
}
