//! An Ironic, a BMC and a Valence of one's own, to be treated badly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use valence::store::Store;
use valence_testbed::Ironic;

use crate::inventory::{Differences, Inventory};
use crate::{Bmc, Proxy, Reply, Valence, ask_ironic};

/// How long a registration may stay unfinished after a restart, or after Ironic's
/// return, before it counts as stuck.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// All of them. Ironic holds one node of somebody else's too.
pub struct Rig {
    /// The only one who writes to that Ironic.
    pub valence: Valence,
    /// What stands before Ironic.
    pub proxy: Proxy,
    ironic: Ironic,
    store: Store,
    others: Inventory,
    /// A node of this machine that somebody has made, and that may be adopted.
    by_hand: Option<String>,
    http: reqwest::Client,
    number: u16,
    bmc: Bmc,
}

impl Rig {
    /// The port group that somebody else's node has.
    const TAKEN: &str = "taken";

    /// Starts all of it. `number` tells rigs apart.
    pub async fn start(number: u16) -> Self {
        let ironic = tokio::task::spawn_blocking(|| Ironic::builder().start().unwrap());
        let ironic = ironic.await.unwrap();
        let proxy = Proxy::new(&ironic.endpoint()).await;
        let bmc = Bmc::start(number).await;
        let valence = Valence::bare()
            .configure(&format!(
                "[ironic]\nendpoint = \"{}\"\nauth = \"none\"\ntimeout = \"3s\"\nretry_for = \"3s\"",
                proxy.endpoint()
            ))
            .log_filter("info,valence::crash=trace")
            .start();
        valence
            .manage("rack", &bmc.url(), Bmc::SYSTEM, "node")
            .await;
        let database = valence.directory().join("valence.db");
        let store = Store::open(&format!("sqlite://{}", database.display()), None)
            .await
            .unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut rig = Self {
            valence,
            proxy,
            ironic,
            store,
            others: Inventory::default(),
            by_hand: None,
            http,
            number,
            bmc,
        };
        rig.somebody_else().await;
        rig.others = rig.inventory().await;
        rig
    }

    /// What tells it apart.
    pub fn number(&self) -> u16 {
        self.number
    }

    async fn somebody_else(&self) {
        let node = json!({"driver": "fake-hardware", "name": "somebody-else"});
        let node = self.tell_ironic("nodes", node).await;
        let group = json!({"node_uuid": node["uuid"], "name": Self::TAKEN});
        self.tell_ironic("portgroups", group).await;
    }

