//! Three sides of a node, value by value: what was registered, what is wanted
//! now, and what Ironic has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::uuids::{port_uuid, portgroup_uuid};
use super::whole::{Whole, uuid_of};
use crate::enrollment::{Enrollment, child, each_leaf, segments, view};
use crate::secret::{Credentials, MASK};

/// On which side a value changed since it was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The evaluation comes to another value now.
    Policy,
    /// Ironic has another value.
    Ironic,
    /// Both have changed.
    Both,
    /// Ironic has lost it.
    Missing,
}

/// What would make Ironic have what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mend {
    /// It has it, or what it has is not ours.
    Nothing,
    /// The wanted value is to be written.
    Set,
    /// The value is to go.
    Remove,
    /// It would be to go, had the machine been asked and said so.
    HoldBack,
}

/// A value that is not the same on all three sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// Where, in the canonical view. A port or port group that one side lacks is
    /// one value.
    pub pointer: String,
    /// On which side it changed.
    pub side: Side,
    /// As it was registered.
    pub registered: Option<Value>,
    /// As it is wanted now.
    pub wanted: Option<Value>,
    /// As Ironic has it.
    pub ironic: Option<Value>,
    pub(super) mend: Mend,
}

impl Deviation {
    /// Whether an update writes it.
    pub fn is_written(&self) -> bool {
        matches!(self.mend, Mend::Set | Mend::Remove)
    }

    /// Whether an update leaves it only because the machine did not tell it.
    pub fn is_held_back(&self) -> bool {
        self.mend == Mend::HoldBack
    }
}

/// The credentials as far as they can be compared.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// Those that go with the enrollment now.
    pub now: Option<&'a Credentials>,
    /// Whether there were any when it was registered.
    pub before: bool,
    /// Whether they are others than were registered.
    pub changed: bool,
}

/// What is to be compared with Ironic.
#[derive(Clone)]
pub struct Sides<'a> {
    /// What was registered, the newest first: after a failed update, what that
    /// wanted is ours too. None of an adopted node's.
    pub registered: &'a [Enrollment],
    /// What is wanted.
    pub wanted: &'a Enrollment,
    /// Pointers of what the machine did not tell: that it is not wanted says nothing.
    pub untold: &'a [String],
    /// The credentials.
    pub login: Login<'a>,
}

/// What is not the same on all sides, sorted by pointer.
pub fn compare(sides: Sides<'_>, found: &Whole) -> Vec<Deviation> {
    let registered: Vec<_> = sides.registered.iter().map(values).collect();
    let wanted = values(sides.wanted);
    let all: BTreeSet<&String> = registered
        .iter()
        .flat_map(BTreeMap::keys)
        .chain(wanted.keys())
        .collect();
    let is_untold = |pointer: &str| {
        let mut untold = sides.untold.iter();
        untold.any(|untold| is_at_or_within(pointer, untold))
    };
    let values = all.into_iter().filter_map(|pointer| {
        if is_within_absent(pointer, &wanted, found) {
            return None;
        }
        value(pointer, &registered, &wanted, found)
    });
    let mut deviations: Vec<_> = members(&registered, &wanted, found)
        .into_iter()
        .chain(values)
        .filter_map(|mut deviation| {
            if deviation.wanted.is_some() || !is_untold(&deviation.pointer) {
                return Some(deviation);
            }
            // Of what would not be written anyway there is nothing to say.
            if deviation.mend != Mend::Remove {
                return None;
            }
            deviation.mend = Mend::HoldBack;
            Some(deviation)
        })
        .chain(login(sides.login, found))
        .collect();
    hold_back_groups(&mut deviations);
    deviations.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    deviations
}

type Values = BTreeMap<String, Value>;

const USERNAME: &str = "/node/driver_info/redfish_username";
const PASSWORD: &str = "/node/driver_info/redfish_password";

/// What is put into a request whatever the enrollment says.
const PUT_IN: [&str; 4] = [USERNAME, PASSWORD, "/node/uuid", "/node/extra/valence"];

/// The values of an enrollment that Ironic is given, by pointer.
fn values(enrollment: &Enrollment) -> Values {
    let mut values = Values::new();
    let view = view(enrollment);
    for section in ["node", "ports", "portgroups", "traits"] {
        if let Some(object) = view.get(section).and_then(Value::as_object) {
            each_leaf(&format!("/{section}"), object, &mut |pointer, value| {
                if !is_put_in(&pointer) {
                    values.insert(pointer, value.clone());
                }
            });
        }
    }
    values
}

