//! Whatever a hook hands over: it is refused with the field named, or it is an
//! enrollment that Ironic's rules let through and that stays what it is.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use serde_json::{Map, Value, json};

use super::authors::Authors;
use super::grant;
use super::ledger::{Ledger, Reasons, leaves};
use super::{Rejection, canonical};
use crate::enrollment::{Author, Enrollment, PROSE, misplaced, view};
use crate::fuzz::fuzz;
use crate::hook::testing::Returned;
use crate::hook::{CallError, HookSpec};
use crate::rules::{self, IronicProfile};

const KEYS: [&str; 34] = [
    "name",
    "driver",
    "driver_info",
    "properties",
    "extra",
    "uuid",
    "owner",
    "resource_class",
    "conductor_group",
    "network_data",
    "description",
    "capabilities",
    "boot_interface",
    "valence",
    "redfish_address",
    "redfish_verify_ca",
    "address",
    "pxe_enabled",
    "local_link_connection",
    "switch_id",
    "port_id",
    "portgroup",
    "physical_network",
    "mode",
    "is_smartnic",
    "category",
    "automated_clean",
    "root_device",
    "cpus",
    "memory_mb",
    "instance_info",
    "retired",
    "links",
    "",
];

const WORDS: [&str; 24] = [
    "redfish",
    "rack-1",
    "Dell Inc._AN3Z23A",
    "aa:00:00:00:00:01",
    "AA:00:00:00:00:02",
    "01:00:5e:00:00:01",
    "00:00:00:00:00:00",
    "ff:ff",
    "bond0",
    "802.3ad",
    "CUSTOM_A",
    "CUSTOM_SYS-421GE+",
    "HW_CPU_X86_AVX2",
    "file:///etc/passwd",
    "https://bmc.invalid",
    "******",
    "true",
    "boot_mode:uefi,secure_boot:true",
    "a\nb",
    "\u{1b}[31m",
    "\u{202e}x",
    "é",
    "..",
    "",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(WORDS.to_vec()).prop_map(str::to_owned),
        1 => ".{0,20}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![9 => select(KEYS.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object_of(base: Value) -> impl Strategy<Value = String> {
    prop::collection::vec((key(), json_value()), 0..4).prop_map(move |more| {
        let mut object: Map<String, Value> = base.as_object().cloned().unwrap_or_default();
        object.extend(more);
        Value::Object(object).to_string()
    })
}

/// Mostly an object with some keys changed, at times any JSON, at times no JSON.
fn text(base: Value) -> impl Strategy<Value = String> {
    prop_oneof![
        12 => object_of(base),
        1 => json_value().prop_map(|value| value.to_string()),
        1 => "[\\[\\]{}\":,0-9a-z\\\\.eE+-]{0,30}",
        1 => ".{0,20}",
        1 => (1_usize..200).prop_map(|deep| format!("{{\"a\":{}1{}}}", "[".repeat(deep), "]".repeat(deep))),
    ]
}

fn returned() -> impl Strategy<Value = Returned> {
    let mac = select(vec![
        "aa:00:00:00:00:01",
        "AA:00:00:00:00:01",
        "aa:00:00:00:00:02",
        "x",
    ]);
    let port = mac.prop_flat_map(|mac| text(json!({"address": mac})));
    let group = select(vec!["bond0", "b 1"]).prop_flat_map(|name| text(json!({"name": name})));
    (
        text(drafted().node.into()),
        prop::collection::vec(group, 0..3),
        prop::collection::vec(port, 0..4),
        prop::collection::vec(word(), 0..5),
        prop::option::weighted(0.2, word()),
        prop::option::weighted(0.2, text(json!({}))),
        any::<[bool; 4]>(),
    )
        .prop_map(
            |(node, portgroups, mut ports, traits, credentials, extension, keeps)| {
                // Most hooks give most of it back as they got it.
                let given = Returned::unchanged(&drafted());
                let [keeps_node, keeps_ports, keeps_traits, keeps_extension] = keeps;
                if keeps_ports {
                    ports.splice(..ports.len().min(1), given.ports);
                }
                Returned {
                    node: if keeps_node { given.node } else { node },
                    portgroups,
                    ports,
                    traits: if keeps_traits { given.traits } else { traits },
                    credentials,
                    extension: match keeps_extension {
                        true => given.extension,
                        false => extension,
                    },
                }
            },
        )
}

