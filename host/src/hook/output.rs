//! What a hook returned, checked before anybody works with it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bindings::exports::valence::hooks::{about, review};
use super::bindings::valence::hooks::types::Enrollment as Raw;
use super::breach::Breach;
use super::call::{Judgement, LONGEST_TEXT};
use super::carried::Carried as _;
use super::spec::Limits;
use crate::enrollment::{Enrollment, Object, PROSE, Place, child};
use crate::text::{lower, tame};

/// What is wrong with the output of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// There is too much of it.
    TooMuch(Breach),
    /// It is not what the contract says.
    Bad {
        /// Where, in the canonical view.
        pointer: Option<String>,
        /// What is wrong.
        message: String,
    },
}

impl Flaw {
    fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Bad {
            pointer: Some(pointer.into()),
            message: message.into(),
        }
    }
}

/// `enrollment` as a guest is given it.
pub(super) fn to_guest(enrollment: &Enrollment) -> Raw {
    let text = |object: &Object| serde_json::to_string(object).unwrap_or_default();
    Raw {
        node: text(&enrollment.node),
        portgroups: enrollment.portgroups.iter().map(text).collect(),
        ports: enrollment.ports.iter().map(text).collect(),
        traits: enrollment.traits.iter().cloned().collect(),
        credentials: enrollment.credentials.clone(),
        extension: enrollment.extension.as_ref().map(text),
    }
}

/// What a guest was given, as text and as what the text says: most of it comes back
/// as it was, and need be neither parsed nor checked again.
pub(super) struct Given<'a> {
    pub(super) raw: &'a Raw,
    pub(super) enrollment: &'a Enrollment,
}

/// What a guest gave back, if it keeps to the contract.
pub(super) fn from_guest(raw: Raw, given: &Given<'_>, limits: &Limits) -> Result<Enrollment, Flaw> {
    if raw.bytes() > limits.output {
        return Err(Flaw::TooMuch(Breach::output(limits)));
    }
    let (texts, own) = (given.raw, given.enrollment);
    let enrollment = Enrollment {
        node: match raw.node == texts.node {
            true => own.node.clone(),
            false => object("/node", &raw.node, limits)?,
        },
        portgroups: objects(
            "/portgroups",
            &raw.portgroups,
            (&texts.portgroups, &own.portgroups),
            limits,
        )?,
        ports: objects("/ports", &raw.ports, (&texts.ports, &own.ports), limits)?,
        traits: match raw.traits.iter().eq(own.traits.iter()) {
            true => own.traits.clone(),
            false => traits(raw.traits)?,
        },
        credentials: raw.credentials,
        extension: match raw.extension == texts.extension {
            true => own.extension.clone(),
            false => raw
                .extension
                .map(|text| object("/extension", &text, limits))
                .transpose()?,
        },
    };
    if let Some(name) = &enrollment.credentials {
        plain(Place::At("/credentials"), name)?;
    }
    distinct("/ports", "address", "mac address", &enrollment.ports)?;
    distinct("/portgroups", "name", "name", &enrollment.portgroups)?;
    Ok(enrollment)
}

/// Those of `texts` that stand where they stood and are as they were are taken
/// from what was given.
fn objects(
    parent: &str,
    texts: &[String],
    (given, own): (&[String], &[Object]),
    limits: &Limits,
) -> Result<Vec<Object>, Flaw> {
    if texts == given {
        return Ok(own.to_vec());
    }
    let one = |(place, text): (usize, &String)| match own.get(place) {
        Some(own) if given.get(place) == Some(text) => Ok(own.clone()),
        _ => object(&format!("{parent}/#{place}"), text, limits),
    };
    texts.iter().enumerate().map(one).collect()
}

/// More findings than anybody reads.
const MOST_FINDINGS: usize = 100;

