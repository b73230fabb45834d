//! Accounts of pod managers: a service shows its root to everybody, so more than that is
//! read before an account is kept.

use serde_json::{Value, json};
use valence_tests::emulator::{Emulator, Machine, Way};
use valence_tests::{Reply, Valence};

async fn service(way: Option<Way>) -> Emulator {
    let machine = Machine {
        id: "1".into(),
        model: "AM-1",
        number: 0x4001,
        nics: 1,
    };
    let emulator = Emulator::of_machines([machine]);
    match way {
        Some(way) => emulator.account("root", "canary-right", way),
        None => emulator,
    }
    .start()
    .await
}

fn account(password: &str) -> Value {
    json!([{"type": "basic", "auth_items": {"username": "root", "password": password}}])
}

async fn made(
    valence: &Valence,
    name: &str,
    service: &Emulator,
    driver: &str,
    authentication: Value,
) -> Reply {
    let body = json!({
        "name": name, "url": service.url(), "driver": driver, "authentication": authentication,
    });
    valence.post("/v1/pod_managers", body).await
}

fn assert_refused(reply: &Reply) {
    assert_eq!(reply.status, 502, "{reply:?}");
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(detail.contains("refuse"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_shows_when_it_is_given() {
    let valence = Valence::bare().start();
    for (name, way) in [
        ("basic", Way::Basic),
        ("sessions", Way::Sessions),
        ("either", Way::Either),
    ] {
        let service = service(Some(way)).await;
        // Its driver has no collection there, so its systems are asked for.
        for driver in ["redfish", "redfishv1"] {
            assert_refused(&made(&valence, name, &service, driver, account("canary-wrong")).await);
            assert_refused(&made(&valence, name, &service, driver, json!([])).await);
        }
        let right = made(&valence, name, &service, "redfish", account("canary-right")).await;
        assert_eq!(right.status, 200, "{right:?}");
        let path = format!("/v1/pod_managers/{name}");
        let wrong = json!({"authentication": account("canary-wrong")});
        assert_refused(&valence.send("PATCH", &path, Some(wrong)).await);
        // The one that works is still there.
        let systems = valence.get(&format!("{path}/systems")).await;
        assert_eq!(systems.status, 200, "{systems:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_taken_away_where_none_is_asked_for() {
    let valence = Valence::bare().start();
    let open = service(None).await;
    let closed = service(Some(Way::Basic)).await;
    for (name, service) in [("open", &open), ("closed", &closed)] {
        let made = made(&valence, name, service, "redfish", account("canary-right")).await;
        assert_eq!(made.status, 200, "{made:?}");
    }
    let without = async |name: &str| {
        let path = format!("/v1/pod_managers/{name}");
        let patch = json!({"authentication": []});
        let patched = valence.send("PATCH", &path, Some(patch)).await;
        (
            patched,
            valence.get(&path).await.body["authentication"].take(),
        )
    };
    let (patched, shown) = without("open").await;
    assert_eq!(patched.status, 200, "{patched:?}");
    assert_eq!(
        (&patched.body["authentication"], &shown),
        (&json!([]), &json!([]))
    );
    open.forget_seen();
    assert_eq!(
        valence.get("/v1/pod_managers/open/systems").await.status,
        200
    );
    assert!(!open.seen().iter().any(|request| request.signed));

    let (refused, shown) = without("closed").await;
    assert_refused(&refused);
    assert_eq!(shown[0]["auth_items"]["username"], "root");
}
