//! The configuration as people write it, rightly and wrongly.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::environment::Environment;
use super::load::load;
use super::*;
use crate::hook::{Limits, OnFailure};
use crate::node::{PodManagerDriver, VerifyCa};

mod digest;
mod errors;
mod fuzz;
mod reread;
mod sample;
mod sources;

struct Written {
    directory: TempDir,
}

impl Written {
    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn and(self, name: &str, text: &str) -> Self {
        std::fs::write(self.file(name), text).unwrap();
        self
    }

    fn load<const N: usize>(&self, variables: [(&str, &str); N]) -> Result<Loaded, ConfigError> {
        load(
            Some(&self.file("valence.toml")),
            &Environment::from(variables),
        )
    }
}

fn written(text: &str) -> Written {
    let directory = TempDir::new().unwrap();
    Written { directory }.and("valence.toml", text)
}

fn config(text: &str) -> Config {
    match written(text).load([]) {
        Ok(loaded) => loaded.config,
        Err(error) => panic!("{error}"),
    }
}

/// The error that `text` gives, without the directory of the file.
fn error(text: &str) -> String {
    error_with(text, [])
}

fn error_with<const N: usize>(text: &str, variables: [(&str, &str); N]) -> String {
    let written = written(text);
    let error = written.load(variables).err().unwrap();
    let directory = format!("{}/", written.directory.path().display());
    error.to_string().replace(&directory, "")
}

#[test]
fn everything_has_a_default_but_what_only_the_site_knows() {
    let config = config("");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8181");
    assert_eq!(
        config.store.url.expose(),
        "sqlite:///var/lib/valence/valence.db"
    );
    assert_eq!(config.ironic, None);
    assert_eq!(config.register.target.name(), "enroll");
    assert_eq!(config.redfish.timeout, Duration::from_secs(10));
    assert_eq!(config.redfish.max_document_size, 4_194_304);
    assert!(config.pod_managers.is_empty() && config.hooks.is_empty());
}

#[test]
fn a_whole_file_becomes_checked_types() {
    let written = written(
        r#"
        [store]
        url = "sqlite:data/valence.db"
        [ironic]
        endpoint = "https://ironic.example:6385"
        auth = "http_basic"
        username = "valence"
        password_env = "IRONIC_PASSWORD"
        cacert = "ca.pem"
        api_version = "1.95"
        [register.defaults]
        driver_info = { deploy_kernel = "http://10.0.0.2/kernel" }
        [credentials.rack-a]
        username = "admin"
        password_file = "rack-a"
        [[pod_manager]]
        name = "rack-a"
        url = "https://10.0.0.5/redfish/v1"
        driver = "redfishv1"
        credentials = "rack-a"
        verify_ca = "bmc.pem"
        ironic_verify_ca = "bmc.pem"
        [hooks]
        directory = "hooks"
        [[hook]]
        name = "site-naming"
        sha256 = "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
        settings = { prefix = "dc1", racks = [1, 2] }
        when = { pod_manager = "rack-*", model = ["R7*", "R6*"] }
        [[hook]]
        name = "hardware-class"
        path = "/opt/hooks/class.wasm"
        writes = ["/traits/CUSTOM_*"]
        overrides = ["site-naming"]
        credentials = ["rack-a"]
        on_failure = "skip"
        limits = { memory = "16MiB", deadline = "250ms", fuel = 100_000_000 }
        "#,
    );
    let config = written.load([]).ok().unwrap().config;
    let beside = |name: &str| written.file(name).display().to_string();

    assert_eq!(
        config.store.url.expose(),
        format!("sqlite://{}", beside("data/valence.db"))
    );
    let Some(IronicSection {
        access: IronicAccess::Endpoint {
            auth, verify_ca, ..
        },
        api_version,
        ..
    }) = config.ironic
    else {
        panic!("no endpoint");
    };
    assert!(matches!(auth, IronicAuth::HttpBasic(entry)
        if entry.password == PasswordSource::Environment("IRONIC_PASSWORD".into())));
    assert_eq!(verify_ca, VerifyCa::File(beside("ca.pem")));
    assert_eq!(api_version.unwrap().to_string(), "1.95");

    let rack = &config.pod_managers[0];
    assert_eq!(rack.driver, PodManagerDriver::RedfishV1);
    assert_eq!(rack.verify_ca, VerifyCa::File(beside("bmc.pem")));
    // A path on the conductor, not here.
    assert_eq!(
        rack.ironic_verify_ca,
        Some(VerifyCa::File("bmc.pem".into()))
    );

    let [naming, class] = &config.hooks[..] else {
        panic!("two hooks");
    };
    assert_eq!(naming.path, written.file("hooks/site-naming.wasm"));
    assert_eq!(
        naming.sha256.as_deref(),
        Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    assert_eq!(naming.settings["racks"], serde_json::json!([1, 2]));
    assert_eq!(naming.when.pod_manager, ["rack-*"]);
    assert_eq!(naming.when.model, ["R7*", "R6*"]);
    assert_eq!(naming.writes, None);
    assert_eq!(class.path, Path::new("/opt/hooks/class.wasm"));
    assert_eq!(class.overrides, ["site-naming"]);
    assert_eq!(class.on_failure, OnFailure::Skip);
    let expected = Limits {
        memory: 16 << 20,
        deadline: Duration::from_millis(250),
        fuel: 100_000_000,
        ..Limits::default()
    };
    assert_eq!(class.limits, expected);
}

#[test]
fn variables_lie_over_the_file_and_say_so_when_they_are_wrong() {
    let text = "[server]\nlisten = '127.0.0.1:1'\n[credentials.rack-a]\nusername = 'x'\npassword_env = 'X'\n[[hook]]\nname = 'a'\npath = 'a.wasm'";
    let loaded = written(text)
        .load([
            ("VALENCE__SERVER__LISTEN", "127.0.0.1:2"),
            ("VALENCE__CREDENTIALS__RACK_A__USERNAME", "y"),
            ("VALENCE__REDFISH__MAX_DOCUMENTS", "7"),
            ("VALENCE__REGISTER__DEFAULTS__AUTOMATED_CLEAN", "false"),
            ("VALENCE__REGISTER__DEFAULTS__CONDUCTOR_GROUP", "dc1"),
        ])
        .ok()
        .unwrap();
    let config = &loaded.config;
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.credentials["rack-a"].username, "y");
    assert_eq!(config.redfish.limits.documents, 7);
    assert_eq!(
        serde_json::Value::Object(config.register.defaults.clone()),
        serde_json::json!({"automated_clean": false, "conductor_group": "dc1"})
    );
    assert!(loaded.show().contains(
        "[server]\nlisten = \"127.0.0.1:2\"  # environment variable VALENCE__SERVER__LISTEN\n"
    ));

    for (variable, words, expected) in [
        (
            "VALENCE__SERVR__LISTEN",
            "x",
            "environment variable VALENCE__SERVR__LISTEN: `servr`: there is no such key; is `server` meant?",
        ),
        (
            "VALENCE__REDFISH__CONCURRENCY",
            "many",
            "environment variable VALENCE__REDFISH__CONCURRENCY: `redfish.concurrency`: a whole number above 0 is expected, not `many`",
        ),
        (
            "VALENCE__HOOK__1__NAME",
            "b",
            "environment variable VALENCE__HOOK__1__NAME: `hook`: this is no table, so no variable can set a part of it",
        ),
        (
            "VALENCE__HOOK",
            "[]",
            "environment variable VALENCE__HOOK: `hook`: this is a list of tables, which no variable can set",
        ),
    ] {
        assert_eq!(error_with(text, [(variable, words)]), expected);
    }
}