    /// Has Ironic hold this machine already, with one of its ports.
    pub async fn make_by_hand(&mut self) {
        let info = json!({"redfish_address": self.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
        let node = json!({"driver": "redfish", "name": "by-hand", "driver_info": info});
        let node = self.tell_ironic("nodes", node).await;
        let port = json!({"node_uuid": node["uuid"], "address": Bmc::mac(self.number, 1)});
        self.tell_ironic("ports", port).await;
        self.by_hand = node["uuid"].as_str().map(str::to_owned);
        self.others = self.inventory().await;
    }

    async fn tell_ironic(&self, what: &str, body: Value) -> Value {
        let (status, answer) = ask_ironic(&self.ironic.endpoint(), "POST", what, Some(&body)).await;
        assert!(status.is_success(), "{what}: {status} {answer}");
        answer
    }

    /// The provision state of the node, if Ironic has it.
    pub async fn provision_state(&self) -> Option<String> {
        let path = "nodes/node?fields=provision_state";
        let (_, answer) = ask_ironic(&self.ironic.endpoint(), "GET", path, None).await;
        answer["provision_state"].as_str().map(str::to_owned)
    }

    /// A registration of four NICs and traits, in as few calls as may be.
    pub fn plain(&self) -> Value {
        json!({"traits": ["CUSTOM_A", "CUSTOM_B"]})
    }

    /// One that takes a call of every kind.
    pub fn rich(&self) -> Value {
        let mut ports: Vec<_> = (1..=4)
            .map(|n| json!({"address": Bmc::mac(self.number, n), "pxe_enabled": n == 1}))
            .collect();
        ports[2]["portgroup"] = json!("bond");
        ports[3]["portgroup"] = json!("bond");
        json!({"traits": ["CUSTOM_A"], "owner": "site", "portgroups": [{"name": "bond"}], "ports": ports})
    }

    /// One that Ironic refuses after it has taken most of it.
    pub fn refused(&self) -> Value {
        json!({"traits": ["CUSTOM_A"], "portgroups": [{"name": Self::TAKEN}]})
    }

    /// What a node registered as [`Rig::plain`] is changed to: with a step of every
    /// kind that an update takes.
    pub fn changed(&self) -> Value {
        let mac = |n| Bmc::mac(self.number, n);
        json!({"traits": ["CUSTOM_B", "CUSTOM_C"], "extra": {"changed": true},
        "portgroups": [{"name": "bond"}], "ports": [
            {"address": mac(1), "extra": {"changed": true}},
            {"address": mac(2), "portgroup": "bond"}, {"address": mac(5)},
        ]})
    }

    /// The same with something that Ironic refuses when all else is done.
    pub fn changed_too_far(&self) -> Value {
        let mut body = self.changed();
        body["conductor_group"] = json!("nowhere");
        body
    }

    /// A machine that Ironic takes anywhere without asking it.
    pub fn pliant(&self) -> Value {
        json!({"driver": "fake-hardware", "traits": ["CUSTOM_A"]})
    }

    /// Registers the node. None: the server died of it.
    pub async fn register(&self, body: Value) -> Option<Reply> {
        self.register_so("", body).await
    }

    /// The same with options.
    pub async fn register_so(&self, query: &str, body: Value) -> Option<Reply> {
        let path = format!("/v1/nodes/node/register?{query}");
        self.valence
            .try_to_send("POST", &path, Some(body))
            .await
            .ok()
    }

    /// Deregisters it.
    pub async fn deregister(&self) -> Option<Reply> {
        let path = "/v1/nodes/node/register";
        self.valence.try_to_send("DELETE", path, None).await.ok()
    }

    async fn inventory(&self) -> Inventory {
        Inventory::of(&self.http, &self.ironic.endpoint()).await
    }

    /// Waits until nothing is unfinished, but no longer than a minute. How long
    /// that took since `since`.
    pub async fn settle(&self, since: Instant) -> Duration {
        while since.elapsed() < SETTLED_WITHIN {
            if self.is_settled().await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        since.elapsed()
    }

    async fn is_settled(&self) -> bool {
        let registrations = self.store.unfinished_registrations().await.unwrap();
        let updates = self.store.unfinished_updates().await.unwrap();
        let backlog = self.store.backlog().await.unwrap();
        registrations.is_empty() && updates.is_empty() && backlog.transitions == 0
    }

    /// How Ironic and the store differ now.
    pub async fn differences(&self) -> Differences {
        self.inventory()
            .await
            .differences(&self.store, &self.others)
            .await
    }

    /// Whether the node is registered, as Valence has it.
    pub async fn is_registered(&self) -> bool {
        self.store.node("node").await.unwrap().managed_by.is_some()
    }

    /// Takes the node out of Ironic, if it is there: for the next blow. What
    /// is in the way of it counts as stuck.
    pub async fn clear(&mut self) -> Differences {
        let reply = self.deregister().await;
        if let Some(uuid) = self.by_hand.take() {
            // It outlives its registration, with what that had put there.
            let path = format!("nodes/{uuid}");
            let (status, answer) = ask_ironic(&self.ironic.endpoint(), "DELETE", &path, None).await;
            assert!(status.is_success(), "{status} {answer}");
            self.others.nodes.remove(&uuid);
        }
        let mut found = self.differences().await;
        match reply.map(|reply| (reply.status, reply.body)) {
            Some((200 | 404, _)) => {}
            other => found
                .stuck
                .push(format!("it cannot be deregistered: {other:?}")),
        }
        if self.is_registered().await {
            found.stuck.push("it is registered still".into());
        }
        found
    }

    /// The crash points that its log tells of since `from`, a length of the log.
    pub fn points_since(&self, from: usize) -> Vec<String> {
        let log = self.valence.log();
        let lines = log[from..].lines();
        lines
            .filter_map(|line| Some(line.split_once("crash point here=\"")?.1.split_once('"')?.0))
            .map(str::to_owned)
            .collect()
    }
}
