//! Passwords: sealed on the disk, replaced with their key, and shown to nobody. That
//! last is checked of every server of every test, by `Valence` itself.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;
use valence_testbed::{Ironic, RedfishEmulator};
use valence_tests::emulator::{Documents, Emulator, EmulatorBuilder};
use valence_tests::{Outcome, Valence, root};

use crate::hooks::guest::{Guest, give_back};

const OF_PODM: &str = "canary-podm-4c1e";
const OF_IRONIC: &str = "canary-of-ironic-9d";

/// An Ironic and a BMC that want passwords, and a server that has both.
struct Site {
    _ironic: Ironic,
    _bmc: RedfishEmulator,
    valence: Valence,
    path: String,
}

async fn site() -> Site {
    tokio::task::spawn_blocking(start).await.unwrap()
}

fn start() -> Site {
    let ironic = Ironic::builder()
        .http_basic("admin", OF_IRONIC)
        .start()
        .unwrap();
    let uuid = Uuid::new_v4();
    let [a, b, c, ..] = *uuid.as_bytes();
    let bmc = RedfishEmulator::with_system(&uuid.to_string())
        .nic(&format!("52:54:{a:02x}:{b:02x}:{c:02x}:01"))
        .basic_auth("root", OF_PODM)
        .start()
        .unwrap();
    let valence = Valence::bare()
        .configure(&format!(
            "[ironic]\nendpoint = \"{}\"\nauth = \"http_basic\"\nusername = \"admin\"\npassword_file = \"ironic\"",
            ironic.endpoint()
        ))
        .file("ironic", &format!("{OF_IRONIC}\n"))
        .start();
    let runtime = tokio::runtime::Handle::current();
    runtime.block_on(async {
        let pod_manager = json!({"name": "closed", "url": bmc.url(), "driver": "redfish",
            "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": OF_PODM}}]});
        let made = valence.post("/v1/pod_managers", pod_manager).await;
        assert_eq!(made.status, 200, "{made:?}");
        let managed = json!({"podm_id": "closed", "node_index": uuid.to_string(), "name": "kept"});
        let managed = valence.post("/v1/nodes/manage", managed).await;
        assert_eq!(managed.status, 200, "{managed:?}");
    });
    Site {
        _ironic: ironic,
        _bmc: bmc,
        valence,
        path: "/v1/nodes/kept/register".into(),
    }
}

fn rotate(valence: &Valence, what: &str) -> Outcome {
    Valence::offline_in(
        valence.directory(),
        ["store", what, "--config", "valence.toml"],
    )
}

