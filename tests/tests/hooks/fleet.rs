//! What went wrong in a real fleet whose mapping nobody watched, and what becomes
//! of it here: traits wiped, an impossible name, an illegal trait. Through the
//! real API and the real command line.

use serde_json::{Value, json};
use valence_tests::emulator::Emulator;
use valence_tests::{Outcome, Reply, Valence, hook, root};

const DELL: &str = "hooks/mockups/dell-rack.json";
const SUPERMICRO: &str = "hooks/mockups/supermicro-gpu.json";

const FIRMWARE: &str = "step = \"tag\", traits = [\"CUSTOM_FIRMWARE_UPDATE_1_BIOS\"]";
const SWITCH: &str = "step = \"tag\", traits = [\"CUSTOM_STORAGE_SWITCH\", \"HW_CPU_X86_VMX\"]";

/// A chain of steps of that mapping, and the machine that it maps.
struct Fleet {
    mockup: &'static str,
    changes: Value,
    configuration: String,
}

impl Fleet {
    fn of(mockup: &'static str) -> Self {
        Self {
            mockup,
            changes: json!({}),
            configuration: String::new(),
        }
    }

    /// The machine has these values.
    fn with(mut self, changes: Value) -> Self {
        self.changes = changes;
        self
    }

    fn configured(mut self, lines: &str) -> Self {
        self.configuration += &format!("{lines}\n");
        self
    }

    fn step(self, name: &str, settings: &str) -> Self {
        let component = hook("fleet-mapping").display().to_string();
        self.configured(&format!(
            "[[hook]]\nname = \"{name}\"\npath = {component:?}\nsettings = {{ {settings} }}"
        ))
    }

    fn documents(&self) -> Value {
        let text = std::fs::read_to_string(root().join(self.mockup)).unwrap();
        let mut documents: Value = serde_json::from_str(&text).unwrap();
        for (path, keys) in self.changes.as_object().unwrap() {
            let document = documents[path].as_object_mut().unwrap();
            document.extend(keys.as_object().unwrap().clone());
        }
        documents
    }

    /// What `valence evaluate` says.
    fn evaluate(&self, parameters: &Value) -> Outcome {
        let directory = tempfile::tempdir().unwrap();
        let (map, config) = (
            directory.path().join("map.json"),
            directory.path().join("valence.toml"),
        );
        std::fs::write(&map, self.documents().to_string()).unwrap();
        std::fs::write(&config, &self.configuration).unwrap();
        Valence::offline([
            "evaluate",
            "--mockup",
            map.to_str().unwrap(),
            "--config",
            config.to_str().unwrap(),
            "--parameters",
            &parameters.to_string(),
            "-f",
            "json",
        ])
    }

    /// A server with this chain, that manages the machine.
    async fn served(&self) -> Valence {
        let bmc = Emulator::of_recording(&root().join(self.mockup))
            .changes(self.changes.clone())
            .start()
            .await;
        let valence = Valence::bare().configure(&self.configuration).start();
        let documents = self.documents();
        let system = &documents["/redfish/v1/Systems"]["Members"][0]["@odata.id"];
        let index = system.as_str().unwrap().rsplit('/').next().unwrap();
        valence.manage("rack-a", bmc.url(), index, "machine").await;
        valence
    }

    /// What the API says of a dry run.
    async fn dry_run(&self, parameters: Value) -> Reply {
        let valence = self.served().await;
        let path = "/v1/nodes/machine/register?dry_run=true";
        valence.post(path, parameters).await
    }

