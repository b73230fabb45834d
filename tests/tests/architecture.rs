//! The invariants of docs/architecture.md, held by reading the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room of `host/src`, and the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("secret", &[]),
    ("node", &[]),
    ("failure", &[]),
    ("tls", &["node"]),
    ("enrollment", &["text"]),
    ("redfish", &["text", "secret", "node", "failure", "tls"]),
    ("rules", &["text", "secret", "enrollment"]),
    (
        "inventory",
        &["text", "node", "enrollment", "redfish", "rules"],
    ),
    (
        "hook",
        &[
            "text",
            "failure",
            "enrollment",
            "redfish",
            "inventory",
            "node",
        ],
    ),
    (
        "evaluate",
        &[
            "text",
            "failure",
            "enrollment",
            "redfish",
            "rules",
            "inventory",
            "hook",
            "node",
        ],
    ),
    (
        "ironic",
        &[
            "text",
            "secret",
            "node",
            "failure",
            "tls",
            "enrollment",
            "rules",
        ],
    ),
    ("store", &["text", "secret", "node", "failure"]),
    (
        "config",
        &[
            "text",
            "secret",
            "node",
            "failure",
            "enrollment",
            "redfish",
            "rules",
            "hook",
            "ironic",
        ],
    ),
    (
        "nodes",
        &[
            "text",
            "secret",
            "node",
            "failure",
            "enrollment",
            "redfish",
            "inventory",
            "rules",
            "store",
            "config",
        ],
    ),
    (
        "registration",
        &[
            "text",
            "secret",
            "node",
            "failure",
            "enrollment",
            "redfish",
            "inventory",
            "rules",
            "hook",
            "evaluate",
            "ironic",
            "store",
            "nodes",
        ],
    ),
    (
        "api",
        &[
            "text",
            "secret",
            "node",
            "failure",
            "enrollment",
            "evaluate",
            "hook",
            "nodes",
            "registration",
        ],
    ),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src")
}

/// Every Rust file under `host/src`, with its room.
fn files() -> Vec<(String, PathBuf, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&source(), &mut found);
    found
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(source()).unwrap();
            let room = relative
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_string_lossy();
            let room = room.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            // Tests may reach across; what ships may not.
            let shipped = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap()
                .to_owned();
            (room, relative.to_owned(), shipped)
        })
        .filter(|(_, path, _)| !path.ends_with("tests.rs"))
        .collect()
}

/// The rooms that a file names, as `crate::ROOM`.
fn used(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        })
        .filter(|room| !room.is_empty())
        .collect()
}

#[test]
fn dependencies_between_rooms_go_downwards() {
    let allowed: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        if matches!(room.as_str(), "lib" | "main" | "cli") {
            continue;
        }
        let Some(allowed) = allowed.get(room.as_str()) else {
            wrong.push(format!(
                "{}: room `{room}` stands in no list",
                path.display()
            ));
            continue;
        };
        for other in used(&text).into_iter().filter(|other| *other != room) {
            if !allowed.contains(&other.as_str()) {
                wrong.push(format!("{} uses `{other}`", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "dependencies that docs/architecture.md forbids:\n{}",
        wrong.join("\n")
    );
}

/// Words that only one place of `host/src` may have.
#[test]
fn each_outside_thing_has_one_room() {
    let rules: &[(&str, &[&str])] = &[
        ("wasmtime::", &["hook"]),
        ("sqlx::", &["store"]),
        ("axum::", &["api", "cli"]),
        ("StatusCode", &["api", "redfish", "ironic", "cli"]),
        ("reqwest::", &["redfish", "ironic", "tls", "cli"]),
        ("std::env::", &["config"]),
    ];
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        for (word, rooms) in rules {
            if text.contains(word) && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{} names `{word}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn evaluate_does_nothing_but_evaluate() {
    let forbidden = [
        "reqwest",
        "sqlx",
        "std::fs",
        "tokio::fs",
        "SystemTime",
        "Timestamp",
        "getrandom",
        "new_v4",
    ];
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        for word in forbidden {
            if matches!(
                room.as_str(),
                "evaluate" | "rules" | "inventory" | "enrollment"
            ) && text.contains(word)
            {
                wrong.push(format!("{} names `{word}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn secrets_cannot_be_shown() {
    let text = fs::read_to_string(source().join("secret.rs")).unwrap();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for shown in ["Debug", "Display", "Serialize"] {
            assert!(
                !line.replace("Deserialize", "").contains(shown),
                "secret.rs: `{line}`"
            );
        }
    }
}

#[test]
fn files_are_short_enough_to_read() {
    let long: Vec<_> = files()
        .into_iter()
        .map(|(_, path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > 450)
        .collect();
    assert!(long.is_empty(), "files of more than 450 lines: {long:?}");
}
