//! The annotated sample holds every key there is.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Loaded, Origin, Shown, sample};
use super::written;

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
