//! What a component may try before it is called at all: each is handed to a running
//! server by a reload, and refused with the hook's name and a reason, while others
//! register nodes and notice nothing.

mod components;

use std::fs;
use std::future::Future;
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use valence_tests::{Reply, Valence};

use super::measure::{Steady, memory};
use super::{MOST_LEFT, alone, attacks, manage_all, with_hooks};
use components::{expensive, refused, same};

/// A server with a sound hook for a node, and a file for the hook that is none.
pub(super) struct Besieged {
    pub(super) valence: Valence,
    directory: TempDir,
}

impl Besieged {
    async fn start() -> Self {
        Self::with("", &["benign"]).await
    }

    /// One that manages these nodes; `lines` are of the hook whose file is none.
    pub(super) async fn with(lines: &str, nodes: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rogue.wasm");
        fs::write(&file, same().component()).unwrap();
        let limits = "limits = { fuel = 50000000, tables = 20, compiled = \"16MiB\", compile_deadline = \"60s\" }";
        let builder = Valence::bare().configure("[hooks]\nreload = false").hook(
            "rogue",
            &file,
            &format!("{lines}\n{limits}"),
        );
        let benign = attacks::benign();
        let valence = with_hooks(builder, directory.path(), &[("benign", &benign, "")]);
        manage_all(&valence, nodes).await;
        Self { valence, directory }
    }

    pub(super) fn replace(&self, component: &[u8]) {
        fs::write(self.directory.path().join("rogue.wasm"), component).unwrap();
    }

    pub(super) async fn reload(&self) -> Reply {
        self.valence.post("/v1/hooks/reload", json!({})).await
    }

    async fn chain(&self) -> Value {
        self.valence.get("/v1/hooks").await.body["chain"].clone()
    }

    /// Has `attacking` done while others register, and tells how they fared.
    pub(super) async fn beside(&self, attacking: impl Future<Output = ()>) {
        let mut quiet = Steady::default();
        for _ in 0..100 {
            quiet.once(&self.valence, "benign").await;
        }
        let (before, peak_before) = memory(self.valence.process());
        let (goes_on, beside) = watch::channel(Some("loading"));
        let attacking = async {
            attacking.await;
            goes_on.send_replace(None);
        };
        let ((), mut attacked) =
            tokio::join!(attacking, Steady::run(&self.valence, "benign", beside));
        let (after, peak_after) = memory(self.valence.process());
        assert_eq!(attacked.errors, Vec::<String>::new());
        assert!(
            after - before <= MOST_LEFT,
            "it grew by {} KiB",
            after - before
        );
        println!(
            "memory {:+} KiB after, {:+} KiB at the peak; others: {} registrations, 0 errors, \
             p99 {:?} quiet, {:?} attacked",
            after - before,
            peak_after - peak_before,
            attacked.times.len(),
            quiet.share(99),
            attacked.share(99),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_hook_is_refused_at_load_with_its_name() {
    let _alone = alone().lock().await;
    let server = Besieged::start().await;
    let before = server.chain().await;
    let refused_with = async |name: &str, says: &str| {
        let reply = server.reload().await;
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert_eq!(reply.status, 422, "{name}: {:#}", reply.body);
        assert_eq!(reply.body["hook"], "rogue", "{name}: {:#}", reply.body);
        assert!(detail.contains(says), "{name}: {detail}");
        assert_eq!(server.chain().await, before, "{name}");
    };
    let all = refused();
    let attacks = async {
        for (name, component, says) in &all {
            server.replace(component);
            refused_with(name, says).await;
        }
        let file = server.directory.path().join("rogue.wasm");
        let large = fs::File::create(file).unwrap();
        large.set_len(100 << 20).unwrap();
        let says = "its file is larger than 64 MiB; `limits.component`";
        refused_with("100 MB", says).await;
    };
    server.beside(attacks).await;
    println!(
        "hostile hooks while loaded: {n} of {n} refused",
        n = all.len() + 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_with_what_is_no_hook() {
    let directory = tempfile::tempdir().unwrap();
    let (name, component, says) = refused().swap_remove(0);
    fs::write(directory.path().join("rogue.wasm"), component).unwrap();
    let file = directory.path().join("valence.toml");
    fs::write(
        &file,
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite://valence.db\"\n\
         [[hook]]\nname = \"rogue\"\npath = \"rogue.wasm\"\nlimits = { fuel = 50000000 }\n",
    )
    .unwrap();
    let ran = Valence::offline(["serve", "--config", &file.display().to_string()]);
    assert!(!matches!(ran.exit, 0 | 101 | -1), "{name}: {ran:?}");
    assert!(ran.stderr.contains("hook `rogue`"), "{name}: {ran:?}");
    assert!(ran.stderr.contains(says), "{name}: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hard_to_load_ends_and_holds_nobody_up() {
    let _alone = alone().lock().await;
    let server = Besieged::start().await;
    let attacks = async {
        for (name, component, refused) in expensive() {
            server.replace(&component);
            let begun = Instant::now();
            let reply = server.reload().await;
            println!("{name}: {} after {:?}", reply.status, begun.elapsed());
            let detail = reply.body["detail"].as_str().unwrap_or_default();
            match refused {
                Some(says) => {
                    assert_eq!(reply.status, 422, "{name}: {:#}", reply.body);
                    assert!(detail.contains(says), "{name}: {detail}");
                }
                None => assert!(
                    matches!(reply.status, 200 | 422),
                    "{name}: {:#}",
                    reply.body
                ),
            }
        }
    };
    server.beside(attacks).await;
}