fn is_put_in(pointer: &str) -> bool {
    PUT_IN.iter().any(|at| is_at_or_within(pointer, at))
}

fn is_at_or_within(pointer: &str, at: &str) -> bool {
    pointer
        .strip_prefix(at)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `/ports/<mac>` or `/portgroups/<name>` of what stands inside.
fn member(pointer: &str) -> Option<String> {
    let mut segments = segments(pointer);
    let section = segments.next()?;
    let key = segments.next()?;
    matches!(&*section, "ports" | "portgroups").then(|| child(&format!("/{section}"), &key))
}

fn has(values: &Values, member: &str) -> bool {
    let within = format!("{member}/");
    values.keys().any(|pointer| pointer.starts_with(&within))
}

/// Whether `pointer` is of a port or port group that Ironic or the enrollment
/// lacks as a whole.
fn is_within_absent(pointer: &str, wanted: &Values, found: &Whole) -> bool {
    member(pointer)
        .is_some_and(|member| found.view().pointer(&member).is_none() || !has(wanted, &member))
}

/// Ports and port groups that one side lacks as a whole.
fn members(registered: &[Values], wanted: &Values, found: &Whole) -> Vec<Deviation> {
    let all: BTreeSet<_> = registered
        .iter()
        .flat_map(BTreeMap::keys)
        .chain(wanted.keys())
        .filter_map(|pointer| member(pointer))
        .collect();
    all.into_iter()
        .filter_map(|pointer| {
            let before = registered.iter().find(|values| has(values, &pointer));
            let is_wanted = has(wanted, &pointer);
            let there = found.view().pointer(&pointer);
            let (side, mend) = match (before.is_some(), is_wanted, there) {
                (_, true, Some(_)) => return None,
                (true, true, None) => (Side::Missing, Mend::Set),
                (false, true, None) => (Side::Policy, Mend::Set),
                (true, false, Some(there)) if is_made_by_us(&pointer, there, found.uuid) => {
                    (Side::Policy, Mend::Remove)
                }
                (true, false, Some(_)) => (Side::Policy, Mend::Nothing),
                (_, false, None) => (Side::Both, Mend::Nothing),
                (false, false, Some(_)) => return None,
            };
            Some(Deviation {
                side,
                mend,
                registered: before.map(|values| gathered(values, &pointer)),
                wanted: is_wanted.then(|| gathered(wanted, &pointer)),
                ironic: there.cloned(),
                pointer,
            })
        })
        .collect()
}

/// Holds back the port groups of ports that are held back: Ironic deletes none that
/// has ports.
fn hold_back_groups(deviations: &mut [Deviation]) {
    let group = |deviation: &Deviation| {
        let name = deviation.ironic.as_ref()?.get("portgroup")?.as_str()?;
        Some(child("/portgroups", name))
    };
    let held = deviations.iter().filter(|one| one.is_held_back());
    let groups: BTreeSet<String> = held.filter_map(group).collect();
    for deviation in deviations {
        if deviation.mend == Mend::Remove && groups.contains(&deviation.pointer) {
            deviation.mend = Mend::HoldBack;
        }
    }
}

/// Whether a port or port group was created by us: an adopted node's own may be
/// ours to converge, and are not ours to delete.
fn is_made_by_us(pointer: &str, there: &Value, node: Uuid) -> bool {
    let segments: Vec<_> = segments(pointer).collect();
    let ours = match segments.as_slice() {
        [section, key] if section == "ports" => port_uuid(node, key),
        [_, key] => portgroup_uuid(node, key),
        _ => return false,
    };
    uuid_of(there) == Some(ours)
}

fn gathered(values: &Values, member: &str) -> Value {
    let within = format!("{member}/");
    let mut whole = json!({});
    for (pointer, value) in values {
        if let Some(rest) = pointer.strip_prefix(&within) {
            super::patch::set(&mut whole, &format!("/{rest}"), value.clone());
        }
    }
    whole
}

fn value(
    pointer: &str,
    registered: &[Values],
    wanted: &Values,
    found: &Whole,
) -> Option<Deviation> {
    let before: Vec<_> = registered
        .iter()
        .filter_map(|values| values.get(pointer))
        .collect();
    let first = before.first().copied();
    let wants = wanted.get(pointer);
    let there = found
        .view()
        .pointer(pointer)
        .filter(|value| !value.is_null());
    let policy_changed = !same_option(pointer, first, wants);
    let masked = there.and_then(Value::as_str) == Some(MASK);
    let (side, mend) = if masked {
        // Nobody can tell what it is: only what we want can have changed.
        match (policy_changed, wants) {
            (false, _) => return None,
            (true, Some(_)) => (Side::Policy, Mend::Set),
            (true, None) => (Side::Policy, Mend::Remove),
        }
    } else {
        let ironic_changed = !same_option(pointer, first, there);
        let agree = same_option(pointer, wants, there);
        let mend = match wants {
            _ if agree => Mend::Nothing,
            Some(_) => Mend::Set,
            // Somebody else's by now.
            None if !before
                .iter()
                .any(|before| same_option(pointer, Some(before), there)) =>
            {
                Mend::Nothing
            }
            None => Mend::Remove,
        };
        let side = match (policy_changed, ironic_changed) {
            (false, false) => return None,
            (true, false) => Side::Policy,
            (false, true) if there.is_none() => Side::Missing,
            (false, true) => Side::Ironic,
            (true, true) if agree && registered.is_empty() => return None,
            (true, true) => Side::Both,
        };
        (side, mend)
    };
    Some(Deviation {
        pointer: pointer.to_owned(),
        side,
        registered: first.cloned(),
        wanted: wants.cloned(),
        ironic: there.cloned(),
        mend,
    })
}

/// Whether two values are one to Ironic. Null, an empty object and nothing are;
/// an empty object asks for nothing of one that holds something.
fn same_option(pointer: &str, a: Option<&Value>, b: Option<&Value>) -> bool {
    let real = |value: &&Value| !matches!(value, Value::Null);
    match (a.filter(real), b.filter(real)) {
        (None, None) => true,
        (Some(Value::Object(empty)), None) | (None, Some(Value::Object(empty))) => empty.is_empty(),
        (Some(Value::Object(empty)), Some(Value::Object(_))) if empty.is_empty() => true,
        (Some(a), Some(b)) => same(pointer, a, b),
        _ => false,
    }
}

fn same(pointer: &str, a: &Value, b: &Value) -> bool {
    let (Value::String(one), Value::String(other)) = (a, b) else {
        return a == b;
    };
    let is_uuid = |text: &str| Uuid::parse_str(text).is_ok();
    match pointer {
        _ if is_lowered(pointer) => one.eq_ignore_ascii_case(other),
        // It takes a name, and tells the uuid.
        "/node/parent_node" if is_uuid(one) != is_uuid(other) => true,
        _ => one == other,
    }
}

/// Whether Ironic writes what stands at `pointer` in lower case.
fn is_lowered(pointer: &str) -> bool {
    let within: Vec<_> = segments(pointer).collect();
    let within: Vec<&str> = within.iter().map(AsRef::as_ref).collect();
    matches!(
        within.as_slice(),
        ["node", "conductor_group"]
            | ["ports" | "portgroups", _, "address"]
            | ["ports", _, "local_link_connection", "switch_id"]
    )
}

/// The credentials: the password only by whether it changed here, or is gone
/// there.
fn login(login: Login<'_>, found: &Whole) -> Vec<Deviation> {
    let there = |pointer: &str| {
        let value = found.view().pointer(pointer);
        value.filter(|value| !value.is_null())
    };
    let deviation = |pointer: &str, side, registered, wanted: Option<Value>| Deviation {
        mend: wanted.as_ref().map_or(Mend::Remove, |_| Mend::Set),
        pointer: pointer.to_owned(),
        side,
        registered,
        wanted,
        ironic: there(pointer).cloned(),
    };
    let Some(now) = login.now else {
        let gone = login.before && login.changed;
        return [USERNAME, PASSWORD]
            .into_iter()
            .filter(|pointer| gone && there(pointer).is_some())
            .map(|pointer| deviation(pointer, Side::Policy, None, None))
            .collect();
    };
    let side = |pointer: &str| match there(pointer) {
        _ if login.changed => Side::Policy,
        None => Side::Missing,
        Some(_) => Side::Ironic,
    };
    let mut deviations = Vec::new();
    let username = json!(now.username);
    if there(USERNAME) != Some(&username) {
        let known = Some(username.clone()).filter(|_| !login.changed);
        deviations.push(deviation(USERNAME, side(USERNAME), known, Some(username)));
    }
    if login.changed || there(PASSWORD).is_none() {
        let known = login.before.then(|| json!(MASK));
        deviations.push(deviation(
            PASSWORD,
            side(PASSWORD),
            known,
            Some(json!(MASK)),
        ));
    }
    deviations
}

#[cfg(test)]
mod tests;
