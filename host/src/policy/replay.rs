//! What a replay came to: the same changes of many nodes, told once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::enrollment::{Author, field};
use crate::registration::{Deviation, Refusal, Replayed, Verdict, Warning};

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayReport {
    /// How many decisions came to what.
    pub outcomes: Outcomes,
    /// The fields that would change, those of most nodes first.
    pub fields: Vec<FieldChange>,
    /// Nodes that were enrolled and would be refused.
    pub refused: Vec<RefusalGroup>,
    /// Nodes that were refused and would be enrolled, by how they were refused.
    pub admitted: Vec<RefusalGroup>,
    /// Nodes that would be refused otherwise than they were, by how they would be.
    pub refused_otherwise: Vec<RefusalGroup>,
    /// What review hooks would warn of, and did not, by the hooks.
    pub newly_warned: Vec<WarningGroup>,
    /// What they warned of, and would not.
    pub no_longer_warned: Vec<WarningGroup>,
    /// Nodes of which nobody knows, by the reason.
    pub undecidable: BTreeMap<String, Vec<String>>,
}

/// How many decisions came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// All.
    pub replayed: usize,
    /// Nothing would change.
    pub same: usize,
    /// Enrolled with other values.
    pub changed: usize,
    /// Denied by a hook, and were enrolled.
    pub denied: usize,
    /// Failed, and were enrolled.
    pub failed: usize,
    /// Enrolled, and were refused.
    pub admitted: usize,
    /// Refused in another way.
    pub refused_otherwise: usize,
    /// Enrolled now as then, with a warning of a review hook that there was not.
    pub newly_warned: usize,
    /// The same, with a warning less.
    pub no_longer_warned: usize,
    /// Something is read that is not on record.
    pub undecidable: usize,
}

/// A field that would change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field's pointer, with `*` for any port or port group.
    pub field: String,
    /// Who would set it, or take it out; none if nobody would set it any more.
    pub by: Option<Author>,
    /// Who did.
    pub was_by: Option<Author>,
    /// Of how many nodes.
    pub nodes: usize,
    /// From what to what, that of most nodes first.
    pub values: Vec<ValueChange>,
}

/// A change of a value, with the nodes that it is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueChange {
    /// The value then; none where there was none.
    pub from: Option<Value>,
    /// The value now; none where there would be none.
    pub to: Option<Value>,
    /// The names of the nodes, in the order of the decisions.
    pub nodes: Vec<String>,
}

/// Refusals of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RefusalGroup {
    /// The code of the failure.
    pub outcome: String,
    /// The hook that it is by.
    pub hook: Option<String>,
    /// Of how many nodes.
    pub nodes: usize,
    /// In words, each with the names of the nodes.
    pub details: BTreeMap<String, Vec<String>>,
}

/// Warnings of one hook.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WarningGroup {
    /// The hook.
    pub hook: String,
    /// Of how many nodes.
    pub nodes: usize,
    /// In words, each with the names of the nodes.
    pub details: BTreeMap<String, Vec<String>>,
}

type Fields<'a> = BTreeMap<(String, Option<&'a Author>, Option<&'a Author>), Values<'a>>;
/// By the texts of both values.
type Values<'a> = BTreeMap<(String, String), (&'a Deviation, Vec<String>)>;
type Warnings<'a> = BTreeMap<&'a str, BTreeMap<String, Vec<String>>>;
type Refusals<'a> = BTreeMap<(&'a str, Option<&'a str>), BTreeMap<String, Vec<String>>>;