/// What a reviewing guest found. Too much is refused, not cut: what is cut off
/// might have been what denies.
pub(super) fn findings(
    list: Vec<review::Finding>,
    limits: &Limits,
) -> Result<Vec<Judgement>, Flaw> {
    let number = list.len();
    if number > MOST_FINDINGS {
        return Err(Flaw::Bad {
            pointer: None,
            message: format!("it has {number} findings, and at most {MOST_FINDINGS} are taken"),
        });
    }
    if list.bytes() > limits.output {
        return Err(Flaw::TooMuch(Breach::output(limits)));
    }
    let judgement = |finding: review::Finding| Judgement {
        deny: matches!(finding.effect, review::Effect::Deny),
        message: tame(&finding.message, LONGEST_TEXT),
        pointer: finding.pointer.map(|pointer| tame(&pointer, 300)),
    };
    Ok(list.into_iter().map(judgement).collect())
}

/// Whether what a guest says of itself is not too much.
pub(super) fn about(raw: &about::Description, limits: &Limits) -> Result<(), Flaw> {
    let schema = raw.settings_schema.as_ref().map_or(0, String::len);
    if raw.name.len() + raw.version.len() + raw.summary.len() + schema > limits.output {
        return Err(Flaw::TooMuch(Breach::output(limits)));
    }
    Ok(())
}

fn object(pointer: &str, text: &str, limits: &Limits) -> Result<Object, Flaw> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Flaw::at(
            pointer,
            format!(
                "what it returned is no json: {}",
                tame(&error.to_string(), 200)
            ),
        )
    })?;
    let Value::Object(object) = value else {
        return Err(Flaw::at(pointer, "what it returned is no json object"));
    };
    walk(pointer, &object, 1, limits)?;
    Ok(object)
}

/// Each value inside an object is recorded with the keys of all that is around it:
/// one long key would be written down a thousand times.
pub(super) const LONGEST_POINTER: usize = 1024;

fn walk(pointer: &str, object: &Object, depth: usize, limits: &Limits) -> Result<(), Flaw> {
    let place = Place::At(pointer);
    for (key, inner) in object {
        plain(place, key)?;
        let lines = depth == 1 && (PROSE.contains(&key.as_str()) || pointer == "/extension");
        value(Place::Key(&place, key), inner, depth, lines, limits)?;
    }
    Ok(())
}

