//! Several servers on one PostgreSQL, of which one is killed and one stopped while
//! they register.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use valence_testbed::Postgres;

use crate::{Rack, Reply, Valence, ValenceBuilder, ask_ironic};

/// How long one of them is stopped: for longer than a lease holds.
const STOPPED: Duration = Duration::from_secs(20);

/// How many nodes are asked for at a time, each of two servers.
const AT_ONCE: usize = 12;

/// How long everything may take to be settled afterwards.
const SETTLED: Duration = Duration::from_secs(120);

/// A database that servers share, and the key that goes with it.
pub struct Shared {
    postgres: Postgres,
    directory: TempDir,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    /// How many nodes were asked for, each of two servers at once.
    pub asked: usize,
    /// How many answers said that the node is registered.
    pub registered: usize,
    /// How many said no, by status.
    pub refused: BTreeMap<u16, usize>,
    /// How many requests were cut off with their server.
    pub cut_off: usize,
    /// How many nodes are registered in the end, on record and whole in Ironic.
    pub nodes: usize,
    /// What is not as it should be.
    pub wrong: Vec<String>,
    /// From the first request until all was settled.
    pub took: Duration,
}

impl Shared {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            postgres: Postgres::start().unwrap(),
            directory: TempDir::new().unwrap(),
        }
    }

    /// `builder`, with this database.
    pub fn serving(&self, builder: ValenceBuilder) -> ValenceBuilder {
        builder.store(&format!(
            "url = \"{}\"\nkey_file = {:?}",
            self.postgres.url("postgres"),
            self.directory.path().join("valence.key")
        ))
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}

/// Has three servers register the nodes of `rack` in the Ironic at `ironic`, each asked
/// of two of them at once; kills the first and stops the second for a while when a
/// quarter has been answered.
pub async fn register_with_three(ironic: &str, rack: &Rack) -> Outcomes {
    let shared = Shared::new();
    let new = || shared.serving(Valence::with_ironic(ironic)).start();
    let servers = [new(), new(), new()];
    let names = rack.managed_by(&servers[2]).await;
    let mut outcomes = Outcomes {
        asked: names.len(),
        ..Outcomes::default()
    };
    let began = Instant::now();
    let answered = AtomicUsize::new(0);
    let asking = async {
        let each = futures::stream::iter(names.iter().enumerate()).map(|(number, name)| {
            let path = format!("/v1/nodes/{name}/register");
            let (servers, answered) = (&servers, &answered);
            async move {
                let ask = |nth: usize| {
                    servers[(number + nth) % 3].try_to_send("POST", &path, Some(json!({})))
                };
                let both = futures::join!(ask(0), ask(1));
                let mut answers = vec![both.0, both.1];
                let registered =
                    |one: &Result<Reply, _>| one.as_ref().is_ok_and(|reply| reply.status == 200);
                // Cut off by the one, and told by the other that the machine did not
                // answer in time, which it could not while it was stopped.
                if !answers.iter().any(registered) {
                    let last = &servers[2];
                    answers.push(last.try_to_send("POST", &path, Some(json!({}))).await);
                }
                answered.fetch_add(1, Ordering::Relaxed);
                answers
            }
        });
        each.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await
    };
    let striking = async {
        while answered.load(Ordering::Relaxed) < names.len() / 4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        servers[0].signal("KILL");
        servers[1].signal("STOP");
        tokio::time::sleep(STOPPED).await;
        servers[1].signal("CONT");
    };
    let (answers, ()) = futures::join!(asking, striking);
    for answer in answers.into_iter().flatten() {
        match answer {
            Ok(reply) if reply.status == 200 => outcomes.registered += 1,
            Ok(reply) => *outcomes.refused.entry(reply.status).or_default() += 1,
            Err(_) => outcomes.cut_off += 1,
        }
    }
    settled(&servers[2]).await;
    outcomes.took = began.elapsed();
    for name in &names {
        match registered(&servers[2], ironic, name).await {
            Ok(()) => outcomes.nodes += 1,
            Err(wrong) => outcomes.wrong.push(format!("{name}: {wrong}")),
        }
    }
    let listed = in_ironic(ironic, "nodes?fields=name&limit=10000").await;
    let nodes = listed["nodes"].as_array().unwrap();
    let ours = nodes.iter().filter(|node| {
        let name = node["name"].as_str().unwrap_or_default();
        names.iter().any(|known| known == name)
    });
    let ours = ours.count();
    if ours != names.len() {
        outcomes
            .wrong
            .push(format!("ironic has {ours} nodes of {}", names.len()));
    }
    if !outcomes.wrong.is_empty() {
        let complaints = servers[1..].iter().map(Valence::complaints);
        outcomes.wrong.extend(complaints);
    }
    outcomes
}

/// Waits until nothing is left to be finished.
pub async fn settled(server: &Valence) {
    let started = Instant::now();
    loop {
        let (_, _, text) = server.text("/metrics", None).await;
        let left = text
            .lines()
            .filter(|line| line.starts_with("valence_unfinished{"));
        if left.clone().all(|line| line.ends_with(" 0")) {
            return;
        }
        let left = left.collect::<Vec<_>>().join("\n");
        assert!(
            started.elapsed() < SETTLED,
            "{left}\n{}",
            server.complaints()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// That the node is on record as registered, and so in Ironic, once and whole.
async fn registered(server: &Valence, ironic: &str, name: &str) -> Result<(), String> {
    let reply = server.get(&format!("/v1/nodes/{name}/registration")).await;
    let record = reply.body;
    if record["state"] != "complete" {
        return Err(format!("it is `{}` on record", record["state"]));
    }
    let uuid = record["ironic_uuid"].as_str().unwrap_or_default();
    let node = in_ironic(ironic, &format!("nodes/{uuid}")).await;
    let mark = &node["extra"]["valence"]["registration"];
    if node["name"] != name || mark != &record["registration"] {
        return Err(format!(
            "ironic has `{mark}`, on record is `{}`",
            record["registration"]
        ));
    }
    let ports = in_ironic(ironic, &format!("ports?node={uuid}")).await;
    match ports["ports"].as_array().map(Vec::len) {
        Some(2) => Ok(()),
        _ => Err(format!("its ports are {ports}")),
    }
}

async fn in_ironic(ironic: &str, path: &str) -> Value {
    let (status, answer) = ask_ironic(ironic, "GET", path, None).await;
    match status.is_success() {
        true => answer,
        false => json!({"status": status.as_u16()}),
    }
}
