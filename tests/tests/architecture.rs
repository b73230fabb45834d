//! The invariants of docs/architecture.md, held by reading the source.

mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room of `host/src`, and the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("secret", &[]),
    ("node", &[]),
    ("failure", &[]),
    ("crash", &[]),
    ("telemetry", &[]),
    ("template", &[]),
    ("tls", &["node"]),
    (
        "openstack",
        &["text", "secret", "node", "failure", "tls", "telemetry"],
    ),
    ("access", &["text", "secret", "failure", "openstack"]),
    ("listen", &["tls"]),
    ("enrollment", &["text"]),
    (
        "redfish",
        &[
            "text",
            "crash",
            "secret",
            "node",
            "failure",
            "tls",
            "telemetry",
        ],
    ),
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
            "telemetry",
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
            "crash",
            "secret",
            "node",
            "failure",
            "tls",
            "openstack",
            "enrollment",
            "rules",
            "telemetry",
        ],
    ),
    ("store", &["text", "secret", "node", "failure", "telemetry"]),
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
            "openstack",
            "ironic",
        ],
    ),
    (
        "nodes",
        &[
            "text",
            "crash",
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
            "crash",
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
            "telemetry",
        ],
    ),
    (
        "policy",
        &[
            "text",
            "node",
            "failure",
            "enrollment",
            "redfish",
            "inventory",
            "hook",
            "evaluate",
            "registration",
        ],
    ),
    (
        "api",
        &[
            "text",
            "secret",
            "node",
            "failure",
            "openstack",
            "access",
            "enrollment",
            "evaluate",
            "hook",
            "nodes",
            "registration",
            "telemetry",
        ],
    ),
    // It may use everything, and nothing uses it.
    (
        "cli",
        &[
            "text",
            "crash",
            "secret",
            "node",
            "failure",
            "tls",
            "openstack",
            "access",
            "listen",
            "enrollment",
            "redfish",
            "rules",
            "inventory",
            "hook",
            "evaluate",
            "ironic",
            "store",
            "config",
            "nodes",
            "registration",
            "policy",
            "template",
            "api",
            "telemetry",
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
        .filter(|(_, path, _)| {
            !path.ends_with("tests.rs") && !path.iter().any(|part| part == "tests")
        })
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
        if matches!(room.as_str(), "lib" | "main") {
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
            // The helper of fuzz tests is there for tests only.
            if other != "fuzz" && !allowed.contains(&other.as_str()) {
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

/// Words that only some rooms, or files, of `host/src` may have.
#[test]
fn each_outside_thing_has_one_room() {
    let rules: &[(&str, &[&str])] = &[
        ("wasmtime::", &["hook"]),
        ("sqlx::", &["store"]),
        ("axum::", &["api", "cli", "listen"]),
        ("StatusCode", &["api", "redfish", "ironic", "cli"]),
        (
            "reqwest::",
            &[
                "redfish",
                "openstack",
                "ironic",
                "tls",
                "cli/client.rs",
                "cli/client/lines.rs",
                "cli/client/login.rs",
            ],
        ),
        ("std::env::", &["config"]),
    ];
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        for (word, places) in rules {
            let fits = |place: &&str| *place == room || path == Path::new(place);
            if text.contains(word) && !places.iter().any(fits) {
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
fn files_are_short_enough_to_read() {
    let long: Vec<_> = files()
        .into_iter()
        .map(|(_, path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > 450)
        .collect();
    assert!(long.is_empty(), "files of more than 450 lines: {long:?}");
}
