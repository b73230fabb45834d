//! What a hook returned, checked before anybody works with it.

mod numbers;
mod values;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::bindings::exports::valence::hooks::{about, review};
use super::bindings::valence::hooks::types::Enrollment as Raw;
use super::breach::Breach;
use super::call::{Judgement, LONGEST_TEXT};
use super::carried::Carried as _;
use super::spec::Limits;
use crate::enrollment::{Body, Enrollment, Key, Object, Place, port_key, portgroup_key};
use crate::text::tame;

use values::{check, distinct, parsed, plain, traits};

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
    let texts = |bodies: &[Body]| bodies.iter().map(|body| text(body)).collect();
    Raw {
        node: text(&enrollment.node),
        portgroups: texts(&enrollment.portgroups),
        ports: texts(&enrollment.ports),
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
            false => handed_on(
                "/node",
                parsed("/node", &raw.node, limits)?,
                Some(&own.node),
                limits,
            )?,
        },
        portgroups: objects(
            "/portgroups",
            &raw.portgroups,
            (&texts.portgroups, &own.portgroups),
            portgroup_key,
            limits,
        )?,
        ports: objects(
            "/ports",
            &raw.ports,
            (&texts.ports, &own.ports),
            port_key,
            limits,
        )?,
        traits: match raw.traits.iter().eq(own.traits.iter()) {
            true => own.traits.clone(),
            false => traits(raw.traits, &own.traits)?,
        },
        credentials: raw.credentials,
        extension: match raw.extension == texts.extension {
            true => own.extension.clone(),
            false => raw
                .extension
                .map(|text| {
                    let extension = parsed("/extension", &text, limits)?;
                    handed_on("/extension", extension, own.extension.as_ref(), limits)
                })
                .transpose()?,
        },
    };
    if let Some(name) = &enrollment.credentials {
        plain(Place::At("/credentials"), name)?;
    }
    if raw.ports != texts.ports {
        distinct("/ports", "address", "mac address", &enrollment.ports)?;
    }
    if raw.portgroups != texts.portgroups {
        distinct("/portgroups", "name", "name", &enrollment.portgroups)?;
    }
    Ok(enrollment.in_order())
}

/// Those of `texts` that stand where they stood and are as they were are taken
/// from what was given.
fn objects(
    parent: &str,
    texts: &[String],
    (given, own): (&[String], &[Body]),
    key: Key,
    limits: &Limits,
) -> Result<Vec<Body>, Flaw> {
    if texts == given {
        return Ok(own.to_vec());
    }
    let by_key: BTreeMap<Cow<'_, str>, &Body> = own
        .iter()
        .enumerate()
        .map(|(place, own)| (key(own, place), own))
        .collect();
    let one = |(place, text): (usize, &String)| match own.get(place) {
        Some(own) if given.get(place) == Some(text) => Ok(own.clone()),
        _ => {
            let pointer = format!("{parent}/#{place}");
            let object = parsed(&pointer, text, limits)?;
            let own = by_key.get(&*key(&object, place)).map(|own| &***own);
            handed_on(&pointer, object, own, limits).map(Body::from)
        }
    };
    texts.iter().enumerate().map(one).collect()
}

/// `object` with the numbers of what was given as they were, if all that is otherwise
/// may be so.
fn handed_on(
    pointer: &str,
    mut object: Object,
    given: Option<&Object>,
    limits: &Limits,
) -> Result<Object, Flaw> {
    check(pointer, &object, given, limits)?;
    if let Some(given) = given {
        numbers::keep(&mut object, given);
    }
    Ok(object)
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

#[cfg(test)]
mod tests;
