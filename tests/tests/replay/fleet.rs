//! A server that has seen some machines, and its configuration with other hooks.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use valence_tests::emulator::Emulator;
use valence_tests::{Outcome, Valence, ValenceBuilder, hook, root};

use crate::hooks::guest::{Guest, give_back};

/// The recorded machines, with the `Id` of the system and its serial number.
pub(super) const MACHINES: [(&str, &str, &str); 3] = [
    ("dell-rack", "System.Embedded.1", "CNIVC0000000A1"),
    ("hpe-unplaced", "1", "CZXMPL0002"),
    ("supermicro-gpu", "1", "S000000X3"),
];

/// Their systems lead to documents that nobody reads unasked.
const MORE: [&str; 2] = ["LogServices", "SecureBoot"];

pub(super) struct Fleet {
    pub(super) valence: Valence,
    _machines: Vec<Emulator>,
}

impl Fleet {
    /// A server that manages all machines, by the names of their recordings.
    pub(super) async fn of(builder: ValenceBuilder) -> Self {
        let valence = builder.start();
        let mut machines = Vec::new();
        for (name, id, _) in MACHINES {
            let system = format!("/redfish/v1/Systems/{id}");
            let links = MORE.map(|name| {
                let link = json!({"@odata.id": format!("{system}/{name}")});
                (name.to_owned(), link)
            });
            let changes = json!({system: Value::Object(links.into_iter().collect())});
            let file = root().join(format!("hooks/mockups/{name}.json"));
            let bmc = Emulator::of_recording(&file).changes(changes).start().await;
            let pod_manager = format!("rack-{name}");
            valence.manage(&pod_manager, bmc.url(), id, name).await;
            machines.push(bmc);
        }
        Self {
            valence,
            _machines: machines,
        }
    }

    /// Has each evaluated once, without an effect.
    pub(super) async fn dry_run(&self) -> Vec<Value> {
        let mut replies = Vec::new();
        for (name, ..) in MACHINES {
            let path = format!("/v1/nodes/{name}/register?dry_run=true");
            let reply = self.valence.post(&path, json!({})).await;
            assert_eq!(reply.status, 200, "{:#}", reply.body);
            replies.push(reply.body);
        }
        replies
    }

    /// A file beside the configuration.
    pub(super) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.valence.directory().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// The configuration of the server.
    pub(super) fn config(&self) -> String {
        let path = self.valence.directory().join("valence.toml");
        path.display().to_string()
    }

    /// `valence replay` in JSON, with its exit.
    pub(super) fn replay<const N: usize>(&self, more: [&str; N]) -> (i32, Value) {
        let first = ["replay", "--format", "json"];
        let arguments: Vec<_> = first.into_iter().chain(more).collect();
        told(&self.cli(&arguments))
    }

    /// The command line against the server.
    pub(super) fn cli(&self, arguments: &[&str]) -> Outcome {
        self.valence.cli_with(arguments)
    }
}

/// What a replay says in JSON, with its exit.
pub(super) fn told(ran: &Outcome) -> (i32, Value) {
    let report = serde_json::from_str(&ran.stdout);
    (ran.exit, report.unwrap_or_else(|_| panic!("{ran:?}")))
}

/// A site that names nodes by these patterns.
pub(super) fn naming(patterns: &[&str]) -> String {
    table(
        "site-naming",
        &hook("site-naming"),
        &format!("settings = {{ patterns = {patterns:?} }}"),
    )
}

/// A `[[hook]]`.
pub(super) fn table(name: &str, component: &PathBuf, lines: &str) -> String {
    format!("[[hook]]\nname = {name:?}\npath = {component:?}\n{lines}\n")
}

/// A hook that changes nothing, and reads the document that the system leads to by
/// `link`.
pub(super) fn reader(link: &str) -> Vec<u8> {
    const FOUR: &str = "(param i32 i32 i32 i32)";
    let mut guest = Guest::reader().import("redfish", "[method]document.follow", "follow", FOUR);
    let (at, length) = guest.text(link);
    let (id, id_length) = guest.text("/Id");
    let body = format!(
        "(call $follow (call $system (local.get $registration))
           (i32.const {at}) (i32.const {length}) (i32.const 512))
         (call $get (i32.load (i32.const 520)) (i32.const {id}) (i32.const {id_length}) (i32.const 640)) {}",
        give_back("(local.get $node)", "(local.get $node_length)")
    );
    guest.map(&body).component()
}
