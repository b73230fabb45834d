//! An Ironic, a BMC and a Valence of one's own, to be treated badly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use valence::store::Store;
use valence_testbed::Ironic;

use crate::inventory::{Differences, Inventory};
use crate::{Bmc, Proxy, Reply, Valence};

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
    http: reqwest::Client,
    number: u16,
    _bmc: Bmc,
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
            http,
            number,
            _bmc: bmc,
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

    async fn tell_ironic(&self, what: &str, body: Value) -> Value {
        let answer = self
            .http
            .post(format!("{}/v1/{what}", self.ironic.endpoint()))
            .header("X-OpenStack-Ironic-API-Version", "1.83")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        answer.json().await.unwrap()
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

    /// Registers the node. None: the server died of it.
    pub async fn register(&self, body: Value) -> Option<Reply> {
        let path = "/v1/nodes/node/register";
        self.valence
            .try_to_send("POST", path, Some(body))
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
            if self
                .store
                .unfinished_registrations()
                .await
                .unwrap()
                .is_empty()
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        since.elapsed()
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
    pub async fn clear(&self) -> Differences {
        let reply = self.deregister().await;
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
