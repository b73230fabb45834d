//! Registering over the real API and command line, against real Ironic and a real
//! Redfish emulator, judged by OpenStack's own client.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use valence_testbed::{Ironic, RedfishEmulator};
use valence_tests::{Gate, Reply, Valence, ValenceBuilder, hook};

use crate::ironic::CLOSED;

/// One Ironic without authentication for all tests: they use names, MACs and
/// uuids of their own.
pub(crate) fn ironic() -> &'static Ironic {
    static IRONIC: OnceLock<Ironic> = OnceLock::new();
    IRONIC.get_or_init(|| Ironic::builder().start().expect("ironic"))
}

/// A machine of its own for one test.
pub(crate) struct Machine {
    uuid: String,
    macs: [String; 2],
    pub(crate) name: String,
    bmc: RedfishEmulator,
}

impl Machine {
    pub(crate) fn new(name: &str) -> Self {
        let uuid = Uuid::new_v4();
        let [a, b, c, ..] = *uuid.as_bytes();
        let macs = [1, 2].map(|n| format!("52:54:{a:02x}:{b:02x}:{c:02x}:{n:02x}"));
        let bmc = RedfishEmulator::with_system(&uuid.to_string())
            .name(name)
            .nic(&macs[0])
            .nic(&macs[1])
            .start()
            .expect("emulator");
        Self {
            uuid: uuid.to_string(),
            macs,
            name: format!("{name}-{a:02x}{b:02x}{c:02x}"),
            bmc,
        }
    }

    pub(crate) async fn managed_by(&self, valence: &Valence) -> Value {
        valence
            .manage(
                &format!("podm-{}", self.name),
                self.bmc.url(),
                &self.uuid,
                &self.name,
            )
            .await
    }

    pub(crate) fn path(&self) -> String {
        format!("/v1/nodes/{}/register", self.name)
    }

    pub(crate) fn url(&self) -> &str {
        self.bmc.url()
    }

    pub(crate) fn uuid(&self) -> &str {
        &self.uuid
    }
}

fn serving() -> ValenceBuilder {
    Valence::with_ironic(&ironic().endpoint())
}

fn assert_registered(reply: &Reply) -> Uuid {
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(reply.body["managed_by"], "ironic");
    reply.body["ironic"]["node_uuid"]
        .as_str()
        .expect("a uuid")
        .parse()
        .expect("a uuid")
}

fn node(uuid: Uuid) -> Value {
    ironic()
        .cli()
        .baremetal(["node", "show", &uuid.to_string()])
        .expect("the node")
}

fn ports(uuid: Uuid) -> Vec<String> {
    let listed = ironic()
        .cli()
        .baremetal([
            "port",
            "list",
            "--node",
            &uuid.to_string(),
            "--fields",
            "address",
        ])
        .expect("its ports");
    let mut macs: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|port| port["address"].as_str().expect("a MAC").to_owned())
        .collect();
    macs.sort();
    macs
}

