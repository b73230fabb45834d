//! What was registered, and what of it an update holds back from removal: ports and
//! properties that the machine told once, and does not tell on this read. Many BMCs
//! list no memory, and no MACs, until the host has been through its start.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::enrollment::{Author, Enrollment, Object, Reading, child, segments};
use crate::evaluate::Omission;
use crate::failure::Failure;
use crate::ironic::Deviation;
use crate::store::Registration;
use crate::text::tame;

use super::register::Prepared;
use super::{Registrar, record};

/// What was registered so far.
#[derive(Default)]
pub(super) struct SoFar {
    /// The newest first: what updates that failed half-way wanted is ours too, and
    /// so is what was held back.
    pub(super) enrollments: Vec<Enrollment>,
    /// Pointers of what the machine told, with where a port's MAC was read.
    told: BTreeMap<String, Option<Reading>>,
}

/// What stays in Ironic that an evaluation does not come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct HeldBack {
    enrollment: Enrollment,
    /// Where the MACs of its ports were read.
    #[serde(default)]
    reads: BTreeMap<String, Reading>,
}

impl Registrar {
    /// All that was registered with `last`.
    pub(super) async fn registered_so_far(&self, last: &Registration) -> Result<SoFar, Failure> {
        let mut so_far = SoFar::default();
        let mut held_back = so_far.add(&last.evaluation)?;
        for open in self.store.open_updates(last.id).await? {
            held_back.append(&mut so_far.add(&open.evaluation)?);
        }
        so_far.enrollments.append(&mut held_back);
        Ok(so_far)
    }
}

impl SoFar {
    /// Adds what is on record. Gives what was held back then.
    fn add(&mut self, written: &str) -> Result<Vec<Enrollment>, Failure> {
        let evaluation = record::evaluation(written)?;
        for change in &evaluation.changes {
            if change.by == Author::Seed
                && change.to.is_some()
                && let Some(pointer) = told(&change.pointer)
            {
                let read = change.reads.first().cloned();
                self.told.entry(pointer).or_insert(read);
            }
        }
        self.enrollments.push(evaluation.enrollment);
        let Some(held_back) = record::held_back(written)? else {
            return Ok(Vec::new());
        };
        for pointer in held_back.pointers() {
            let read = held_back.reads.get(&pointer).cloned();
            self.told.entry(pointer).or_insert(read);
        }
        Ok(vec![held_back.enrollment])
    }

    /// Pointers of what the machine does not tell now. What the request itself
    /// speaks of is wanted as it says.
    pub(super) fn untold(&self, prepared: &Prepared) -> Vec<String> {
        let evaluation = &prepared.evaluation;
        let left_out: Vec<_> = evaluation
            .findings
            .iter()
            .filter_map(|finding| Some((finding.pointer.as_deref()?, finding.left_out?)))
            .collect();
        let is_left_out = |pointer: &str, why: Omission| left_out.contains(&(pointer, why));
        let gives_a_port: BTreeSet<_> = evaluation
            .changes
            .iter()
            .filter(|change| change.by == Author::Seed && change.pointer.starts_with("/ports/"))
            .flat_map(|change| change.reads.iter())
            .map(|read| read.document.as_ref())
            .collect();
        let is_untold = |pointer: &str, read: Option<&Reading>| {
            if !pointer.starts_with("/ports/") {
                return is_left_out(pointer, Omission::Absent)
                    || is_left_out(pointer, Omission::Hygiene);
            }
            // The interface is listed still, and gives no port, this one or another: where
            // network adapters stand in for all of them, nothing is said of it.
            let is_silent = |read: &Reading| {
                prepared.snapshot.known(&read.document, "").is_some()
                    && !gives_a_port.contains(read.document.as_ref())
            };
            is_left_out("/ports", Omission::Absent) || read.is_some_and(is_silent)
        };
        let told = self.told.iter();
        let untold = told.filter(|(pointer, read)| is_untold(pointer, read.as_ref()));
        let mut untold: Vec<_> = untold.map(|(pointer, _)| pointer.clone()).collect();
        untold.extend(evaluation.unread().map(str::to_owned));
        untold.retain(|pointer| !speaks_of(&prepared.parameters, pointer));
        untold
    }