fn value(
    place: Place<'_>,
    value_: &Value,
    depth: usize,
    lines: bool,
    limits: &Limits,
) -> Result<(), Flaw> {
    if depth > limits.depth {
        return Err(Flaw::TooMuch(Breach::depth(limits)));
    }
    if place.longest() > LONGEST_POINTER && place.pointer().len() > LONGEST_POINTER {
        return Err(Flaw::at(
            tame(&place.pointer(), 200),
            format!("its pointer is longer than {LONGEST_POINTER} bytes: shorten the keys"),
        ));
    }
    match value_ {
        Value::String(text) if lines => characters(place, text, &['\n', '\t']),
        Value::String(text) => plain(place, text),
        Value::Array(values) => values.iter().enumerate().try_for_each(|(index, inner)| {
            value(Place::Index(&place, index), inner, depth + 1, lines, limits)
        }),
        Value::Object(object) => object.iter().try_for_each(|(key, inner)| {
            plain(place, key)?;
            value(Place::Key(&place, key), inner, depth + 1, lines, limits)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn plain(place: Place<'_>, text: &str) -> Result<(), Flaw> {
    characters(place, text, &[])
}

/// Control characters reach boot scripts and terminals; none belongs in a value.
fn characters(place: Place<'_>, text: &str, allowed: &[char]) -> Result<(), Flaw> {
    // Most text is plain ASCII, and told to be by its bytes alone.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(());
    }
    match text
        .chars()
        .find(|c| c.is_control() && !allowed.contains(c))
    {
        Some(c) => Err(Flaw::at(
            tame(&place.pointer(), 200),
            format!("it has the control character {}", c.escape_unicode()),
        )),
        None => Ok(()),
    }
}

fn traits(list: Vec<String>) -> Result<BTreeSet<String>, Flaw> {
    for name in &list {
        plain(Place::At("/traits"), name)?;
    }
    Ok(list.into_iter().collect())
}

/// Two ports of one MAC would be one to everything that goes by MACs.
fn distinct(parent: &str, key: &str, called: &str, objects: &[Object]) -> Result<(), Flaw> {
    let mut seen = BTreeSet::new();
    for name in objects
        .iter()
        .filter_map(|object| object.get(key)?.as_str())
    {
        let name = if key == "address" {
            lower(name.to_owned())
        } else {
            name.to_owned()
        };
        if seen.contains(&name) {
            let pointer = child(parent, &name);
            return Err(Flaw::at(pointer, format!("two have this {called}")));
        }
        seen.insert(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::limit_key::LimitKey;
    use super::*;
    use proptest::prelude::*;

    fn raw(node: &str) -> Raw {
        Raw {
            node: node.into(),
            portgroups: Vec::new(),
            ports: Vec::new(),
            traits: Vec::new(),
            credentials: None,
            extension: None,
        }
    }

    /// As if the guest had been given nothing.
    fn from_guest(raw: Raw, limits: &Limits) -> Result<Enrollment, Flaw> {
        let enrollment = Enrollment::default();
        let given = Given {
            raw: &to_guest(&enrollment),
            enrollment: &enrollment,
        };
        super::from_guest(raw, &given, limits)
    }

    fn pointer(raw: Raw) -> Option<String> {
        match from_guest(raw, &Limits::default()) {
            Err(Flaw::Bad { pointer, .. }) => pointer,
            _ => None,
        }
    }

    #[test]
    fn what_goes_to_a_guest_comes_back_as_it_was() {
        let enrollment: Enrollment = serde_json::from_value(serde_json::json!({
            "node": {"name": "a", "properties": {"cpus": 4}},
            "ports": [{"address": "aa:00:00:00:00:01"}],
            "portgroups": [{"name": "bond0"}],
            "traits": ["HW_X"],
            "credentials": "rack-a",
            "extension": {"later": [1, {"text": "two\nlines"}]},
        }))
        .unwrap();
        let back = from_guest(to_guest(&enrollment), &Limits::default());
        assert_eq!(back.as_ref(), Ok(&enrollment));
        let given = Given {
            raw: &to_guest(&enrollment),
            enrollment: &enrollment,
        };
        let back = super::from_guest(to_guest(&enrollment), &given, &Limits::default());
        assert_eq!(back, Ok(enrollment));
    }

    #[test]
    fn what_is_new_or_elsewhere_is_parsed_and_the_rest_taken_over() {
        let port = |address: &str| serde_json::json!({"address": address});
        let enrollment: Enrollment = serde_json::from_value(serde_json::json!({
            "node": {"name": "a"},
            "ports": [port("aa:00:00:00:00:01"), port("aa:00:00:00:00:02")],
        }))
        .unwrap();
        let texts = to_guest(&enrollment);
        let given = Given {
            raw: &texts,
            enrollment: &enrollment,
        };
        let mut back = to_guest(&enrollment);
        back.ports.swap(0, 1);
        back.ports.push(port("aa:00:00:00:00:03").to_string());
        back.traits.push("HW_X".into());
        let taken = super::from_guest(back, &given, &Limits::default()).unwrap();
        assert_eq!(
            serde_json::to_value(&taken).unwrap()["ports"],
            serde_json::json!([
                port("aa:00:00:00:00:02"),
                port("aa:00:00:00:00:01"),
                port("aa:00:00:00:00:03")
            ])
        );
        assert!(taken.traits.contains("HW_X"));
        let mut twice = to_guest(&enrollment);
        twice.ports[1] = twice.ports[0].clone();
        let flaw = super::from_guest(twice, &given, &Limits::default());
        assert!(matches!(flaw, Err(Flaw::Bad { .. })), "{flaw:?}");
    }

    #[test]
    fn what_is_no_object_is_refused_where_it_stands() {
        for (bad, place) in [
            (raw(""), "/node"),
            (raw("[]"), "/node"),
            (raw(r#"{"a": "\ud800"}"#), "/node"),
            (raw(r#"{"a": NaN}"#), "/node"),
            (raw(r#"{"a": {"b": "\u0000"}}"#), "/node/a/b"),
            (
                raw(r#"{"driver_info": {"kernel_append_params": "a\nb"}}"#),
                "/node/driver_info/kernel_append_params",
            ),
            (raw(r#"{"a\u001b": 1}"#), "/node"),
            (
                Raw {
                    ports: vec!["{}".into(), "7".into()],
                    ..raw("{}")
                },
                "/ports/#1",
            ),
            (
                Raw {
                    traits: vec!["A\u{7}".into()],
                    ..raw("{}")
                },
                "/traits",
            ),
            (
                Raw {
                    extension: Some("3".into()),
                    ..raw("{}")
                },
                "/extension",
            ),
            (
                Raw {
                    ports: vec![r#"{"address": "aa"}"#.into(), r#"{"address": "AA"}"#.into()],
                    ..raw("{}")
                },
                "/ports/aa",
            ),
        ] {
            let shown = format!("{bad:?}");
            assert_eq!(pointer(bad).as_deref(), Some(place), "{shown}");
        }
    }

    #[test]
    fn lines_may_be_broken_where_people_write() {
        let text =
            r#"{"description": "a\nb", "extra": {"note": ["a\tb"]}, "retired_reason": "a\nb"}"#;
        assert!(from_guest(raw(text), &Limits::default()).is_ok());
        let text = r#"{"network_data": {"links": ["a\nb"]}}"#;
        assert_eq!(
            pointer(raw(text)).as_deref(),
            Some("/node/network_data/links/0")
        );
    }

    #[test]
    fn depth_and_size_are_limits_with_a_name() {
        let limits = Limits {
            depth: 3,
            output: 100,
            ..Limits::default()
        };
        let key = |raw: Raw| match from_guest(raw, &limits) {
            Err(Flaw::TooMuch(breach)) => Some(breach.key),
            _ => None,
        };
        assert_eq!(key(raw(r#"{"a": {"b": [1]}}"#)), None);
        assert_eq!(
            key(raw(r#"{"a": {"b": {"c": [1]}}}"#)),
            Some(LimitKey::Depth)
        );
        assert_eq!(
            key(raw(&format!("{{\"a\": \"{}\"}}", "x".repeat(100)))),
            Some(LimitKey::Output)
        );
        assert_eq!(
            key(Raw {
                traits: vec![String::new(); 200],
                ..raw("{}")
            }),
            Some(LimitKey::Output)
        );
    }

    #[test]
    fn too_many_findings_are_refused_and_not_cut() {
        let list = |number: usize, length: usize| {
            let one = |place| review::Finding {
                effect: if place + 1 == number {
                    review::Effect::Deny
                } else {
                    review::Effect::Warn
                },
                message: "x".repeat(length),
                pointer: None,
            };
            (0..number).map(one).collect::<Vec<_>>()
        };
        let limits = Limits::default();
        let all = findings(list(100, 10), &limits);
        assert_eq!(all.map(|all| all.iter().any(|one| one.deny)), Ok(true));
        let too_many = findings(list(101, 10), &limits);
        assert!(matches!(too_many, Err(Flaw::Bad { .. })), "{too_many:?}");
        let too_long = findings(list(10, 30 << 10), &limits);
        assert!(
            matches!(&too_long, Err(Flaw::TooMuch(breach)) if breach.key == LimitKey::Output),
            "{too_long:?}"
        );
    }

    #[test]
    fn an_introduction_is_output_too() {
        let limits = Limits::default();
        let about_of = |length: usize| about::Description {
            name: "n".into(),
            version: "1".into(),
            summary: String::new(),
            settings_schema: Some("x".repeat(length)),
        };
        assert_eq!(about(&about_of(100 << 10), &limits), Ok(()));
        assert!(about(&about_of(300 << 10), &limits).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(node in ".*", port in "[\\[\\]{}\":,0-9a-z\\\\]*") {
            let _ = from_guest(Raw { ports: vec![port], ..raw(&node) }, &Limits::default());
        }
    }
}
