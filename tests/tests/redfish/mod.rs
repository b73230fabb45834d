//! Redfish services as they are.

mod discover;
mod logins;
mod requests;
mod setting;

use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;
use valence_testbed::RedfishEmulator;
use valence_tests::Valence;
use valence_tests::emulator::{Emulator, Machine, Way};

#[tokio::test(flavor = "multi_thread")]
async fn how_credentials_are_shown_is_the_operators_to_say() {
    // Its sessions want Basic authentication, so they are none for us.
    let bmc = RedfishEmulator::with_system(&Uuid::new_v4().to_string())
        .basic_auth("root", "canary-6d")
        .start()
        .unwrap();
    let valence = Valence::bare().start();
    let made = async |auth: &str| {
        let account = json!({"username": "root", "password": "canary-6d"});
        let body = json!({
            "name": "closed", "url": bmc.url(), "driver": "redfish", "auth": auth,
            "authentication": [{"type": "basic", "auth_items": account}],
        });
        valence.post("/v1/pod_managers", body).await
    };
    let refused = made("session").await;
    assert_eq!(refused.status, 502, "{:#}", refused.body);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("it gives no session"), "{detail}");
    let unknown = made("basics").await;
    let detail = unknown.body["detail"].as_str().unwrap();
    assert_eq!(
        (unknown.status, detail),
        (400, "there is no auth `basics`: did you mean `basic`?")
    );

    let basic = made("basic").await;
    assert_eq!((basic.status, &basic.body["auth"]), (200, &json!("basic")));
    let patch = json!({"auth": "auto"});
    let patched = valence
        .send("PATCH", "/v1/pod_managers/closed", Some(patch))
        .await;
    assert_eq!(
        (patched.status, &patched.body["auth"]),
        (200, &json!("auto"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_made_once_shared_renewed_and_ended() {
    let machine = |number: u16| Machine {
        id: number.to_string(),
        model: "AM-2",
        number,
        nics: 1,
    };
    let bmc = Emulator::of_machines([machine(1), machine(2)])
        .account("root", "canary-6d", Way::Sessions)
        .start()
        .await;
    let mut valence = Valence::bare().start();
    let account = json!({"username": "root", "password": "canary-6d"});
    let body = json!({
        "name": "rack", "url": bmc.url(), "driver": "redfish",
        "authentication": [{"type": "basic", "auth_items": account}],
    });
    let made = valence.post("/v1/pod_managers", body).await;
    assert_eq!(made.status, 200, "{:#}", made.body);
    let systems = || valence.get("/v1/pod_managers/rack/systems");
    let all = futures::future::join_all((0..6).map(|_| systems())).await;
    for listed in all {
        assert_eq!(listed.body.as_array().unwrap().len(), 2, "{listed:?}");
    }
    assert_eq!((bmc.sessions_made(), bmc.sessions()), (1, 1));

    bmc.end_sessions();
    let all = futures::future::join_all((0..6).map(|_| systems())).await;
    assert!(all.iter().all(|listed| listed.status == 200), "{all:?}");
    assert_eq!((bmc.sessions_made(), bmc.sessions()), (2, 1));

    valence.signal("TERM");
    let begun = Instant::now();
    while !valence.has_ended() && begun.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(bmc.sessions(), 0);
}