    /// Those of `deviations` that an update leaves as they are.
    pub(super) fn held_back(&self, deviations: &[Deviation]) -> HeldBack {
        let held = deviations.iter().filter(|one| one.is_held_back());
        let mut left: BTreeSet<_> = held.map(|one| one.pointer.clone()).collect();
        let read = |pointer: &String| Some((pointer.clone(), self.told.get(pointer)?.clone()?));
        let mut held_back = HeldBack {
            reads: left.iter().filter_map(read).collect(),
            ..HeldBack::default()
        };
        for enrollment in &self.enrollments {
            held_back.take(enrollment, &mut left);
        }
        held_back
    }
}

impl HeldBack {
    /// Takes of `enrollment` what is `left` to be taken.
    fn take(&mut self, enrollment: &Enrollment, left: &mut BTreeSet<String>) {
        let own = &mut self.enrollment;
        let ports = enrollment.ports.iter();
        own.ports
            .extend(ports.filter(|one| is_in(left, port(one))).cloned());
        let groups = enrollment.portgroups.iter();
        own.portgroups
            .extend(groups.filter(|one| is_in(left, group(one))).cloned());
        for (name, value) in properties(enrollment).into_iter().flatten() {
            if is_in(left, Some(property(name))) {
                let all = own.node.entry("properties");
                let all = all.or_insert_with(|| Value::Object(Object::new()));
                if let Some(all) = all.as_object_mut() {
                    all.insert(name.clone(), value.clone());
                }
            }
        }
    }

    /// Where it stands, in the canonical view.
    pub(super) fn pointers(&self) -> Vec<String> {
        let properties = properties(&self.enrollment).into_iter().flatten();
        let ports = self.enrollment.ports.iter().filter_map(|body| port(body));
        let groups = self
            .enrollment
            .portgroups
            .iter()
            .filter_map(|body| group(body));
        let properties = properties.map(|(name, _)| property(name));
        properties.chain(groups).chain(ports).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the caller is told of it.
    pub(super) fn warnings(&self) -> Vec<String> {
        let pointers = self.pointers().into_iter();
        let said = pointers.map(|pointer| {
            let how = match segments(&pointer).next().as_deref() {
                Some("node") => "set it in the body, to `null` if to nothing",
                _ => "send a body with the ports and port groups that it is to have",
            };
            let pointer = tame(&pointer, 200);
            format!(
                "`{pointer}` is left in ironic: the machine told it once and does not now; to have it out all the same, \
                 {how}, or take it out in ironic"
            )
        });
        said.collect()
    }
}

fn is_in(left: &mut BTreeSet<String>, pointer: Option<String>) -> bool {
    pointer.is_some_and(|pointer| left.remove(&pointer))
}

fn properties(enrollment: &Enrollment) -> Option<&Object> {
    enrollment.node.get("properties")?.as_object()
}

fn property(name: &str) -> String {
    child("/node/properties", name)
}

fn port(port: &Object) -> Option<String> {
    let mac = port.get("address")?.as_str()?;
    Some(child("/ports", &mac.to_lowercase()))
}

fn group(group: &Object) -> Option<String> {
    Some(child("/portgroups", group.get("name")?.as_str()?))
}

/// The port or property that a value of the draft at `pointer` is of.
fn told(pointer: &str) -> Option<String> {
    let all: Vec<_> = segments(pointer).collect();
    let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
    match all.as_slice() {
        ["node", "properties", name] => Some(property(name)),
        ["ports", mac, "address"] => Some(child("/ports", mac)),
        _ => None,
    }
}

fn speaks_of(body: &Object, pointer: &str) -> bool {
    let all: Vec<_> = segments(pointer).collect();
    let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
    match all.as_slice() {
        ["node", section, name] => body.get(*section).is_some_and(|of| of.get(name).is_some()),
        [section, ..] => body.contains_key(*section),
        [] => false,
    }
}
