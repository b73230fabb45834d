//! That our own Redfish service is one: what it does by itself here, what DMTF's
//! validator and real Ironic say of it in the files beside.

mod composing;
mod faults;
mod judged;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use valence_tests::emulator::{Emulator, EmulatorBuilder, Expand, Machine, Spelling, Way};
use valence_tests::{Valence, root};

const SYSTEMS: &str = "/redfish/v1/Systems";

pub(super) fn http() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

pub(super) fn machines(count: u16) -> EmulatorBuilder {
    Emulator::of_machines((1..=count).map(|n| Machine {
        id: n.to_string(),
        model: "AM-3",
        number: n,
        nics: 2,
    }))
}

pub(super) async fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    answered(http().get(format!("{}{path}", emulator.url()))).await
}

pub(super) async fn post(emulator: &Emulator, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}{path}", emulator.url());
    answered(http().post(url).json(&body)).await
}

pub(super) async fn answered(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).expect(name);
    value.to_str().expect("text").to_owned()
}

#[tokio::test]
async fn sessions_are_made_counted_limited_and_ended() {
    let emulator = machines(1)
        .account("root", "pw", Way::Sessions)
        .most_sessions(1)
        .session_lifetime(2)
        .start()
        .await;
    let (status, root) = get(&emulator, "/redfish/v1").await;
    assert_eq!(status, 200, "the root is for anyone");
    let home = root["Links"]["Sessions"]["@odata.id"].as_str().unwrap();
    assert_eq!(get(&emulator, SYSTEMS).await.0, 401);
    let wrong = json!({"UserName": "root", "Password": "no"});
    assert_eq!(post(&emulator, home, wrong).await.0, 401);
    let right = json!({"UserName": "root", "Password": "pw"});
    let url = |path: &str| format!("{}{path}", emulator.url());
    let made = http().post(url(home)).json(&right).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let (token, place) = (header(&made, "x-auth-token"), header(&made, "location"));
    assert_eq!(post(&emulator, home, right.clone()).await.0, 503);
    for expected in [200, 200, 401] {
        let read = http().get(url(SYSTEMS)).header("x-auth-token", &token);
        assert_eq!(answered(read).await.0, expected, "of two requests");
    }
    assert_eq!((emulator.sessions(), emulator.sessions_made()), (0, 1));
    assert_eq!(emulator.document(&place), None);
    let signed = http().get(url(SYSTEMS)).basic_auth("root", Some("pw"));
    assert_eq!(answered(signed).await.0, 401, "Basic is not for this one");
}

#[tokio::test]
async fn basic_authentication_and_broken_sessions() {
    for way in [Way::Basic, Way::BrokenSessions] {
        let emulator = machines(1).account("root", "pw", way).start().await;
        let url = format!("{}{SYSTEMS}", emulator.url());
        let refused = http().get(&url).send().await.unwrap();
        assert_eq!(refused.status(), 401);
        assert!(header(&refused, "www-authenticate").starts_with("Basic"));
        let signed = http().get(&url).basic_auth("root", Some("pw"));
        assert_eq!(answered(signed).await.0, 200, "{way:?}");
        let token = http().get(&url).header("x-auth-token", "any");
        assert_eq!(answered(token).await.0, 401, "{way:?}");
    }
}

#[tokio::test]
async fn collections_come_in_pages_and_expanded() {
    let emulator = machines(5).paging(2).expand(Expand::Whole).start().await;
    let mut path = format!("{SYSTEMS}?$expand=.($levels=1)");
    let mut seen = Vec::new();
    loop {
        let (status, page) = get(&emulator, &path).await;
        assert_eq!(status, 200, "{page:#}");
        let members = page["Members"].as_array().unwrap();
        seen.extend(members.iter().map(|member| member["Id"].clone()));
        match page["Members@odata.nextLink"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(json!(seen), json!(["1", "2", "3", "4", "5"]));

    let lossy = machines(1).expand(Expand::Lossy).start().await;
    let (_, page) = get(&lossy, &format!("{SYSTEMS}?$expand=.")).await;
    assert_eq!(page["Members"][0]["ProcessorSummary"], Value::Null);
    let (status, _) = get(&machines(1).start().await, &format!("{SYSTEMS}?$expand=.")).await;
    assert_eq!(status, 501, "one that cannot says so");
}

#[tokio::test]
async fn power_boot_source_and_entity_tags_are_kept() {
    let emulator = machines(1).etags().start().await;
    let system = format!("{SYSTEMS}/1");
    let url = format!("{}{system}", emulator.url());
    let reset = format!("{system}/Actions/ComputerSystem.Reset");
    let on = json!({"ResetType": "On"});
    assert_eq!(post(&emulator, &reset, on).await.0, 204);
    assert_eq!(emulator.document(&system).unwrap()["PowerState"], "On");
    let wrong = json!({"ResetType": "Explode"});
    assert_eq!(post(&emulator, &reset, wrong).await.0, 400);

    let read = http().get(&url).send().await.unwrap();
    let tag = header(&read, "etag");
    let same = http().get(&url).header("if-none-match", &tag);
    assert_eq!(answered(same).await.0, 304);
    let boot =
        json!({"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Pxe"}});
    let patch = || http().patch(&url).header("if-match", &tag).json(&boot);
    assert_eq!(answered(patch()).await.0, 200);
    let stands = emulator.document(&system).unwrap();
    assert_eq!(stands["Boot"]["BootSourceOverrideTarget"], "Pxe");
    assert_eq!(answered(patch()).await.0, 412, "it has changed");
    let wrong = json!({"Boot": {"BootSourceOverrideTarget": "Tape"}});
    assert_eq!(answered(http().patch(&url).json(&wrong)).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn valence_reads_it_over_https_in_each_spelling_and_with_either_login() {
    let valence = Valence::bare().start();
    for (n, spelling, way) in [
        (1, Spelling::Bare, Way::Sessions),
        (2, Spelling::Slashed, Way::Basic),
        (3, Spelling::Either, Way::BrokenSessions),
    ] {
        let recording = root().join("hooks/mockups/dell-rack.json");
        let emulator = Emulator::of_recording(&recording)
            .account("root", "pw", way)
            .spelling(spelling)
            .tls()
            .start()
            .await;
        let ca = emulator.ca_file().unwrap();
        let pod_manager = json!({
            "name": format!("pod-{n}"), "url": emulator.url(), "driver": "redfish", "verify_ca": ca,
            "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": "pw"}}],
        });
        let made = valence.post("/v1/pod_managers", pod_manager).await;
        assert_eq!(made.status, 200, "{spelling:?} {way:?}: {:#}", made.body);
        let systems = emulator.members(SYSTEMS);
        let node = json!({"podm_id": format!("pod-{n}"), "node_index": systems[0]});
        let managed = valence.post("/v1/nodes/manage", node).await;
        assert_eq!(
            managed.status, 200,
            "{spelling:?} {way:?}: {:#}",
            managed.body
        );
    }
}
