//! The configuration as people write it, rightly and wrongly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::environment::Environment;
use super::load::load;
use super::*;
use crate::hook::{Limits, OnFailure};
use crate::node::{PodManagerDriver, VerifyCa};

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
    assert_eq!(config.register.target, Target::Enroll);
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
fn errors_say_where_and_what_and_what_to_do() {
    const HOOK: &str = "[[hook]]\npath = 'a.wasm'\nname = ";
    let table = [
        (
            "[server]\nlissten = '127.0.0.1:1'",
            "valence.toml:2:1: `server.lissten`: there is no such key; is `listen` meant?",
        ),
        (
            "[serverr]",
            "valence.toml:1:2: `serverr`: there is no such key; is `server` meant?",
        ),
        (
            "[server]\nlisten = 8181",
            "valence.toml:2:1: `server.listen`: an address and port such as `\"127.0.0.1:8181\"` is expected, not `8181`",
        ),
        (
            "server = 1",
            "valence.toml:1:1: `server`: a table is expected, not `1`",
        ),
        (
            "[redfish]\n\n  max_documents = 0",
            "valence.toml:3:3: `redfish.max_documents`: a whole number above 0 is expected, not `0`",
        ),
        (
            "[redfish]\ntimeout = 10",
            "valence.toml:2:1: `redfish.timeout`: a duration such as `\"250ms\"` or `\"30s\"` is expected, not `10`",
        ),
        (
            "[redfish]\nmax_document_size = '4MB'",
            "valence.toml:2:1: `redfish.max_document_size`: a size such as `\"64MiB\"` (B, KiB, MiB or GiB) is expected, not `4MB`",
        ),
        (
            "[register]\ntarget = 'active'",
            "valence.toml:2:1: `register.target`: `\"enroll\"`, `\"manageable\"` or `\"available\"` is expected, not `active`",
        ),
        (
            "[register.defaults]\nproperties = 3",
            "valence.toml:1:11: `register.defaults`: `properties` is to be an object",
        ),
        (
            "[credentials.a]\nusername = 'x'\npassword = 'canary'",
            "valence.toml:3:1: `credentials.a.password`: no password is kept in this file; say where it is by `password_file`, `password_env` or `password_command`",
        ),
        (
            "[credentials.a]\nusername = 'x'\npassword_env = 'A'\npassword_file = 'b'",
            "valence.toml:3:1: `credentials.a.password_env`: only one of `password_file`, `password_env` and `password_command` can be given",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x'\ndriver = 'redfish'\ncredentials = 'rack'\n[credentials.rack-a]\nusername = 'x'\npassword_env = 'X'",
            "valence.toml:5:1: `pod_manager[1].credentials`: there is no table of `[credentials]` with the name `rack`; is `rack-a` meant?",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x:canary@y'",
            "valence.toml:3:1: `pod_manager[1].url`: a url such as `\"https://10.0.0.5\"`, with `http` or `https` and no credentials in it, is expected, not what is there",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x'\ndriver = 'redfish'\n[[pod_manager]]\nname = 'A'",
            "valence.toml:6:1: `pod_manager[2].name`: `A` is taken by another pod manager",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x'\ndriver = 'redfish'\n[[pod_manager]]\nname = 'b'\nurl = 'https://X/redfish/v1/'",
            "valence.toml:7:1: `pod_manager[2].url`: `https://x/redfish/v1/` is taken by another pod manager",
        ),
        (
            "[[hook]]\nname = 'a'",
            "valence.toml:1:1: `hook[1].path`: it is missing: the path of a component (or `[hooks] directory`) is expected",
        ),
        (
            &format!("{HOOK}'a'\n{HOOK}'a'"),
            "valence.toml:6:1: `hook[2].name`: `a` is taken by another hook",
        ),
        (
            &format!("{HOOK}'seed'"),
            "valence.toml:3:1: `hook[1].name`: `seed` is no name for a hook: `seed`, `defaults`, `request` stand for others where changes are told",
        ),
        (
            &format!("{HOOK}'naming'\n{HOOK}'b'\noverrides = ['namng']\n{HOOK}'c'"),
            "valence.toml:7:1: `hook[2].overrides`: there is no hook earlier in the chain with the name `namng`; is `naming` meant?",
        ),
        (
            &format!("{HOOK}'a'\noverrides = ['b']\n{HOOK}'b'"),
            "valence.toml:4:1: `hook[1].overrides`: there is no hook earlier in the chain with the name `b`",
        ),
        (
            &format!("{HOOK}'a'\nsha256 = 'abc'"),
            "valence.toml:4:1: `hook[1].sha256`: a SHA-256 digest of 64 hexadecimal digits is expected, not `abc`",
        ),
        (
            &format!("{HOOK}'a'\nwrites = ['node/name']"),
            "valence.toml:4:1: `hook[1].writes`: a list of pointers such as `\"/node/properties/*\"`, each with a `/` at its beginning, is expected, not a list",
        ),
        (
            &format!("{HOOK}'a'\n[hook.limits]\nmemroy = '1MiB'"),
            "valence.toml:5:1: `hook[1].limits.memroy`: there is no such key; is `memory` meant?",
        ),
        (
            "[ironic]\ncloud = 'a'\nendpoint = 'http://x'",
            "valence.toml:3:1: `ironic.endpoint`: it cannot stand beside `cloud`: `clouds.yaml` tells this",
        ),
        (
            "[ironic]\nverify = false",
            "valence.toml:2:1: `ironic.verify`: it needs an `endpoint` beside it",
        ),
        (
            "[store]\nurl = 'mysql://root:canary@x'",
            "valence.toml:2:1: `store.url`: a url such as `\"sqlite:///path/to/file\"`, `\"sqlite::memory:\"` or `\"postgres://…\"` is expected, not what is there",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), expected);
    }
}