impl ReplayReport {
    /// The report on `all`.
    pub fn of(all: &[Replayed]) -> Self {
        let mut outcomes = Outcomes {
            replayed: all.len(),
            ..Outcomes::default()
        };
        let mut fields = Fields::new();
        let [mut refused, mut admitted, mut otherwise] = [(); 3].map(|()| Refusals::new());
        let [mut warned, mut unwarned] = [(); 2].map(|()| Warnings::new());
        let mut undecidable: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in all {
            let name = &one.name;
            outcomes.newly_warned += usize::from(!one.warnings.new.is_empty());
            outcomes.no_longer_warned += usize::from(!one.warnings.gone.is_empty());
            warn(&mut warned, &one.warnings.new, name);
            warn(&mut unwarned, &one.warnings.gone, name);
            match &one.verdict {
                Verdict::Same => outcomes.same += usize::from(one.is_same()),
                Verdict::Changed(deviations) => {
                    outcomes.changed += 1;
                    deviations
                        .iter()
                        .for_each(|one| add(&mut fields, one, name));
                }
                Verdict::Refused(now) => {
                    match now.is_denial() {
                        true => outcomes.denied += 1,
                        false => outcomes.failed += 1,
                    }
                    refuse(&mut refused, now, name);
                }
                Verdict::Admitted(was) => {
                    outcomes.admitted += 1;
                    refuse(&mut admitted, was, name);
                }
                Verdict::RefusedOtherwise { now, .. } => {
                    outcomes.refused_otherwise += 1;
                    refuse(&mut otherwise, now, name);
                }
                Verdict::Undecidable(why) => {
                    outcomes.undecidable += 1;
                    undecidable
                        .entry(why.clone())
                        .or_default()
                        .push(name.clone());
                }
            }
        }
        Self {
            outcomes,
            fields: sorted(fields),
            refused: grouped(refused),
            admitted: grouped(admitted),
            refused_otherwise: grouped(otherwise),
            newly_warned: warnings(warned),
            no_longer_warned: warnings(unwarned),
            undecidable,
        }
    }
}

impl Outcomes {
    /// Whether anything would be other than it was.
    pub fn differ(&self) -> bool {
        self.replayed > self.same + self.undecidable
    }
}

fn add<'a>(fields: &mut Fields<'a>, one: &'a Deviation, name: &str) {
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let key = (
        field(&one.pointer).into_owned(),
        one.by.as_ref(),
        one.was_by.as_ref(),
    );
    let values = fields.entry(key).or_default();
    let (_, nodes) = values
        .entry((text(&one.from), text(&one.to)))
        .or_insert_with(|| (one, Vec::new()));
    // Several ports of one node may change alike.
    if nodes.last().is_none_or(|last| last != name) {
        nodes.push(name.to_owned());
    }
}

fn refuse<'a>(refusals: &mut Refusals<'a>, one: &'a Refusal, name: &str) {
    let details = refusals
        .entry((&one.outcome, one.hook.as_deref()))
        .or_default();
    let nodes = details.entry(one.detail.clone()).or_default();
    nodes.push(name.to_owned());
}

fn warn<'a>(groups: &mut Warnings<'a>, some: &'a [Warning], name: &str) {
    for one in some {
        let details = groups.entry(&one.hook).or_default();
        let nodes = details.entry(one.to_string()).or_default();
        nodes.push(name.to_owned());
    }
}

fn warnings(groups: Warnings<'_>) -> Vec<WarningGroup> {
    let mut all: Vec<_> = groups
        .into_iter()
        .map(|(hook, details)| {
            let names: BTreeSet<_> = details.values().flatten().collect();
            WarningGroup {
                hook: hook.to_owned(),
                nodes: names.len(),
                details,
            }
        })
        .collect();
    all.sort_by_key(|group| std::cmp::Reverse(group.nodes));
    all
}

fn sorted(fields: Fields<'_>) -> Vec<FieldChange> {
    let mut all: Vec<_> = fields
        .into_iter()
        .map(|((field, by, was_by), values)| {
            let mut values: Vec<_> = values
                .into_values()
                .map(|(one, nodes)| ValueChange {
                    from: one.from.clone(),
                    to: one.to.clone(),
                    nodes,
                })
                .collect();
            values.sort_by_key(|value| std::cmp::Reverse(value.nodes.len()));
            let names = values.iter().flat_map(|value| &value.nodes);
            let nodes: BTreeSet<_> = names.collect();
            FieldChange {
                field,
                by: by.cloned(),
                was_by: was_by.cloned(),
                nodes: nodes.len(),
                values,
            }
        })
        .collect();
    all.sort_by_key(|field| std::cmp::Reverse(field.nodes));
    all
}

fn grouped(refusals: Refusals<'_>) -> Vec<RefusalGroup> {
    let mut all: Vec<_> = refusals
        .into_iter()
        .map(|((outcome, hook), details)| RefusalGroup {
            outcome: outcome.to_owned(),
            hook: hook.map(str::to_owned),
            nodes: details.values().map(Vec::len).sum(),
            details,
        })
        .collect();
    all.sort_by_key(|group| std::cmp::Reverse(group.nodes));
    all
}

#[cfg(test)]
#[path = "replay/tests.rs"]
mod tests;