/// What the hook was given.
fn drafted() -> Enrollment {
    serde_json::from_value(json!({
        "node": {
            "name": "rack-a-1",
            "driver": "redfish",
            "driver_info": {"redfish_address": "https://bmc.invalid", "redfish_system_id": "/redfish/v1/Systems/1"},
            "properties": {"cpus": 4, "vendor": "Dell"},
        },
        "ports": [{"address": "aa:00:00:00:00:01"}, {"address": "aa:00:00:00:00:02"}],
        "traits": ["CUSTOM_A"],
        "extension": {"later": "two\nlines"},
    }))
    .unwrap()
}

fn is_tame(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

/// Whether a character stands where it may not.
fn has_controls(enrollment: &Enrollment) -> bool {
    fn within(value: &Value, prose: bool) -> bool {
        match value {
            Value::String(text) => misplaced(text, prose).is_some(),
            Value::Array(values) => values.iter().any(|value| within(value, prose)),
            Value::Object(object) => object
                .iter()
                .any(|(key, value)| misplaced(key, false).is_some() || within(value, prose)),
            _ => false,
        }
    }
    let Enrollment {
        node,
        ports,
        portgroups,
        traits,
        ..
    } = enrollment;
    let bodies = ports.iter().chain(portgroups).map(|body| &**body);
    let mut fields = std::iter::once(node).chain(bodies).flatten();
    fields.any(|(key, value)| {
        misplaced(key, false).is_some() || within(value, PROSE.contains(&key.as_str()))
    }) || traits.iter().any(|name| misplaced(name, false).is_some())
}

fn judge(returned: Returned) -> TestCaseResult {
    let spec = HookSpec {
        credentials: vec!["rack-1".into()],
        ..HookSpec::new("site", "site.wasm")
    };
    // What comes back as it was given is taken over, and that makes no difference.
    let taken = returned.clone().taken_from(&drafted(), &spec.limits);
    prop_assert_eq!(&returned.taken(&spec.limits), &taken);
    let after = match taken {
        Ok(after) => after,
        Err(CallError::Limit(breach)) => {
            prop_assert!(is_tame(&breach.to_string()));
            return Ok(());
        }
        Err(CallError::BadOutput { pointer, message }) => {
            prop_assert!(is_tame(&message), "{:?}", message);
            prop_assert!(
                pointer.is_some_and(|pointer| pointer.starts_with('/')),
                "{}",
                message
            );
            return Ok(());
        }
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    };
    prop_assert!(!has_controls(&after), "{:?}", after);
    // What was taken can be handed to the next hook, and comes back the same.
    let again = Returned::unchanged(&after).taken(&spec.limits);
    prop_assert_eq!(again.as_ref(), Ok(&after));
    let before = drafted();
    let differences = leaves(&before, &after);
    if let Err(refusal) = grant::check(&spec, &differences, &Authors::default()) {
        prop_assert!(is_tame(&refusal.message), "{:?}", refusal.message);
        prop_assert!(refusal.pointer.starts_with('/'));
        return Ok(());
    }
    // Nothing else than what is in the books has changed.
    if differences.is_empty() {
        prop_assert_eq!(sorted(&view(&before)), sorted(&view(&after)));
    }
    let mut ledger = Ledger::default();
    let author = Author::Hook("site".into());
    ledger.enter(differences, &author, &Reasons::default());
    let profile = IronicProfile::default();
    let violations: Vec<_> = rules::check(&after, profile)
        .into_iter()
        .map(|violation| {
            let author = ledger.authors().author_of(&violation.pointer);
            (violation, author)
        })
        .collect();
    if !violations.is_empty() {
        let failure = Rejection::Invalid(violations).into_failure();
        prop_assert!(is_tame(&failure.detail), "{:?}", failure.detail);
        prop_assert!(failure.field.is_some_and(|field| field.starts_with('/')));
        prop_assert_eq!(failure.hook.as_deref(), Some("site"), "{}", failure.detail);
        return Ok(());
    }
    let text = serde_json::to_string(&after).unwrap();
    let back: Enrollment = serde_json::from_str(&text).unwrap();
    prop_assert_eq!(canonical(&back), canonical(&after));
    prop_assert!(rules::check(&back, profile).is_empty());
    Ok(())
}

fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

#[test]
fn whatever_a_hook_returns_is_refused_by_its_field_or_can_be_enrolled() {
    fuzz(file!(), returned(), judge);
}