#[test]
fn what_is_no_toml_is_told_without_quoting_it() {
    let told = error("[server]\nlisten = 'canary\n");
    assert!(
        told.starts_with("valence.toml:2:17: this is no TOML: "),
        "{told}"
    );
    assert!(!told.contains("canary"), "{told}");
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

async fn password(entry: &str, environment: &Environment) -> Result<String, String> {
    let written = written(&format!("[credentials.a]\nusername = 'x'\n{entry}"))
        .and("secret", "p w\r\n")
        .and("empty", "\n");
    let loaded = written.load([]).ok().unwrap();
    match loaded.config.credentials["a"].resolve_in(environment).await {
        Ok(credentials) => Ok(credentials.password.expose().to_owned()),
        Err(error) => {
            let directory = format!("{}/", written.directory.path().display());
            Err(error.to_string().replace(&directory, ""))
        }
    }
}

#[tokio::test]
async fn passwords_come_from_file_variable_or_program() {
    let environment = Environment::from([("P", "p w")]);
    for (entry, expected) in [
        ("password_file = 'secret'", Ok("p w")),
        ("password_env = 'P'", Ok("p w")),
        ("password_command = ['echo', 'p w']", Ok("p w")),
        ("password_file = 'none'", Err("there is no file `none`")),
        ("password_file = 'empty'", Err("file `empty` is empty")),
        (
            "password_env = 'Q'",
            Err("environment variable `Q` is not set"),
        ),
        (
            "password_command = ['false']",
            Err("`false` ended with exit status: 1"),
        ),
        (
            "password_command = ['no-such-program-here']",
            Err("`no-such-program-here` cannot be run"),
        ),
    ] {
        let expected = expected
            .map(str::to_owned)
            .map_err(|reason| format!("the password of credentials `a` cannot be had: {reason}"));
        assert_eq!(password(entry, &environment).await, expected, "{entry}");
    }
}

const CLOUDS: &str = "
clouds:
  basic:
    auth_type: http_basic
    auth: {endpoint: 'http://ironic.example:6385', username: valence}
    cacert: ca.pem
  open:
    auth_type: none
    auth: {endpoint: 'http://ironic.example:6385'}
    baremetal_api_version: '1.82'
  keystone:
    auth: {auth_url: 'http://keystone.example', username: a, password: canary}
";

async fn cloud(name: &str, clouds: &str) -> Result<IronicConnection, String> {
    let written = written(&format!("[ironic]\ncloud = '{name}'"))
        .and("clouds.yaml", clouds)
        .and("secure.yaml", "clouds: {basic: {auth: {password: canary}}}");
    let ironic = written.load([]).ok().unwrap().config.ironic.unwrap();
    let (clouds, secure) = (written.file("clouds.yaml"), written.file("secure.yaml"));
    let environment = Environment::from([
        ("OS_CLIENT_CONFIG_FILE", clouds.to_str().unwrap()),
        ("OS_CLIENT_SECURE_FILE", secure.to_str().unwrap()),
    ]);
    let directory = format!("{}/", written.directory.path().display());
    let mut connection = ironic
        .resolve_in(&environment)
        .await
        .map_err(|error| error.to_string().replace(&directory, ""))?;
    if let VerifyCa::File(path) = &mut connection.verify_ca {
        *path = path.replace(&directory, "");
    }
    Ok(connection)
}

#[tokio::test]
async fn a_cloud_is_read_from_clouds_yaml_with_secure_yaml_over_it() {
    let basic = cloud("basic", CLOUDS).await.ok().unwrap();
    assert_eq!(basic.endpoint.as_str(), "http://ironic.example:6385/");
    assert_eq!(basic.verify_ca, VerifyCa::File("ca.pem".into()));
    let credentials = basic.credentials.unwrap();
    assert_eq!(
        (credentials.username.as_str(), credentials.password.expose()),
        ("valence", "canary")
    );
    let open = cloud("open", CLOUDS).await.ok().unwrap();
    assert!(open.credentials.is_none());
    assert_eq!(open.api_version.unwrap().to_string(), "1.82");

    for (name, clouds, expected) in [
        (
            "keystone",
            CLOUDS,
            "cloud `keystone`: `auth_type: password` is not known here: `none` and `http_basic` are, in `clouds.yaml`",
        ),
        (
            "basik",
            CLOUDS,
            "cloud `basik`: there is no such cloud in `clouds.yaml`; is `basic` meant?",
        ),
        (
            "a",
            "clouds:\n  a:\n    auth: canary",
            "clouds.yaml:3:11: this is no TOML: it does not have the form of a `clouds.yaml`",
        ),
    ] {
        let told = cloud(name, clouds).await.err().unwrap();
        assert_eq!(told, expected);
    }
}

#[test]
fn os_cloud_names_the_cloud_where_the_file_names_no_ironic() {
    let environment = [("OS_CLOUD", "baremetal")];
    let access = |text: &str| {
        let loaded = written(text).load(environment).ok().unwrap();
        loaded.config.ironic.unwrap().access
    };
    assert_eq!(access(""), IronicAccess::Cloud("baremetal".into()));
    assert_eq!(
        access("[ironic]\ncloud = 'x'"),
        IronicAccess::Cloud("x".into())
    );
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

/// The sample with every key set but those of `[ironic]` in `without`.
fn everything_set(without: &[&str]) -> String {
    let lines = sample().lines().map(|line| match line.strip_prefix('#') {
        Some(key) if !key.starts_with([' ', '#']) => key,
        _ => line,
    });
    let mut ironic = false;
    lines
        .filter(|line| {
            if line.starts_with('[') {
                ironic = *line == "[ironic]";
            }
            let key = line.split(" =").next().unwrap_or_default();
            !(ironic && without.contains(&key))
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The keys, without the names and numbers of their tables, and what they are
/// set to.
fn kinds(loaded: &Loaded) -> BTreeMap<String, Vec<&Shown>> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for shown in &loaded.asked {
        let mut section = shown.section.as_str();
        if section.starts_with("credentials.") {
            section = "credentials";
        }
        let section = section.replace(|c: char| "[]".contains(c) || c.is_ascii_digit(), "");
        let kind = format!("{section}.{}", shown.key);
        kinds.entry(kind).or_default().push(shown);
    }
    kinds
}

#[test]
fn the_sample_holds_every_key_there_is_and_its_values_are_the_defaults() {
    let bare = written(
        "[credentials.a]\nusername = 'x'\npassword_env = 'X'\n[[pod_manager]]\nname = 'a'\nurl = 'https://a'\ndriver = 'redfish'\n[[hook]]\nname = 'a'\npath = 'a.wasm'",
    );
    let bare = bare.load([]).ok().unwrap();
    // Alternatives exclude each other: each in a turn of its own.
    let passwords = ["password_file", "password_env", "password_command"];
    let endpoint = ["endpoint", "auth", "username", "cacert", "verify"];
    let mut turns = vec![[&endpoint[..], &passwords[..]].concat()];
    turns.push([&["cloud", "username"], &passwords[..]].concat());
    for password in passwords {
        let others = passwords.into_iter().filter(|other| *other != password);
        turns.push(["cloud"].into_iter().chain(others).collect());
    }
    let mut set = BTreeSet::new();
    for without in turns {
        let mut text = everything_set(&without);
        if !without.contains(&"username") {
            text = text.replace("auth = \"none\"", "auth = \"http_basic\"");
        }
        let loaded = match written(&text).load([]) {
            Ok(loaded) => loaded,
            Err(error) => panic!("{error}"),
        };
        let defaults = kinds(&bare);
        for (kind, shown) in kinds(&loaded) {
            let given: Vec<_> = shown
                .iter()
                .filter(|shown| shown.origin != Origin::Default)
                .collect();
            if given.is_empty() {
                continue;
            }
            let default = &defaults[&kind][0];
            let is_example = kind == "hook.settings" || kind == "ironic.auth";
            if default.origin == Origin::Default && default.value.is_some() && !is_example {
                assert_eq!(given[0].value, default.value, "{kind}");
            }
            set.insert(kind);
        }
    }
    let known: BTreeSet<_> = kinds(&bare).into_keys().collect();
    assert_eq!(set, known);
}

#[test]
fn the_sample_as_it_stands_is_the_default() {
    let sample = written(sample()).load([]).ok().unwrap();
    let empty = written("").load([]).ok().unwrap();
    assert_eq!(sample.show(), empty.show());
}
