//! How a server ends that is told to.

use std::time::Duration;

use serde_json::json;
use valence_tests::{Fault, Proxy, Rack, Valence, When};

use crate::register::ironic;

/// Each read takes so long that a registration is caught while it reads.
const SLOW: Duration = Duration::from_millis(150);

async fn ended(valence: &mut Valence) {
    while !valence.has_ended() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_ends_and_is_answered_before_the_server_does() {
    let rack = Rack::start("stopped-7200", 0x7200, 1, SLOW).await;
    let mut valence = Valence::with_ironic(&ironic().endpoint()).start();
    let names = rack.managed_by(&valence).await;
    let path = format!("/v1/nodes/{}/register", names[0]);
    let registering = valence.post(&path, json!({}));
    let stopping = async {
        valence.logged("evaluating").await;
        valence.signal("TERM");
    };
    let (registered, ()) = futures::join!(registering, stopping);
    assert_eq!(registered.status, 200, "{registered:?}");
    ended(&mut valence).await;
    assert!(valence.log().contains("stopped"), "{}", valence.log());
    valence.start_again(None);
    assert!(!valence.log().contains("finishing what was cut off"));
    let again = valence.post(&path, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_left_on_record_and_finished_by_the_next_start() {
    let rack = Rack::start("hurried-7210", 0x7210, 1, Duration::ZERO).await;
    let when = When {
        begins: "POST /v1/ports",
        times: 1,
    };
    let proxy = Proxy::before(&ironic().endpoint(), when, Fault::Hang).await;
    let mut valence = Valence::with_ironic(&proxy.endpoint())
        .configure_server("stop_within = \"200ms\"")
        .start();
    let names = rack.managed_by(&valence).await;
    let path = format!("/v1/nodes/{}/register", names[0]);
    let registering = valence.try_to_send("POST", &path, Some(json!({})));
    let stopping = async {
        while !proxy
            .requests()
            .iter()
            .any(|line| line.starts_with("POST /v1/ports"))
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        valence.signal("TERM");
    };
    let (registered, ()) = futures::join!(registering, stopping);
    assert!(registered.is_err(), "{registered:?}");
    ended(&mut valence).await;
    let log = valence.log();
    assert!(log.contains("not everything has ended"), "{log}");
    valence.start_again(None);
    valence.logged("finished what was cut off").await;
    let again = valence.post(&path, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{again:?}");
}