fn keys(valence: &Valence) -> String {
    fs::read_to_string(valence.directory().join("valence.key")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_replaced_and_everything_goes_on_as_before() {
    let mut site = site().await;
    let own = json!({"driver_info": {"redfish_username": "root", "redfish_password": OF_PODM}});
    let registered = site.valence.post(&site.path, own.clone()).await;
    assert_eq!(registered.status, 200, "{registered:?}");
    let before = keys(&site.valence);
    // Not while somebody serves with the old one.
    let refused = rotate(&site.valence, "rotate-key");
    assert_eq!(refused.exit, 2, "{}", refused.stderr);
    assert_eq!(keys(&site.valence), before);

    site.valence.kill();
    let rotated = rotate(&site.valence, "rotate-key");
    assert_eq!(rotated.exit, 0, "{}", rotated.stderr);
    assert_eq!(rotated.stdout.trim(), "2 passwords were sealed anew");
    let after = keys(&site.valence);
    assert_eq!(after.lines().count(), 1);
    assert_ne!(after, before);
    site.valence.start_again(None);
    // The pod manager's password opens, and the credentials are the same still.
    let again = site.valence.post(&site.path, own.clone()).await;
    assert_eq!(again.body["unchanged"], true, "{again:?}");

    // By hand, as a fleet does: a new key first, the old one still there.
    site.valence.kill();
    let new = format!("{}\n{after}", "ab".repeat(32));
    fs::write(site.valence.directory().join("valence.key"), &new).unwrap();
    site.valence.start_again(None);
    let again = site.valence.post(&site.path, own.clone()).await;
    assert_eq!(again.body["unchanged"], true, "{again:?}");
    let resealed = rotate(&site.valence, "reseal");
    assert_eq!(
        resealed.stdout.trim(),
        "2 passwords were sealed anew",
        "{}",
        resealed.stderr
    );
    site.valence.kill();
    fs::write(
        site.valence.directory().join("valence.key"),
        "ab".repeat(32),
    )
    .unwrap();
    site.valence.start_again(None);
    let again = site.valence.post(&site.path, own).await;
    assert_eq!(again.body["unchanged"], true, "{again:?}");
}

/// Everything that has to do with passwords, with a server that logs all there is.
/// What it leaves behind is searched when it is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn no_reply_log_record_or_figure_shows_a_password() {
    let site = site().await;
    let valence = &site.valence;
    let login = |password: &str| json!({"driver_info": {"redfish_username": "root", "redfish_password": password}});
    let path = &site.path;
    for (query, password, status) in [
        ("?dry_run=true", OF_PODM, 200),
        ("?target=manageable&wait=120", "canary-wrong-1", 502),
        (
            "?on_conflict=update&target=manageable&wait=120",
            OF_PODM,
            200,
        ),
        ("", "canary-other-2", 409),
        ("?on_conflict=update&dry_run=true", "canary-other-3", 200),
    ] {
        let reply = valence
            .post(&format!("{path}{query}"), login(password))
            .await;
        assert_eq!(reply.status, status, "{query}: {:#}", reply.body);
    }
    for body in [
        json!({"driver_info": {"redfish_password": ["canary-list"]}}),
        json!({"driver_info": {"ipmi_password": "canary-ipmi"}}),
        json!({"extra": {"api_token": "canary-extra"}, "no_such_field": "unknown"}),
        json!({"name": {"redfish_password": "canary-in-a-name"}}),
    ] {
        let reply = valence.post(path, body).await;
        assert!(reply.status >= 400, "{:#}", reply.body);
    }
    let patch = json!({"authentication": [{"type": "basic", "auth_items": {"username": "root", "password": "canary-new"}}]});
    let patched = valence
        .send("PATCH", "/v1/pod_managers/closed", Some(patch))
        .await;
    assert_eq!(patched.status, 502, "{patched:?}");
    for path in [
        "/v1/pod_managers",
        "/v1/pod_managers/closed",
        "/v1/nodes/kept",
        "/v1/nodes/kept/registration",
        "/v1/nodes/kept/drift",
        "/v1/registrations?detail=true",
        "/v1/hooks",
        "/readyz",
    ] {
        let reply = valence.get(path).await;
        assert!(
            reply.status < 500 || path.ends_with("drift"),
            "{path}: {reply:?}"
        );
    }
    for decision in valence.get("/v1/decisions").await.body.as_array().unwrap() {
        let uuid = decision["uuid"].as_str().unwrap_or_default();
        let one = valence.get(&format!("/v1/decisions/{uuid}")).await;
        assert_eq!(one.status, 200, "{one:?}");
        assert_ne!(one.body, Value::Null);
    }
    valence.text("/metrics", None).await;
    let gone = valence.delete(path).await;
    assert!(gone.status < 500, "{gone:?}");
    let log = valence.log();
    assert!(log.contains("TRACE"), "it is to log everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn named_credentials_go_to_the_hosts_that_they_are_for_and_nowhere_else() {
    let site = tokio::task::spawn_blocking(|| {
        let bmc = RedfishEmulator::with_system(&Uuid::new_v4().to_string())
            .basic_auth("root", OF_PODM)
            .start()
            .unwrap();
        let account = |name: &str, hosts: &str| {
            format!("[credentials.{name}]\nusername = \"root\"\npassword_file = \"podm\"\n{hosts}")
        };
        let valence = Valence::bare()
            .configure(&account("here", "hosts = [\"127.0.0.1\"]"))
            .configure(&account("elsewhere", "hosts = [\"10.0.0.5\"]"))
            .configure(&account("nowhere", ""))
            .file("podm", OF_PODM)
            .start();
        (bmc, valence)
    });
    let (bmc, mut valence) = site.await.unwrap();
    let wanted = |name: &str, credentials: &str| {
        let authentication =
            json!([{"type": "reference", "auth_items": {"credentials": credentials}}]);
        json!({"name": name, "url": bmc.url(), "driver": "redfish", "authentication": authentication})
    };
    for name in ["elsewhere", "nowhere", "no-such"] {
        let refused = valence.post("/v1/pod_managers", wanted(name, name)).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    let made = valence
        .post("/v1/pod_managers", wanted("named", "here"))
        .await;
    assert_eq!(made.status, 200, "{made:?}");
    let shown = valence.get("/v1/pod_managers/named").await.body;
    assert_eq!(
        shown["authentication"][0]["auth_items"],
        json!({"credentials": "here"})
    );
    let same = valence
        .send("PATCH", "/v1/pod_managers/named", Some(shown.clone()))
        .await;
    assert_eq!(same.status, 200, "{same:?}");
    let mut other = shown;
    other["authentication"][0]["auth_items"]["credentials"] = json!("elsewhere");
    let refused = valence
        .send("PATCH", "/v1/pod_managers/named", Some(other))
        .await;
    assert_eq!(refused.status, 400, "{refused:?}");

    // Where they may go is the operator's to narrow, also for what has been made.
    let systems = "/v1/pod_managers/named/systems";
    assert_eq!(valence.get(systems).await.status, 200);
    valence.kill();
    let file = valence.directory().join("valence.toml");
    let text = fs::read_to_string(&file).unwrap();
    let narrowed = text.replace("hosts = [\"127.0.0.1\"]", "hosts = []");
    assert_ne!(narrowed, text);
    fs::write(&file, narrowed).unwrap();
    valence.start_again(None);
    let refused = valence.get(systems).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("`hosts` of `[credentials.here]`"),
        "{detail}"
    );
    let gone = valence.delete("/v1/pod_managers/named").await;
    assert_eq!(gone.status, 200, "{gone:?}");
}

/// A hook that writes all that it is given into the log: parameters, node, and the
/// documents that the system leads to.
fn telling(links: &[&str]) -> Vec<u8> {
    const FOUR: &str = "(param i32 i32 i32 i32)";
    let mut guest = Guest::reader()
        .import("redfish", "[method]document.follow", "follow", FOUR)
        .import("log", "write", "log", "(param i32 i32 i32)")
        .import(
            "registration",
            "[method]registration.parameters",
            "parameters",
            "(param i32 i32)",
        );
    let mut body = "(call $parameters (local.get $registration) (i32.const 512))
         (call $log (i32.const 4) (i32.load (i32.const 512)) (i32.load (i32.const 516)))
         (call $log (i32.const 4) (local.get $node) (local.get $node_length))"
        .to_owned();
    for link in links {
        let (link, length) = guest.text(link);
        body += &format!(
            "(call $follow (call $system (local.get $registration)) (i32.const {link}) (i32.const {length}) (i32.const 512))
             (call $get (i32.load (i32.const 520)) (i32.const 0) (i32.const 0) (i32.const 640))
             (call $log (i32.const 4) (i32.load (i32.const 648)) (i32.load (i32.const 652)))"
        );
    }
    let same = give_back("(local.get $node)", "(local.get $node_length)");
    guest.map(&(body + &same)).component()
}

/// A machine whose BMC tells its attributes as those of Dell and of HPE do.
fn talkative() -> EmulatorBuilder {
    const ATTRIBUTES: &str =
        "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1";
    const SNMP: &str = "/redfish/v1/Managers/iDRAC.Embedded.1/SnmpService";
    let recording = root().join("hooks/mockups/dell-rack.json");
    let mut documents = Documents::open(&recording).unwrap();
    let attributes = json!({
        "Id": "iDRAC.Embedded.1",
        "Attributes": {
            "Users.2.UserName": "root",
            "Users.2.SHA1v3Key": "canary-sha1",
            "Users.2.MD5v3Key": "canary-md5",
            "Users.2.IPMIKey": "canary-ipmi-key",
            "Users.2.SNMPv3Enable": "Enabled",
            "SNMP.1.AgentCommunity": "canary-agent",
            "SNMP.1.SNMPProtocol": "All",
            "IPMILan.1.EncryptionKey": "canary-kg",
        },
    });
    let snmp = json!({
        "Id": "SnmpService",
        "ReadCommunities": ["canary-read", "", "canary-read-2"],
        "TrapCommunities": ["canary-trap"],
        "Users": [{"AuthPassphrase": "canary-auth", "SecurityName": "monitor"}],
        "Contact": "the night shift",
    });
    documents.put(ATTRIBUTES, attributes);
    documents.put(SNMP, snmp);
    let link = |path: &str| json!({"@odata.id": path});
    let links = json!({"Attributes": link(ATTRIBUTES), "Snmp": link(SNMP)});
    Emulator::of(documents)
        .changes(json!({"/redfish/v1/Systems/System.Embedded.1": {"Oem": links}}))
}

/// What a hook is given it may tell, and what it tells stands in the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_tells_all_it_is_given_tells_no_password() {
    let components = tempfile::tempdir().unwrap();
    let component = components.path().join("telling.wasm");
    fs::write(&component, telling(&["/Oem/Attributes", "/Oem/Snmp"])).unwrap();
    let bmc = talkative().start().await;
    let valence = Valence::bare().hook("telling", &component, "").start();
    valence
        .manage("rack", bmc.url(), "System.Embedded.1", "told")
        .await;
    let path = "/v1/nodes/told/register?dry_run=true";
    let body = json!({
        "driver_info": {"redfish_username": "root", "redfish_password": "canary-own"},
        "extra": {"told": "what the request asks for"},
    });
    let reply = valence.post(path, body).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let told = valence.log();
    for (what, times) in [
        ("what the request asks for", 2),
        ("SHA1v3Key", 1),
        ("the night shift", 1),
    ] {
        assert_eq!(told.matches(what).count(), times, "{what}: {told}");
    }
    for body in [
        json!({"driver_info": {"ipmi_password": "canary-ipmi"}}),
        json!({"driver_info": {"a": {"redfish_password": ["canary-nested"]}}}),
        json!({"driver_info": {"snmp_community_write": "canary-community"}}),
        json!({"instance_info": {"image_pull_secret": "canary-pull"}}),
        json!({"name": {"redfish_password": "canary-in-a-name"}}),
        json!({"password": "canary-unknown"}),
    ] {
        let reply = valence.post(path, body).await;
        assert_eq!(reply.status, 422, "{:#}", reply.body);
        assert_eq!(reply.body["hook"], Value::Null, "{:#}", reply.body);
    }
    for decision in valence.get("/v1/decisions").await.body.as_array().unwrap() {
        let uuid = decision["uuid"].as_str().unwrap();
        assert_eq!(
            valence.get(&format!("/v1/decisions/{uuid}")).await.status,
            200
        );
    }
}
