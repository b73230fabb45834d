//! What no chain of hooks can do, whatever its hooks return and whatever they are
//! granted. Judged by what the enrollments hold, not by the differences that the
//! host found.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

use super::authors::Authors;
use super::grant;
use super::ledger::{Ledger, Reasons, leaves};
use crate::enrollment::{Author, Body, Enrollment, Object, child, segments, view};
use crate::hook::HookSpec;
use crate::rules::PROTECTED;

const HOOKS: [&str; 3] = ["first", "second", "third"];

const PATTERNS: [&str; 22] = [
    "/node/name",
    "/node/*",
    "/node/extra/*",
    "/node/extra/rack",
    "/node/extra/rack/*",
    "/node/**/row",
    "/node/driver_info/*",
    "/node/driver_info/redfish_address",
    "/node/extra/valence",
    "/node/owner",
    "/ports/**",
    "/ports/*/pxe_enabled",
    "/ports/aa:00:00:00:00:01",
    "/portgroups/bond*",
    "/portgroups/*/mode",
    "/traits/*",
    "/traits/CUSTOM_SITE_*",
    "/traits/HW_X",
    "/credentials",
    "/extension/**",
    "/extension/a~1b",
    "/**",
];

fn small() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(1)),
        Just(json!("a")),
        Just(json!([1, {"a": 2}])),
        Just(Value::Null),
        Just(json!({})),
    ]
}

/// An object with some of `keys`, each with a small value or what `inner` gives.
fn object(
    keys: &'static [&'static str],
    inner: impl Strategy<Value = Value> + Clone + 'static,
) -> impl Strategy<Value = Object> + Clone {
    let value = prop_oneof![small(), inner];
    let pairs = prop::collection::vec(prop::option::of(value), keys.len());
    let made = pairs.prop_map(|values| {
        let present = keys.iter().zip(values);
        let present = present.filter_map(|(key, value)| Some(((*key).to_owned(), value?)));
        present.collect::<Object>()
    });
    // Cheap to clone, as strategies that nest have to be.
    made.boxed()
}

fn nested(
    keys: &'static [&'static str],
    inner: impl Strategy<Value = Object> + Clone + 'static,
) -> impl Strategy<Value = Object> + Clone {
    object(keys, inner.prop_map(Value::Object).boxed())
}

fn keyed(
    key: &'static str,
    names: &'static [&'static str],
    fields: &'static [&'static str],
) -> impl Strategy<Value = Vec<Body>> {
    let fields = prop::collection::vec(object(fields, small().boxed()), names.len());
    (subsequence(names, 0..=names.len()), fields, any::<bool>()).prop_map(
        move |(names, fields, reversed)| {
            let mut all: Vec<_> = names
                .into_iter()
                .zip(fields)
                .map(|(name, mut object)| {
                    object.insert(key.into(), json!(name));
                    Body::from(object)
                })
                .collect();
            if reversed {
                all.reverse();
            }
            all
        },
    )
}

fn enrollment() -> impl Strategy<Value = Enrollment> {
    let rack = object(&["row", "unit"], small().boxed());
    let inner = nested(&["rack", "valence", "redfish_address", "a/b"], rack);
    let node = nested(
        &["name", "owner", "uuid", "extra", "driver_info"],
        inner.clone(),
    );
    let traits = ["CUSTOM_SITE_A", "CUSTOM_SITE_B", "HW_X", "CUSTOM_OTHER"];
    (
        node,
        keyed(
            "address",
            &["AA:00:00:00:00:01", "aa:00:00:00:00:02"],
            &["pxe_enabled", "extra"],
        ),
        keyed("name", &["bond0", "b/1"], &["mode", "properties"]),
        subsequence(traits.to_vec(), 0..=traits.len()),
        prop::option::of(select(vec!["rack-a", "rack-b"])),
        prop::option::of(inner),
    )
        .prop_map(
            |(node, ports, portgroups, traits, credentials, extension)| Enrollment {
                node,
                ports,
                portgroups,
                traits: traits.into_iter().map(str::to_owned).collect(),
                credentials: credentials.map(str::to_owned),
                extension,
            },
        )
}

/// What a hook may do, but for its name.
fn grants() -> impl Strategy<Value = HookSpec> {
    (
        prop::option::of(subsequence(PATTERNS.to_vec(), 0..=PATTERNS.len())),
        subsequence(vec!["rack-a", "rack-b"], 0..=2),
        subsequence(HOOKS.to_vec(), 0..=HOOKS.len()),
    )
        .prop_map(|(writes, credentials, overrides)| HookSpec {
            writes: writes.map(|all| all.iter().map(|text| text.parse().unwrap()).collect()),
            credentials: credentials.into_iter().map(str::to_owned).collect(),
            overrides: overrides.into_iter().map(str::to_owned).collect(),
            ..HookSpec::new("", "site.wasm")
        })
}

/// What each hook of the chain may do, and what it returns. Most hooks return
/// nearly what they got, or nothing would ever be let through.
fn step() -> impl Strategy<Value = (HookSpec, Enrollment, Vec<bool>)> {
    (
        grants(),
        enrollment(),
        prop::collection::vec(prop::bool::weighted(0.25), 6),
    )
}