    /// That both the server and the command line refuse, in these words.
    async fn is_refused(&self, hook: &str, field: &str, detail: &str) {
        let reply = self.dry_run(json!({})).await;
        assert_eq!(reply.status, 422, "{:#}", reply.body);
        assert_eq!(reply.body["code"], "invalid-enrollment");
        assert_eq!(reply.body["hook"], hook, "{:#}", reply.body);
        assert_eq!(reply.body["field"], field, "{:#}", reply.body);
        assert_eq!(reply.body["detail"], detail);

        let outcome = self.evaluate(&json!({}));
        assert_eq!(outcome.exit, 7, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(detail), "{}", outcome.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_wipes_the_traits_of_others_is_refused() {
    Fleet::of(DELL)
        .step("firmware-updates", FIRMWARE)
        .step("switches", SWITCH)
        .step("chassis-model", "step = \"chassis-model\"")
        .is_refused(
            "chassis-model",
            "/traits/CUSTOM_FIRMWARE_UPDATE_1_BIOS",
            "hook `chassis-model`: it removes `/traits/CUSTOM_FIRMWARE_UPDATE_1_BIOS`, \
             which hook `firmware-updates` set before it; it removes `/traits/CUSTOM_STORAGE_SWITCH`, \
             which hook `switches` set before it; \
             `overrides = [\"firmware-updates\", \"switches\"]` of its `[[hook]]` would let it",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_name_is_refused() {
    let tag = json!({"/redfish/v1/Systems/System.Embedded.1": {"SKU": "AN3Z23A"}});
    Fleet::of(DELL)
        .with(tag)
        .step("firmware-updates", FIRMWARE)
        .step("name-check", "step = \"raw-name\"")
        .is_refused(
            "name-check",
            "/node/name",
            "`/node/name` (set by hook `name-check`): a name has letters, digits, \
             `-`, `.`, `_` and `~` only, as `Dell-Inc._AN3Z23A` has",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_illegal_trait_is_refused() {
    Fleet::of(SUPERMICRO)
        .step("firmware-updates", FIRMWARE)
        .step("chassis-model", "step = \"raw-model\"")
        .is_refused(
            "chassis-model",
            "/traits/CUSTOM_SUPERMICRO_SYS-421GE-TNHR+",
            "`/traits/CUSTOM_SUPERMICRO_SYS-421GE-TNHR+` (set by hook `chassis-model`): \
             after `CUSTOM_` a trait has capital letters, digits and `_` only",
        )
        .await;
}

/// Hooks have the last word over requests and defaults, but not in silence.
#[tokio::test(flavor = "multi_thread")]
async fn traits_of_the_request_and_of_the_defaults_are_not_wiped_in_silence() {
    let fleet = |defaults: &str| {
        Fleet::of(DELL)
            .configured(&format!("[register.defaults]\n{defaults}"))
            .step("chassis-model", "step = \"chassis-model\"")
    };
    for (fleet, parameters, expected) in [
        (
            fleet(""),
            json!({"traits": ["CUSTOM_GOLD", "CUSTOM_LENT", "HW_CPU_X86_VMX"]}),
            "removed what the request asks for",
        ),
        (
            fleet("traits = [\"CUSTOM_GOLD\", \"CUSTOM_LENT\", \"HW_CPU_X86_VMX\"]"),
            json!({}),
            "removed what `[register.defaults]` set",
        ),
    ] {
        let reply = fleet.dry_run(parameters.clone()).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        assert_eq!(
            reply.body["enrollment"]["traits"],
            json!(["CUSTOM_DELL_POWEREDGE_R7615", "HW_CPU_X86_VMX"])
        );
        let findings = reply.body["findings"].as_array().unwrap();
        let warned: Vec<_> = findings
            .iter()
            .filter(|one| one["pointer"].to_string().contains("/traits/"))
            .collect();
        let warning = |name: &str| {
            json!({
                "effect": "warn",
                "message": format!("hook `chassis-model` {expected}"),
                "pointer": format!("/traits/{name}"),
            })
        };
        assert_eq!(warned, [&warning("CUSTOM_GOLD"), &warning("CUSTOM_LENT")]);

        let outcome = fleet.evaluate(&parameters);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
        let line = format!("warning: `/traits/CUSTOM_GOLD`: hook `chassis-model` {expected}");
        assert!(outcome.stderr.contains(&line), "{}", outcome.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_says_who_over_what_why_and_having_read_what() {
    let fleet = Fleet::of(DELL)
        .step("firmware-updates", FIRMWARE)
        .step("chassis-model", "step = \"chassis-model\"")
        .configured("overrides = [\"firmware-updates\"]");
    let report = fleet.dry_run(json!({})).await.body;
    let outcome = fleet.evaluate(&json!({}));
    let offline: Value = serde_json::from_str(&outcome.stdout).unwrap();
    for report in [report, offline] {
        let changes: Vec<_> = report["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|change| change["by"] == "chassis-model")
            .collect();
        let system = "/redfish/v1/Systems/System.Embedded.1";
        let reads = json!([
            {"document": system, "pointer": "/Manufacturer"},
            {"document": system, "pointer": "/Model"},
        ]);
        assert_eq!(
            json!(changes),
            json!([
                {
                    "pointer": "/traits/CUSTOM_DELL_POWEREDGE_R7615",
                    "from": null, "to": true, "by": "chassis-model",
                    "because": "the model of the chassis", "reads": reads,
                },
                {
                    "pointer": "/traits/CUSTOM_FIRMWARE_UPDATE_1_BIOS",
                    "from": true, "by": "chassis-model", "reads": reads,
                },
            ])
        );
        // The author's digest stands with the hooks that ran.
        let run = &report["hooks"][1];
        assert_eq!(run["name"], "chassis-model");
        assert!(run["digest"].as_str().unwrap().starts_with("sha256:"));
    }
}

/// A real registration says the same in its reply, and afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_says_what_a_hook_removed_and_keeps_who_changed_what() {
    let endpoint = crate::ironic::open().endpoint();
    let fleet = Fleet::of(DELL)
        .configured(&format!(
            "[ironic]\nendpoint = \"{endpoint}\"\nauth = \"none\""
        ))
        .step("chassis-model", "step = \"chassis-model\"");
    let valence = fleet.served().await;
    let gold = json!({"traits": ["CUSTOM_GOLD"]});
    let reply = valence.post("/v1/nodes/machine/register", gold).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let warnings: Vec<_> = reply.body["warnings"].as_array().unwrap().iter().collect();
    let expected =
        json!("`/traits/CUSTOM_GOLD`: hook `chassis-model` removed what the request asks for");
    assert!(warnings.contains(&&expected), "{warnings:?}");

    let record = valence.get("/v1/nodes/machine/registration").await.body;
    let removed: Vec<_> = record["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["pointer"] == "/traits/CUSTOM_GOLD")
        .map(|change| [&change["by"], &change["from"], &change["to"]])
        .collect();
    let (by_request, by_hook) = (json!("request"), json!("chassis-model"));
    let (there, gone) = (json!(true), Value::Null);
    assert_eq!(
        removed,
        [[&by_request, &gone, &there], [&by_hook, &there, &gone]]
    );
    let model = "/traits/CUSTOM_DELL_POWEREDGE_R7615";
    let changes = record["changes"].as_array().unwrap();
    let change = changes.iter().find(|one| one["pointer"] == model).unwrap();
    assert_eq!(change["because"], "the model of the chassis");
    assert_eq!(change["reads"][1]["pointer"], "/Model");
    assert_eq!(
        record["hooks"][0]["digest"],
        reply.body["hooks"][0]["digest"]
    );
}
