//! Registering behind the door: what the role decides within it, and by which id
//! Ironic is asked.

use serde_json::{Value, json};
use uuid::Uuid;
use valence_testbed::RedfishEmulator;

use super::*;
use crate::register::ironic;

const UNDERTAKING: &str = "req-1d0c9a52-7c3e-4b52-9d0a-6f1f5f7a2b90";

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_sets_what_is_protected_and_ironic_is_asked_by_the_callers_id() {
    let system = Uuid::new_v4();
    let [a, b, c, ..] = *system.as_bytes();
    let (valence, bmc) = tokio::task::spawn_blocking(move || {
        let bmc = RedfishEmulator::with_system(&system.to_string())
            .nic(&format!("52:54:{a:02x}:{b:02x}:{c:02x}:01"))
            .start()
            .unwrap();
        let endpoint = ironic().endpoint();
        let valence = guarded()
            .configure(&format!("[ironic]\nendpoint = \"{endpoint}\""))
            .start();
        (valence, bmc)
    })
    .await
    .unwrap();
    let http = http();
    let post = async |user: &str, path: &str, body: Value| {
        let request = http
            .post(format!("{}{path}", valence.url()))
            .basic_auth(user, Some(format!("{user}-pa55word")))
            .header("X-OpenStack-Request-ID", UNDERTAKING);
        let reply = request.json(&body).send().await.unwrap();
        let status = reply.status().as_u16();
        (status, reply.json::<Value>().await.unwrap_or_default())
    };
    let pod_manager = json!({
        "name": "podm", "url": bmc.url(), "driver": "redfish", "authentication": [],
    });
    assert_eq!(
        post("bob", "/v1/pod_managers", pod_manager.clone()).await.0,
        403
    );
    assert_eq!(post("ann", "/v1/pod_managers", pod_manager).await.0, 200);
    let name = format!("guarded-{system}");
    let node = json!({"podm_id": "podm", "node_index": system, "name": name});
    assert_eq!(post("bob", "/v1/nodes/manage", node).await.0, 200);

    let register = format!("/v1/nodes/{name}/register");
    for (body, field) in [
        (json!({"owner": "bob"}), "/node/owner"),
        (
            json!({"driver_info": {"redfish_address": "http://evil.example"}}),
            "/node/driver_info/redfish_address",
        ),
        (
            json!({"driver_info": {"redfish_username": "a", "redfish_password": "b"}}),
            "/node/driver_info",
        ),
    ] {
        let (status, problem) = post("bob", &register, body).await;
        assert_eq!(
            (status, &problem["code"]),
            (403, &json!("forbidden")),
            "{problem:#}"
        );
        assert_eq!(problem["field"], field, "{problem:#}");
    }
    // The same of many at once, whoever goes on with it.
    let many = json!({"nodes": [name], "parameters": {"owner": "bob"}});
    let (status, bulk) = post("bob", "/v1/registrations", many).await;
    assert_eq!(status, 202, "{bulk:#}");
    let ended = format!(
        "{}/v1/registrations/{}",
        valence.url(),
        bulk["uuid"].as_str().unwrap()
    );
    let lines = http.get(ended).basic_auth("cy", Some("cy-pa55word"));
    let lines = lines
        .header("Accept", "application/x-ndjson")
        .send()
        .await
        .unwrap();
    let lines = lines.text().await.unwrap();
    assert!(lines.contains("\"code\":\"forbidden\""), "{lines}");

    let (status, registered) = post("ann", &register, json!({"owner": "ann"})).await;
    assert_eq!(status, 200, "{registered:#}");
    let log = ironic().log().unwrap();
    assert!(
        log.contains(&format!("[{UNDERTAKING} req-")),
        "ironic was not asked by it"
    );
    assert!(valence.log().contains(&format!("global={UNDERTAKING}")));
}
