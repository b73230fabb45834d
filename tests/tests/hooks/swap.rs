//! A hundred swaps under load, and nobody notices.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use valence_testbed::{Ironic, RedfishEmulator};
use valence_tests::{Reply, Valence};

use super::site::{Site, version};

const SWAPS: usize = 100;

/// What was seen under load.
#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    dry_runs: AtomicUsize,
    registrations: AtomicUsize,
}

/// Digest of a chain: its version of the hook and the digest of that.
type Versions = HashMap<String, (String, String)>;

/// Asserts that all of `body` was made by one of `versions`; which one.
fn made_by<'a>(body: &Value, versions: &'a Versions) -> &'a str {
    let chain = &body["chain"];
    let digest = chain["digest"].as_str().unwrap();
    let (class, hook) = versions
        .get(digest)
        .unwrap_or_else(|| panic!("a chain that nobody configured: {body:#}"));
    assert_eq!(chain["hooks"], json!([{"name": "site", "digest": hook}]));
    assert_eq!(body["hooks"][0]["digest"], *hook);
    class
}

async fn dry_runs(site: &Site, versions: &Versions, seen: &Seen) {
    while !seen.stop.load(Ordering::SeqCst) {
        let reply = site.dry_run().await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        let class = made_by(&reply.body, versions);
        assert_eq!(reply.body["enrollment"]["node"]["resource_class"], class);
        seen.dry_runs.fetch_add(1, Ordering::SeqCst);
    }
}

/// Registers the node, looks at it in Ironic, and takes it out again.
async fn registrations(site: &Site, ironic: &Ironic, versions: &Versions, seen: &Seen) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = "/v1/nodes/other/register";
    let fine = |reply: Reply| {
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        reply.body
    };
    while !seen.stop.load(Ordering::SeqCst) {
        let body = fine(site.valence.post(path, json!({})).await);
        let class = made_by(&body, versions);
        let uuid = body["ironic"]["node_uuid"].as_str().unwrap();
        let asked = http
            .get(format!("{}/v1/nodes/{uuid}", ironic.endpoint()))
            .header("X-OpenStack-Ironic-API-Version", "1.50")
            .send();
        let stands: Value = asked.await.unwrap().json().await.unwrap();
        assert_eq!(stands["resource_class"], class, "{stands:#}");
        let recorded = fine(site.valence.get("/v1/nodes/other/registration").await);
        assert_eq!(recorded["registration"], body["registration"]);
        assert_eq!(recorded["chain"], body["chain"]);
        assert_eq!(recorded["state"], "complete");
        let logged = format!("chain=\"{}\"", body["chain"]["digest"].as_str().unwrap());
        assert!(site.valence.log().contains(&logged));
        fine(site.valence.delete(path).await);
        seen.registrations.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_in_a_hundred_swaps_under_load() {
    let ironic = crate::ironic::open();
    let site = Site::new(Valence::with_ironic(&ironic.endpoint()), "reload = false").await;
    let system = Uuid::new_v4().to_string();
    let bmc = RedfishEmulator::with_system(&system).start().unwrap();
    let valence = &site.valence;
    valence.manage("rack-2", bmc.url(), &system, "other").await;
    let components = ["b", "a"].map(version);

    // Both once, to know them.
    let mut versions = Versions::new();
    for (class, bytes) in ["b", "a"].into_iter().zip(&components) {
        site.replace(bytes);
        let reply = site.reload().await;
        assert_eq!(reply.body["outcome"], "swapped", "{:#}", reply.body);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let known = (class.to_owned(), text(&reply.body["hooks"][0]["digest"]));
        versions.insert(text(&reply.body["chain"]), known);
    }
    assert_eq!(versions.len(), 2);

    let seen = Arc::new(Seen::default());
    let swaps = async {
        let mut took = Vec::new();
        for bytes in components.iter().cycle().take(SWAPS) {
            let before = seen.dry_runs.load(Ordering::SeqCst);
            site.replace(bytes);
            let begun = Instant::now();
            let reply = site.reload().await;
            took.push(begun.elapsed());
            assert_eq!(reply.status, 200, "{:#}", reply.body);
            assert_eq!(reply.body["outcome"], "swapped", "{:#}", reply.body);
            assert!(versions.contains_key(reply.body["chain"].as_str().unwrap()));
            // Somebody is to have been served between any two.
            while seen.dry_runs.load(Ordering::SeqCst) == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        while seen.registrations.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        seen.stop.store(true, Ordering::SeqCst);
        took
    };
    let (mut took, (), (), ()) = futures::join!(
        swaps,
        dry_runs(&site, &versions, &seen),
        dry_runs(&site, &versions, &seen),
        registrations(&site, ironic, &versions, &seen),
    );
    took.sort();
    println!(
        "{SWAPS} swaps beside {} dry runs and {} registrations, none failed; a reload took {:?} (median), {:?} (longest)",
        seen.dry_runs.load(Ordering::SeqCst),
        seen.registrations.load(Ordering::SeqCst),
        took[SWAPS / 2],
        took[SWAPS - 1],
    );
    let complaints = site.valence.complaints();
    assert_eq!(complaints, "");
}