#[test]
fn a_named_file_must_be_there() {
    let missing = Path::new("no-such-directory/valence.toml");
    let error = load(Some(missing), &Environment::default()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "there is no configuration file `no-such-directory/valence.toml`, which `--config` names"
    );
    let environment = Environment::from([("VALENCE_CONFIG", "no-such-directory/valence.toml")]);
    let error = load(None, &environment).err().unwrap();
    assert!(matches!(
        error,
        ConfigError::NoSuchFile {
            by: "`VALENCE_CONFIG`",
            ..
        }
    ));
}

#[test]
fn what_is_shown_masks_passwords_and_reads_as_the_same() {
    let written = written(
        "[store]\nurl = 'postgres://valence:canary@db.example/valence'\n[hooks]\ndirectory = 'a \"b\"'\n[[hook]]\nname = 'x'\nsettings = { a = { b = [1, 'c'] } }",
    );
    let loaded = written.load([]).ok().unwrap();
    assert!(loaded.config.store.url.expose().contains("canary"));
    let shown = loaded.show();
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        shown.contains("url = \"postgres://valence:******@db.example/valence\""),
        "{shown}"
    );
    let again = written.and("valence.toml", &shown).load([]).ok().unwrap();
    assert_eq!(again.config.hooks, loaded.config.hooks);
    assert_eq!(again.config.redfish, loaded.config.redfish);
}

#[test]
fn the_command_line_finds_the_server_by_option_variable_or_default() {
    let find = |url, environment: &Environment| {
        ServerAddress::find_in(url, environment)
            .map(|found| found.url.to_string())
            .map_err(|error| error.to_string())
    };
    let none = Environment::default();
    let set = Environment::from([("VALENCE_URL", "https://valence.example")]);
    assert_eq!(find(None, &none), Ok("http://127.0.0.1:8181/".into()));
    assert_eq!(find(None, &set), Ok("https://valence.example/".into()));
    assert_eq!(find(Some("http://x"), &set), Ok("http://x/".into()));
    let half = Environment::from([("VALENCE_USERNAME", "x")]);
    assert_eq!(
        find(None, &half),
        Err("`VALENCE_USERNAME`: `VALENCE_PASSWORD` is not set".into())
    );
    assert!(find(Some("127.0.0.1:8181"), &none).is_err());
    assert!(find(Some("http://a:canary@x"), &none).is_err_and(|told| !told.contains("canary")));
}
