//! A running server with one hook whose file and settings change.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;
use valence_testbed::RedfishEmulator;
use valence_tests::{Reply, Valence, ValenceBuilder};

use super::guest::Guest;

/// Settings are an object with nothing but a `prefix`.
const SCHEMA: &str = r#"{"type": "object", "properties": {"prefix": {"type": "string"}}, "additionalProperties": false}"#;

/// A version of the hook: it sets the resource class to `class`.
pub(super) fn version(class: &str) -> Vec<u8> {
    Guest::setting(&json!({ "resource_class": class }))
        .configured(Some(SCHEMA), None)
        .component()
}

/// A server with the hook `site`.
pub(super) struct Site {
    pub(super) valence: Valence,
    pub(super) bmc: RedfishEmulator,
    system: String,
    hooks: TempDir,
}

impl Site {
    /// One whose hook is version `a`, and whose machine is managed as `machine`.
    pub(super) async fn new(builder: ValenceBuilder, common: &str) -> Self {
        let hooks = tempfile::tempdir().unwrap();
        fs::write(hooks.path().join("site.wasm"), version("a")).unwrap();
        let directory = hooks.path().display().to_string();
        let valence = builder
            .configure(&format!("[hooks]\ndirectory = {directory:?}\n{common}"))
            .configure("[[hook]]\nname = \"site\"\nsettings = { prefix = \"x\" }")
            .start();
        let system = Uuid::new_v4().to_string();
        let bmc = RedfishEmulator::with_system(&system).start().unwrap();
        let site = Self {
            valence,
            bmc,
            system,
            hooks,
        };
        site.manage("machine").await;
        site
    }

    async fn manage(&self, name: &str) {
        let url = self.bmc.url();
        let (valence, system) = (&self.valence, &self.system);
        valence.manage("rack", url, system, name).await;
    }

    /// The hook's file.
    pub(super) fn file(&self) -> PathBuf {
        self.hooks.path().join("site.wasm")
    }

    /// Renames a file with `bytes` into the place of the hook's.
    pub(super) fn replace(&self, bytes: &[u8]) {
        let new = self.hooks.path().join("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(new, self.file()).unwrap();
    }

    /// Writes the configuration again, with `from` replaced by `to`.
    pub(super) fn configure(&self, from: &str, to: &str) {
        let path = self.valence.directory().join("valence.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    pub(super) async fn reload(&self) -> Reply {
        self.valence.post("/v1/hooks/reload", json!({})).await
    }

    /// What `/v1/hooks` says.
    pub(super) async fn hooks(&self) -> Value {
        let reply = self.valence.get("/v1/hooks").await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        reply.body
    }

    /// Everything about the hook.
    pub(super) async fn hook(&self) -> Value {
        let reply = self.valence.get("/v1/hooks/site").await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        reply.body
    }

    pub(super) async fn dry_run(&self) -> Reply {
        let path = "/v1/nodes/machine/register?dry_run=true";
        self.valence.post(path, json!({})).await
    }

    /// The resource class of a dry run.
    pub(super) async fn class(&self) -> Value {
        let reply = self.dry_run().await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        reply.body["enrollment"]["node"]["resource_class"].clone()
    }

    /// Waits until `/v1/hooks` is as `expected` says.
    pub(super) async fn until(&self, what: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let hooks = self.hooks().await;
            if expected(&hooks) {
                return hooks;
            }
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "not {what}: {hooks:#}\n{}",
                self.valence.complaints()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
