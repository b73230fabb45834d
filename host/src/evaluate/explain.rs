//! Making the explanation of an evaluation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::authors::around;
use super::explanation::{Explained, Explanation, LeftOut, Read, Replaced, Set};
use super::outcome::{Evaluation, Omission};
use super::sources;
use crate::enrollment::{Author, Change, Reading, each_leaf, view};

/// Longer texts of documents are not repeated.
const LONGEST_READ: usize = 200;

/// Explains what `evaluation` came to. `known` gives the values that had been read,
/// as far as the documents are at hand.
pub fn explain(
    evaluation: &Evaluation,
    known: impl Fn(&str, &str) -> Option<Value>,
) -> Explanation {
    let explaining = Explaining::new(evaluation, &known);
    let view = view(&evaluation.enrollment);
    let mut fields = Vec::new();
    let mut field = |pointer: String, value: &Value| {
        fields.push(explaining.field(pointer, value));
    };
    for section in ["node", "portgroups", "ports", "traits", "extension"] {
        if let Some(Value::Object(object)) = view.get(section) {
            each_leaf(&format!("/{section}"), object, &mut field);
        }
    }
    if let Some(name @ Value::String(_)) = view.get("credentials") {
        field("/credentials".into(), name);
    }
    let mut left_out = explaining.untold(&view);
    left_out.extend(explaining.taken_out(&view));
    left_out.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Explanation { fields, left_out }
}

struct Explaining<'a> {
    evaluation: &'a Evaluation,
    /// By pointer, in the order in which they were made.
    changes: BTreeMap<&'a str, Vec<(usize, &'a Change)>>,
    digests: BTreeMap<&'a str, &'a str>,
    known: &'a dyn Fn(&str, &str) -> Option<Value>,
}

impl<'a> Explaining<'a> {
    fn new(evaluation: &'a Evaluation, known: &'a dyn Fn(&str, &str) -> Option<Value>) -> Self {
        let mut changes: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (place, change) in evaluation.changes.iter().enumerate() {
            let of_pointer = changes.entry(&change.pointer).or_default();
            of_pointer.push((place, &**change));
        }
        let digests = evaluation.hooks.iter();
        Self {
            evaluation,
            changes,
            digests: digests
                .map(|run| (run.name.as_str(), run.digest.as_str()))
                .collect(),
            known,
        }
    }

    fn field(&self, pointer: String, value: &Value) -> Explained {
        let mut values = self.history(&pointer);
        let last = values.pop();
        let set = match last {
            Some((change, _)) => self.set(&pointer, change),
            // A change is kept of everything that was ever set.
            None => Set {
                by: Author::Seed,
                digest: None,
                because: None,
                reads: Vec::new(),
                reads_left_out: 0,
            },
        };
        let replaced = values.into_iter().filter_map(|(change, value)| {
            Some(Replaced {
                value: value?.clone(),
                digest: self.digest(&change.by),
                because: because(&pointer, change),
                by: change.by.clone(),
            })
        });
        Explained {
            replaced: replaced.collect(),
            value: value.clone(),
            set,
            pointer,
        }
    }

    /// The changes that made the value at `pointer` another, each with what it was
    /// then.
    fn history(&self, pointer: &str) -> Vec<(&'a Change, Option<&'a Value>)> {
        let mut concerned: Vec<_> = around(pointer)
            .filter_map(|outer| self.changes.get(outer))
            .flatten()
            .copied()
            .collect();
        concerned.sort_by_key(|(place, _)| *place);
        let mut values: Vec<(&Change, Option<&Value>)> = Vec::new();
        for (_, change) in concerned {
            let within = pointer.get(change.pointer.len()..).unwrap_or_default();
            let value = change.to.as_ref().and_then(|to| to.pointer(within));
            if values.last().is_none_or(|(_, before)| *before != value) {
                values.push((change, value));
            }
        }
        values
    }

    fn set(&self, pointer: &str, change: &Change) -> Set {
        Set {
            by: change.by.clone(),
            digest: self.digest(&change.by),
            because: because(pointer, change),
            reads: change.reads.iter().map(|one| self.read(one)).collect(),
            reads_left_out: change.reads_left_out,
        }
    }

    fn read(&self, reading: &Reading) -> Read {
        let value = (self.known)(&reading.document, &reading.pointer);
        let is_short = |value: &Value| match value {
            Value::Object(_) | Value::Array(_) => false,
            Value::String(text) => text.len() <= LONGEST_READ,
            _ => true,
        };
        Read {
            document: reading.document.clone(),
            pointer: reading.pointer.clone().into_owned(),
            value: value.filter(is_short),
        }
    }

    fn digest(&self, by: &Author) -> Option<String> {
        match by {
            Author::Hook(name) => self.digests.get(&**name).map(|digest| (*digest).to_owned()),
            _ => None,
        }
    }

    /// What the built-in mapping did not come by, unless somebody else set it.
    fn untold(&self, view: &Value) -> Vec<LeftOut> {
        let is_there = |pointer: &str| match view.pointer(pointer) {
            None | Some(Value::Null) => false,
            Some(Value::Object(object)) => !object.is_empty(),
            Some(_) => true,
        };
        let findings = self.evaluation.findings.iter().filter_map(|finding| {
            let kind = finding
                .left_out
                .filter(|kind| *kind != Omission::ApiVersion)?;
            let pointer = finding.pointer.as_deref()?;
            // That there are other ports does not bring this one back.
            let is_part = kind == Omission::Hygiene && pointer == "/ports";
            (is_part || !is_there(pointer)).then(|| LeftOut {
                pointer: pointer.to_owned(),
                kind,
                value: None,
                by: Author::Seed,
                digest: None,
                because: Some(finding.message.clone()),
            })
        });
        findings.collect()
    }

    /// What was there once and is not any more.
    fn taken_out(&self, view: &Value) -> Vec<LeftOut> {
        let gone = self.changes.iter().filter_map(|(pointer, changes)| {
            let (_, last) = changes.last()?;
            // In older records a removal is written as null.
            let is_removal = matches!(last.to, None | Some(Value::Null));
            let is_gone = is_removal && view.pointer(pointer).is_none();
            is_gone.then(|| LeftOut {
                pointer: (*pointer).to_owned(),
                kind: match last.by {
                    Author::ApiVersion => Omission::ApiVersion,
                    _ => Omission::Removed,
                },
                value: last.from.clone(),
                by: last.by.clone(),
                digest: self.digest(&last.by),
                because: last.because.clone(),
            })
        });
        gone.collect()
    }
}

fn because(pointer: &str, change: &Change) -> Option<String> {
    match (&change.because, &change.by) {
        (Some(because), _) => Some(because.clone()),
        (None, Author::Seed) => sources::how(pointer).map(str::to_owned),
        (None, _) => None,
    }
}

#[cfg(test)]
#[path = "explain/tests.rs"]
mod tests;
