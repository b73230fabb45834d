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
    let mut wrong = Vec::new();
    for (_, path, text) in files() {
        let shown = implemented(&text).chain(derived(&text));
        wrong.extend(shown.map(|shown| format!("{}: `{shown}`", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SHOWS: [&str; 3] = ["Debug", "Display", "Serialize"];

fn is_secret(word: &str) -> bool {
    matches!(word, "Secret" | "Credentials")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The lines that implement for a secret what shows it.
fn implemented(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| {
            line.split_once(" for ").is_some_and(|(what, whose)| {
                let what = words(what).last();
                what.is_some_and(|what| SHOWS.contains(&what))
                    && whose
                        .split(['<', '{', ' '])
                        .find_map(|name| name.rsplit("::").next())
                        .is_some_and(is_secret)
            })
        })
        .map(|line| line.trim().to_owned())
}

/// The types that derive what would show a secret that stands in them.
fn derived(text: &str) -> impl Iterator<Item = String> {
    text.split("#[derive(").skip(1).filter_map(|rest| {
        let (derives, rest) = rest.split_once(")]")?;
        if !words(derives).any(|word| SHOWS.contains(&word)) {
            return None;
        }
        let code: Vec<_> = rest
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim_start().starts_with(['/', '#']))
            .skip_while(|line| line.is_empty())
            .collect();
        let head = *code.first()?;
        let indent = head.len() - head.trim_start().len();
        let end = format!("{:indent$}}}", "");
        let within = |line: &&&str| head.ends_with(['{', '<']) && **line != end;
        let mut body = std::iter::once(&head).chain(code.iter().skip(1).take_while(within));
        body.any(|line| words(line).any(is_secret))
            .then(|| head.trim().to_owned())
    })
}

#[test]
fn what_shows_a_secret_is_found() {
    for shown in [
        "impl fmt::Debug for Secret {",
        "impl<'a> Display for crate::secret::Credentials {",
        "impl serde::Serialize for Secret {",
    ] {
        assert_eq!(implemented(shown).count(), 1, "{shown}");
    }
    for fine in [
        "impl<'de> Deserialize<'de> for Secret {",
        "impl Debug for SecretName {",
    ] {
        assert_eq!(implemented(fine).count(), 0, "{fine}");
    }
    let held =
        "#[derive(Clone, Serialize)]\n/// One.\nstruct One {\n    token: Option<Secret>,\n}\n";
    assert_eq!(derived(held).collect::<Vec<_>>(), ["struct One {"]);
    assert_eq!(
        derived("#[derive(Debug)]\nstruct One(Credentials);\n").count(),
        1
    );
    let fine = "#[derive(Debug)]\nstruct One {\n    a: u8,\n}\nstruct Two(Secret);\n";
    assert_eq!(derived(fine).count(), 0);
    assert_eq!(
        derived("#[derive(Deserialize)]\nstruct One(Secret);\n").count(),
        0
    );
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
