//! The annotated sample holds every key there is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::schema::LEAST;
use super::super::{Loaded, Origin, Shown, sample, schema};
use super::written;

/// The sample with every key set but those of `[ironic]` and `[api]` in `without`,
/// with `auth` of `[api]` as given.
fn everything_set(without: &[&str], auth: &str) -> String {
    let lines = sample().lines().map(|line| match line.strip_prefix('#') {
        Some(key) if !key.starts_with([' ', '#']) => key,
        _ => line,
    });
    let mut section = "";
    lines
        .filter(|line| {
            if line.starts_with('[') {
                section = line;
            }
            let key = line.split(" =").next().unwrap_or_default();
            let left_out = match section {
                "[ironic]" => without.contains(&key),
                "[api]" => match key {
                    "open" => auth != "none",
                    "open_metrics" => auth == "none",
                    "htpasswd" | "managers" | "admins" => auth != "http_basic",
                    "keystone" | "cacert" | "reader_roles" | "manager_roles" | "admin_roles"
                    | "projects" => auth != "keystone",
                    _ => false,
                },
                _ => false,
            };
            !left_out
        })
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .replacen("auth = \"none\"", &format!("auth = \"{auth}\""), 1)
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
    let bare = written(&LEAST.replace("endpoint = 'http://a'\n", ""));
    let bare = bare.load([]).ok().unwrap();
    // Alternatives exclude each other: each in a turn of its own.
    let passwords = ["password_file", "password_env", "password_command"];
    let endpoint = [
        "endpoint", "auth", "username", "cacert", "cert", "key", "verify",
    ];
    let mut turns = vec![[&endpoint[..], &passwords[..]].concat()];
    turns.push([&["cloud", "username"], &passwords[..]].concat());
    for password in passwords {
        let others = passwords.into_iter().filter(|other| *other != password);
        turns.push(["cloud"].into_iter().chain(others).collect());
    }
    let mut set = BTreeSet::new();
    let strategies = ["none", "http_basic", "keystone"].into_iter().cycle();
    for (without, auth) in turns.into_iter().zip(strategies) {
        let mut text = everything_set(&without, auth);
        if !without.contains(&"username") {
            let (before, ironic) = text.split_once("[ironic]").unwrap();
            let ironic = ironic.replacen("auth = \"none\"", "auth = \"http_basic\"", 1);
            text = format!("{before}[ironic]{ironic}");
        }
        let loaded = match written(&text).load([]) {
            Ok(loaded) => loaded,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(complaints(&as_json(&text)), [""; 0]);
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
            let is_example = matches!(kind.as_str(), "hook.settings" | "ironic.auth" | "api.auth");
            if default.origin == Origin::Default && default.value.is_some() && !is_example {
                assert_eq!(given[0].value, default.value, "{kind}");
            }
            set.insert(kind);
        }
    }
    let known: BTreeSet<_> = kinds(&bare).into_keys().collect();
    assert_eq!(set, known);
}

fn as_json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
}

/// What the schema has to say against a file.
fn complaints(file: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema().ok().unwrap()).unwrap();
    let errors = validator.iter_errors(file);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Every table of the file, as a pointer.
fn tables(file: &Value, at: String, found: &mut Vec<String>) {
    match file {
        Value::Object(keys) => {
            for (key, value) in keys {
                tables(value, format!("{at}/{key}"), found);
            }
            found.push(at);
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                tables(item, format!("{at}/{place}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_knows_no_key_that_there_is_not() {
    let text = everything_set(&["endpoint", "auth"], "none");
    let file = as_json(&text);
    let mut all = Vec::new();
    tables(&file, String::new(), &mut all);
    // The keys of these are a site's own.
    let own = |table: &String| {
        ["/register/defaults", "/settings"]
            .iter()
            .any(|own| table.contains(own))
    };
    all.retain(|table| !own(table));
    assert!(all.len() > 10, "{all:?}");
    for table in all {
        let mut file = file.clone();
        let keys = file.pointer_mut(&table).unwrap().as_object_mut().unwrap();
        keys.insert("no_such_key".into(), 1.into());
        let complaints = complaints(&file).join("; ");
        assert!(
            complaints.contains("no_such_key"),
            "`{table}`: {complaints}"
        );
    }
}

#[test]
fn the_schema_says_of_each_key_what_it_is_and_what_holds_without_it() {
    let schema = schema().ok().unwrap();
    let part = |pointer: &str| schema.pointer(pointer).unwrap().clone();
    let listen = part("/properties/server/properties/listen");
    assert_eq!(listen["default"], "127.0.0.1:8181");
    assert_eq!(
        listen["description"],
        "The address and port of Valence's own API."
    );
    let target = part("/properties/register/properties/target");
    assert_eq!(target["enum"][1], "manageable");
    let hook = part("/properties/hook/items");
    assert_eq!(hook["required"], serde_json::json!(["name"]));
    let memories = &hook["properties"]["limits"]["properties"]["memories"];
    assert_eq!(memories["default"], 10);
    assert!(
        memories["description"]
            .as_str()
            .unwrap()
            .starts_with("Bytes in all")
    );
    let account = part("/properties/credentials/additionalProperties");
    assert_eq!(account["required"], serde_json::json!(["username"]));
    // All that is a default is one that may be written down.
    let mut defaults = toml::Table::new();
    for (name, table) in part("/properties").as_object().unwrap() {
        let keys = table["properties"].as_object().into_iter().flatten();
        let set: toml::Table = keys
            .filter_map(|(key, schema)| {
                let value = toml::Value::try_from(schema.get("default")?).ok()?;
                Some((key.clone(), value))
            })
            .collect();
        if !set.is_empty() {
            defaults.insert(name.clone(), set.into());
        }
    }
    assert!(defaults.len() > 4, "{defaults}");
    assert_eq!(complaints(&as_json(&defaults.to_string())), [""; 0]);
}

#[test]
fn the_sample_as_it_stands_is_the_default() {
    assert_eq!(complaints(&as_json(sample())), [""; 0]);
    let sample = written(sample()).load([]).ok().unwrap();
    let empty = written("").load([]).ok().unwrap();
    assert_eq!(sample.show(), empty.show());
}
