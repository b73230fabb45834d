//! Registering over the real API and command line, against real Ironic and a real
//! Redfish emulator, judged by OpenStack's own client.

mod deregistering;
mod passwords;
mod refusing;
mod registering;

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