fn is_in_ironic(name: &str) -> bool {
    let listed = ironic()
        .cli()
        .baremetal(["node", "list", "--fields", "name"])
        .expect("nodes");
    listed
        .as_array()
        .expect("a list")
        .iter()
        .any(|node| node["name"] == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_the_fields_of_its_enrollment_and_becomes_manageable() {
    let machine = Machine::new("plain");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let dry = valence
        .post(&format!("{}?dry_run=true", machine.path()), json!({}))
        .await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    assert!(!is_in_ironic(&machine.name), "a dry run wrote to Ironic");

    let reply = valence.post(&machine.path(), json!({})).await;
    let uuid = assert_registered(&reply);

    let (enrolled, shown) = (&dry.body["enrollment"]["node"], node(uuid));
    for (key, value) in enrolled.as_object().expect("an object") {
        if key != "extra" {
            assert_eq!(&shown[key], value, "`{key}`");
        }
    }
    assert_eq!(shown["provision_state"], "enroll");
    assert_eq!(shown["driver_info"]["redfish_address"], machine.bmc.url());
    assert_eq!(
        shown["driver_info"]["redfish_system_id"],
        format!("/redfish/v1/Systems/{}", machine.uuid)
    );
    assert_eq!(ports(uuid), machine.macs);

    let cli = ironic().cli();
    cli.baremetal(["node", "manage", &uuid.to_string()])
        .expect("manage");
    let started = Instant::now();
    while node(uuid)["provision_state"] != "manageable" {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{:#}",
            node(uuid)
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_uuid_and_by_the_other_url_and_by_the_command_of_the_seed() {
    let valence = serving().start();
    let machine = Machine::new("urls");
    let managed = machine.managed_by(&valence).await;
    let id = managed["uuid"].as_str().expect("a uuid");

    let by_uuid = valence
        .post(&format!("/v1/nodes/{id}/register"), json!({}))
        .await;
    let first = assert_registered(&by_uuid);
    assert_eq!(
        valence
            .delete(&format!("/v1/node/{id}/register"))
            .await
            .status,
        200
    );

    let alias = valence
        .post(&format!("/v1/node/{}/register", machine.name), json!({}))
        .await;
    let second = assert_registered(&alias);
    assert_ne!(first, second, "a node that comes back is a new one");
    assert_eq!(valence.delete(&machine.path()).await.status, 200);

    let spoken = valence.cli(["node-register", &machine.name, "-f", "json"]);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);
    let shown: Value = serde_json::from_str(&spoken.stdout).expect("JSON");
    assert_eq!(shown["managed_by"], "ironic");
    assert!(is_in_ironic(&machine.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hooks_and_caller_set_arrives() {
    let machine = Machine::new("hooked");
    let valence = serving()
        .hook(
            "site-naming",
            &hook("site-naming"),
            "settings = { patterns = [\"{node}-named\"] }\nwrites = [\"/node/name\"]",
        )
        .hook(
            "port-policy",
            &hook("port-policy"),
            "settings = { rules = [{ physical_network = \"physnet1\" }] }",
        )
        .start();
    machine.managed_by(&valence).await;
    let body = json!({"resource_class": "gold", "properties": {"rack": "r7"}, "extra": {"ticket": 12},
        "traits": ["CUSTOM_SITE_A"]});
    let reply = valence.post(&machine.path(), body).await;
    let uuid = assert_registered(&reply);
    let shown = node(uuid);
    assert_eq!(shown["name"], format!("{}-named", machine.name));
    assert_eq!(shown["resource_class"], "gold");
    assert_eq!(shown["properties"]["rack"], "r7");
    assert_eq!(shown["extra"]["ticket"], 12);
    assert_eq!(shown["traits"], json!(["CUSTOM_SITE_A"]));
    let listed = ironic()
        .cli()
        .baremetal([
            "port",
            "list",
            "--node",
            &uuid.to_string(),
            "--fields",
            "physical_network",
        ])
        .expect("its ports");
    assert_eq!(
        listed,
        json!([{"physical_network": "physnet1"}, {"physical_network": "physnet1"}])
    );
    let ran: Vec<_> = reply.body["hooks"]
        .as_array()
        .expect("hooks")
        .iter()
        .map(|h| &h["name"])
        .collect();
    assert_eq!(ran, ["site-naming", "port-policy"]);
    assert_eq!(reply.body["hooks"][0]["wrote"], json!(["/node/name"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_node_leaves_ironic_untouched() {
    let machine = Machine::new("denied");
    let valence = serving()
        .hook(
            "guardrails",
            &hook("guardrails"),
            "settings = { required = [\"/node/resource_class\"] }",
        )
        .start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 403, "{:#}", reply.body);
    assert_eq!(reply.body["code"], "denied");
    assert_eq!(reply.body["hook"], "guardrails");
    assert!(!is_in_ironic(&machine.name));
    let shown = valence.get(&format!("/v1/nodes/{}", machine.name)).await;
    assert_eq!(
        shown.body.get("managed_by").unwrap_or(&Value::Null),
        &Value::Null
    );

    let spoken = valence.cli(["node", "register", &machine.name]);
    assert_eq!(spoken.exit, 3, "{}", spoken.stderr);
    assert!(spoken.stderr.contains("guardrails"), "{}", spoken.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mac_of_another_node_leaves_nothing_behind() {
    let machine = Machine::new("taken");
    let owner = ironic()
        .cli()
        .baremetal(["node", "create", "--driver", "fake-hardware"])
        .expect("another node");
    let owner = owner["uuid"].as_str().expect("its uuid");
    ironic()
        .cli()
        .baremetal(["port", "create", &machine.macs[1], "--node", owner])
        .expect("its port");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 409, "{:#}", reply.body);
    let detail = reply.body["detail"].as_str().expect("a detail");
    assert!(
        detail.contains(&machine.macs[1]) && detail.contains(owner),
        "{detail}"
    );
    assert!(!is_in_ironic(&machine.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_twice_is_harmless_and_a_difference_is_told() {
    let machine = Machine::new("twice");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let uuid = assert_registered(&valence.post(&machine.path(), json!({})).await);
    let before = node(uuid);
    let again = valence.post(&machine.path(), json!({})).await;
    assert_eq!(assert_registered(&again), uuid);
    assert_eq!(again.body["unchanged"], true);
    assert_eq!(node(uuid)["updated_at"], before["updated_at"]);

    let other = valence
        .post(&machine.path(), json!({"resource_class": "gold"}))
        .await;
    assert_eq!(other.status, 409, "{:#}", other.body);
    let detail = other.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("/node/resource_class"), "{detail}");
    assert!(detail.contains("on_conflict=update"), "{detail}");
    assert!(detail.contains("deregister"), "{detail}");

    let given_up = valence.delete(&format!("/v1/nodes/{}", machine.name)).await;
    assert_eq!(given_up.status, 409, "{:#}", given_up.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_at_once_make_one_node() {
    let machine = Machine::new("race");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let path = machine.path();
    let both = futures::future::join_all((0..4).map(|_| valence.post(&path, json!({})))).await;
    for reply in &both {
        assert!(matches!(reply.status, 200 | 409), "{:#}", reply.body);
    }
    assert!(both.iter().any(|reply| reply.status == 200));
    assert_eq!(
        assert_registered(&valence.post(&path, json!({})).await).get_version_num(),
        5
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deregistering_removes_all() {
    let machine = Machine::new("gone");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let uuid = assert_registered(&valence.post(&machine.path(), json!({})).await);
    let removed = valence.delete(&machine.path()).await;
    assert_eq!(removed.status, 200, "{:#}", removed.body);
    assert!(!is_in_ironic(&machine.name));
    let listed = ironic()
        .cli()
        .baremetal(["port", "list", "--fields", "address"])
        .expect("ports");
    assert!(
        !listed.to_string().contains(&machine.macs[0]),
        "a port is left"
    );
    assert_eq!(valence.delete(&machine.path()).await.status, 404);

    assert_ne!(
        assert_registered(&valence.post(&machine.path(), json!({})).await),
        uuid
    );
    let gone = valence.get(&format!("/v1/nodes/{}", machine.name)).await;
    let again = gone.body["managed_by"].as_str();
    assert_eq!(again, Some("ironic"));
}

/// Whether Ironic has a node of this name, asked without the detour of a command.
async fn has_node(http: &reqwest::Client, name: &str) -> bool {
    let asked = http
        .get(format!("{}/v1/nodes?fields=name", ironic().endpoint()))
        .header("X-OpenStack-Ironic-API-Version", "1.37")
        .send();
    let listed: Value = asked.await.expect("an answer").json().await.expect("JSON");
    listed["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .any(|node| node["name"] == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_was_cut_off_is_finished_at_the_next_start() {
    let machine = Machine::new("crash");
    let gate = Gate::before(&ironic().endpoint()).await;
    let mut valence = Valence::with_ironic(&gate.url()).start();
    machine.managed_by(&valence).await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let caller = {
        let (http, url) = (http.clone(), format!("{}{}", valence.url(), machine.path()));
        tokio::spawn(async move { http.post(url).json(&json!({})).send().await })
    };
    while !has_node(&http, &machine.name).await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The node is there; its ports are on their way. Ironic is away at the start.
    gate.shut();
    valence.crash_and_restart();
    let _ = caller.await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let path = format!("/v1/nodes/{}", machine.name);
    let given_up = valence.delete(&path).await;
    assert_eq!(given_up.status, 409, "{:#}", given_up.body);
    gate.open();

    let started = Instant::now();
    while valence.get(&path).await.body["managed_by"] != "ironic" {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "it is not finished: {}",
            valence.complaints()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = valence.post(&machine.path(), json!({})).await;
    let uuid = assert_registered(&again);
    assert_eq!(again.body["unchanged"], true);
    assert_eq!(ports(uuid), machine.macs);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_reach_ironic_and_nobody_else() {
    let canary = "canary-7b1d-password";
    let closed = crate::ironic::closed();
    let machine = Machine::new("secret");
    let bmc = RedfishEmulator::with_system(&machine.uuid)
        .nic(&machine.macs[0])
        .basic_auth("root", canary)
        .start()
        .expect("emulator");
    let configuration = |password: &str| {
        format!(
            "[ironic]\nendpoint = \"{}\"\nauth = \"http_basic\"\nusername = \"admin\"\npassword_file = \"{password}\"",
            closed.endpoint()
        )
    };
    let valence = Valence::bare()
        .configure(&configuration("right"))
        .file("right", &format!("{CLOSED}\n"))
        .start();
    let pod_manager = json!({"name": "closed", "url": bmc.url(), "driver": "redfish",
        "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": canary}}]});
    let made = valence.post("/v1/pod_managers", pod_manager).await;
    assert_eq!(made.status, 200, "{:#}", made.body);
    assert!(!made.body.to_string().contains(canary));
    let in_url = format!("http://root:{canary}@127.0.0.1:9");
    let refused = valence
        .post(
            "/v1/pod_managers",
            json!({"name": "x", "url": in_url, "authentication": []}),
        )
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        !refused.body.to_string().contains(canary),
        "{:#}",
        refused.body
    );
    let managed = json!({"podm_id": "closed", "node_index": machine.uuid, "name": machine.name});
    assert_eq!(valence.post("/v1/nodes/manage", managed).await.status, 200);
    let own = json!({"driver_info": {"redfish_username": "root", "redfish_password": canary}});
    let dry = valence
        .post(&format!("{}?dry_run=true", machine.path()), own.clone())
        .await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    assert!(!dry.body.to_string().contains(canary));
    let reply = valence.post(&machine.path(), own).await;
    let uuid = assert_registered(&reply);
    let other =
        json!({"driver_info": {"redfish_username": "root", "redfish_password": "another-canary"}});
    let differs = valence.post(&machine.path(), other).await;
    assert_eq!(differs.status, 409, "{:#}", differs.body);
    assert!(
        !differs.body.to_string().contains("canary"),
        "{:#}",
        differs.body
    );
    let shown = closed
        .cli()
        .baremetal(["node", "show", &uuid.to_string()])
        .expect("the node");
    assert_eq!(shown["driver_info"]["redfish_username"], "root");
    assert_eq!(shown["driver_info"]["redfish_password"], "******");
    closed
        .cli()
        .baremetal(["node", "manage", &uuid.to_string(), "--wait", "60"])
        .expect("manageable");
    let mut paths = vec![valence.directory().to_owned()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("its entries");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        if path.ends_with("right") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        for secret in [canary, CLOSED, "another-canary"] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds a password", path.display());
        }
    }

    let wrong = Valence::bare()
        .configure(&configuration("wrong"))
        .file("wrong", "no\n")
        .start();
    wrong
        .manage("open", machine.bmc.url(), &machine.uuid, "somebody")
        .await;
    let refused = wrong.post("/v1/nodes/somebody/register", json!({})).await;
    assert_eq!(refused.status, 503, "{:#}", refused.body);
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("credentials"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ironic_that_is_not_there_is_told_and_nothing_is_lost() {
    let machine = Machine::new("nobody");
    let valence = Valence::with_ironic("http://127.0.0.1:9").start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 503, "{:#}", reply.body);
    assert!(reply.headers.contains_key("retry-after"));
    let spoken = valence.cli(["node", "register", &machine.name]);
    assert_eq!(spoken.exit, 6, "{}", spoken.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_checked_as_the_pod_manager_says() {
    let uuid = Uuid::new_v4().to_string();
    let bmc = RedfishEmulator::with_system(&uuid)
        .tls()
        .start()
        .expect("emulator");
    let ca_file = bmc
        .ca_file()
        .expect("its certificate")
        .display()
        .to_string();
    let valence = Valence::bare().start();
    for (verify_ca, status) in [
        (json!(true), 502),
        (json!(ca_file), 200),
        (json!(false), 409),
    ] {
        let body = json!({"name": "tls", "url": bmc.url(), "driver": "redfish",
            "authentication": [], "verify_ca": verify_ca});
        let reply = valence.post("/v1/pod_managers", body).await;
        assert_eq!(reply.status, status, "{verify_ca}: {:#}", reply.body);
        if status == 502 {
            let detail = reply.body["detail"].as_str().expect("a detail");
            assert!(detail.contains("certificate"), "{detail}");
        }
    }
    let unchecked = valence
        .send(
            "PATCH",
            "/v1/pod_managers/tls",
            Some(json!({"verify_ca": false})),
        )
        .await;
    assert_eq!(unchecked.status, 200, "{:#}", unchecked.body);
}