/// `from` with the parts of `other` that `taken` says.
fn mixed(from: &Enrollment, other: Enrollment, taken: &[bool]) -> Enrollment {
    let mut mixed = from.clone();
    let takes = |part: usize| taken.get(part).copied().unwrap_or_default();
    if takes(0) {
        mixed.node = other.node;
    } else if let Some((key, value)) = other.node.into_iter().next() {
        mixed.node.insert(key, value);
    }
    if takes(1) {
        mixed.ports = other.ports;
    }
    if takes(2) {
        mixed.portgroups = other.portgroups;
    }
    if takes(3) {
        mixed.traits = other.traits;
    }
    if takes(4) {
        mixed.credentials = other.credentials;
    }
    if takes(5) {
        mixed.extension = other.extension;
    }
    mixed
}

/// Every value that is no object, by its pointer.
fn values(enrollment: &Enrollment) -> BTreeMap<String, Value> {
    fn collect(at: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(object) => {
                for (key, inner) in object {
                    collect(&child(at, key), inner, found);
                }
            }
            // The view has null where there is nothing.
            Value::Null if matches!(at, "/credentials" | "/extension") => {}
            value => {
                found.insert(at.to_owned(), value.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect("", &view(enrollment), &mut found);
    found
}

/// Where there is an empty object in the one and no object in the other.
fn empties(one: &Enrollment, other: &Enrollment) -> Vec<String> {
    fn collect(at: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            // None and an empty one are the same there.
            Value::Object(object) if object.is_empty() && at != "/extension" => {
                found.push(at.to_owned());
            }
            Value::Object(object) => {
                for (key, inner) in object {
                    collect(&child(at, key), inner, found);
                }
            }
            _ => {}
        }
    }
    let (one, other) = (view(one), view(other));
    let mut found = Vec::new();
    collect("", &one, &mut found);
    found.retain(|pointer| !other.pointer(pointer).is_some_and(Value::is_object));
    found
}

/// Whether `pattern` matches `pointer` or what it stands in, told another way:
/// as a text, character by character.
fn covers(pattern: &str, pointer: &str) -> bool {
    fn matches(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => matches!(text, [] | ['/', ..]),
            ['/', '*', '*', rest @ ..] => (0..=text.len())
                .filter(|at| matches!(text.get(*at), None | Some('/')))
                .any(|at| matches(rest, text.get(at..).unwrap_or_default())),
            ['*', rest @ ..] => {
                let end = text.iter().position(|c| *c == '/').unwrap_or(text.len());
                (0..=end).any(|at| matches(rest, text.get(at..).unwrap_or_default()))
            }
            [c, rest @ ..] => text
                .split_first()
                .is_some_and(|(first, text)| first == c && matches(rest, text)),
        }
    }
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    matches(&chars(pattern), &chars(pointer))
}

/// What is wrong with `spec` having changed the value at `pointer` to `to`.
fn wrong(
    spec: &HookSpec,
    pointer: &str,
    to: Option<&Value>,
    by: Option<&String>,
) -> Option<String> {
    let writes: Option<Vec<String>> = spec
        .writes
        .as_ref()
        .map(|all| all.iter().map(ToString::to_string).collect());
    let below = |key: &str| pointer == key || pointer.starts_with(&format!("{key}/"));
    if let Some(key) = PROTECTED.into_iter().find(|key| below(key))
        && !writes.iter().flatten().any(|pattern| pattern == key)
    {
        return Some(format!("`{key}` is protected"));
    }
    if let Some(other) = by
        && *other != spec.name
        && !spec.overrides.contains(other)
    {
        return Some(format!("`{other}` set it"));
    }
    if pointer == "/credentials"
        && let Some(name) = to.and_then(Value::as_str)
    {
        let listed = spec.credentials.iter().any(|listed| listed == name);
        return (!listed).then(|| "it is not listed".into());
    }
    let all = writes?;
    let covered = all.iter().any(|pattern| covers(pattern, pointer));
    (!covered).then(|| "it is not granted".into())
}

/// Runs the hooks one after another, and judges what each was let do.
fn keeps_to_grants<H: FnOnce(&Enrollment) -> Enrollment>(
    start: Enrollment,
    steps: impl IntoIterator<Item = (HookSpec, H)>,
) -> TestCaseResult {
    let mut enrollment = start;
    let mut ledger = Ledger::default();
    let mut authors: BTreeMap<String, String> = BTreeMap::new();
    for (spec, hook) in steps {
        let name = spec.name.clone();
        let after = hook(&enrollment);
        let differences = leaves(&enrollment, &after);
        let (was, is) = (values(&enrollment), values(&after));
        let changed = was
            .keys()
            .chain(is.keys())
            .filter(|key| was.get(*key) != is.get(*key));
        let changed: Vec<_> = changed.cloned().collect();
        let complaint = changed.iter().find_map(|pointer| {
            let wrong = wrong(&spec, pointer, is.get(pointer), authors.get(pointer))?;
            Some(format!("{pointer}: {wrong}"))
        });
        let refused = grant::check(&spec, &differences, ledger.authors());
        if let Err(refusal) = refused {
            prop_assert!(!refusal.pointer.is_empty() && !refusal.message.is_empty());
            continue;
        }
        prop_assert_eq!(complaint, None);
        // Every value that came, went or became another is in the books.
        for pointer in &changed {
            let told = differences.iter().any(|one| {
                *pointer == one.pointer || pointer.starts_with(&format!("{}/", one.pointer))
            });
            prop_assert!(told, "{} changed in silence", pointer);
        }
        let author = Author::Hook(name.as_str().into());
        ledger.enter(differences, &author, &Reasons::default());
        // Who does away with the whole, be it empty, or puts it there, is the author of
        // its parts: what another had removed from it before is no longer theirs.
        let (gone, new) = (empties(&enrollment, &after), empties(&after, &enrollment));
        for whole in changed.iter().chain(&gone).chain(&new) {
            authors.retain(|part, _| !part.starts_with(&format!("{whole}/")));
        }
        for pointer in changed {
            prop_assert_eq!(ledger.authors().author_of(&pointer), author.clone());
            authors.insert(pointer, name.clone());
        }
        enrollment = after;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_chain_writes_outside_its_grants(
        start in enrollment(),
        steps in prop::collection::vec(step(), HOOKS.len()),
    ) {
        let steps = steps.into_iter().zip(HOOKS).map(|((spec, other, taken), name)| {
            let spec = HookSpec { name: name.into(), ..spec };
            (spec, move |from: &Enrollment| mixed(from, other, &taken))
        });
        keeps_to_grants(start, steps)?;
    }

    #[test]
    fn patterns_cover_what_they_say(
        pattern in select(PATTERNS.to_vec()),
        pointer in prop::collection::vec(select(vec![
            "node", "ports", "traits", "name", "extra", "rack", "row", "bond0", "b/1", "a/b",
            "CUSTOM_SITE_A", "HW_X", "portgroups", "mode", "extension", "*", "**", "",
        ]), 0..5),
    ) {
        let pointer = pointer.iter().fold(String::new(), |at, segment| child(&at, segment));
        let parsed: crate::enrollment::Pattern = pattern.parse().unwrap();
        prop_assert_eq!(parsed.covers(&pointer), covers(pattern, &pointer), "{}", pointer);
        prop_assert!(segments(&pointer).count() < 5);
    }
}

/// What one hook took out of an object is its own until another does away with the
/// object, or puts it there: who may override that one may put it back.
#[test]
fn what_was_removed_from_what_is_gone_is_nobodys() {
    let rack = |rack: Value| -> Enrollment {
        serde_json::from_value(json!({"node": {"extra": {"rack": rack}}})).unwrap()
    };
    let spec = |name: &str, overrides: &[&str]| HookSpec {
        overrides: overrides.iter().map(|name| (*name).to_owned()).collect(),
        ..HookSpec::new(name, "site.wasm")
    };
    let nothing = || serde_json::from_value(json!({"node": {"extra": {}}})).unwrap();
    for (first, second) in [
        (rack(json!({})), rack(json!("a"))),
        (rack(json!({})), nothing()),
        (nothing(), rack(json!({}))),
    ] {
        let steps = [
            (spec("first", &[]), first),
            (spec("second", &["first"]), second),
            (spec("third", &["second"]), rack(json!({"row": 1}))),
        ];
        let steps = steps.map(|(spec, after)| (spec, |_: &Enrollment| after));
        keeps_to_grants(rack(json!({"row": 1})), steps).unwrap();
    }
}

/// The removal of a value is a write like any other.
#[test]
fn what_is_removed_is_written() {
    let full: Enrollment = serde_json::from_value(json!({
        "node": {"name": "a", "extra": {"rack": {"row": 1}}, "network_data": {}},
        "ports": [{"address": "aa:00:00:00:00:01", "extra": {}}, {}],
        "portgroups": [{"name": "bond0", "mode": "802.3ad"}, {}],
        "traits": ["HW_X"],
        "credentials": "rack-a",
        "extension": {"a": 1},
    }))
    .unwrap();
    let spec = HookSpec {
        writes: Some(Vec::new()),
        ..HookSpec::new("site", "site.wasm")
    };
    let without: [fn(&mut Enrollment); 10] = [
        |all| drop(all.node.remove("name")),
        |all| drop(all.node.remove("extra")),
        |all| drop(all.node.remove("network_data")),
        |all| drop(all.ports.remove(0)),
        |all| drop(all.ports.remove(1)),
        |all| drop(all.portgroups.remove(0)),
        |all| drop(all.portgroups.remove(1)),
        |all| all.traits.clear(),
        |all| all.credentials = None,
        |all| all.extension = None,
    ];
    for (number, remove) in without.into_iter().enumerate() {
        let mut after = full.clone();
        remove(&mut after);
        let differences = leaves(&full, &after);
        assert!(
            grant::check(&spec, &differences, &Authors::default()).is_err(),
            "{number}"
        );
        assert!(
            differences.iter().any(|one| one.to.is_none()),
            "{differences:?}"
        );
    }
}
