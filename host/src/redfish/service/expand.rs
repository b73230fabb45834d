//! Collections that come with their members, by `$expand` (DSP0266, "Expand
//! parameter"): one request instead of one a member.
//!
//! Services say in `ProtocolFeaturesSupported` what they can do of it, and some
//! that do drop properties on the way. So some members of each kind are read plainly
//! too, and where the two differ the service is never asked so again.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::super::ResourcePath;
use super::super::members::is_expanded;
use crate::text::tame;

/// More kinds of members than a machine has collections.
const MOST_KINDS: usize = 64;

/// What one service can do.
pub(super) struct Expand {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    query: Option<&'static str>,
    given_up: bool,
    proven: BTreeSet<String>,
}

impl Expand {
    /// One that is used if it is `wanted`, and the service can do it.
    pub(super) fn of(wanted: bool) -> Self {
        let state = State {
            given_up: !wanted,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Takes in what the service root says.
    pub(super) fn learn(&self, root: &Value) {
        self.state().query = query(root);
    }

    /// The collection at `path` with its members; none if it is to be read plainly.
    pub(super) fn page(&self, path: &ResourcePath) -> Option<ResourcePath> {
        let state = self.state();
        let query = state.query.filter(|_| !state.given_up)?;
        path.with_query(query)
    }

    /// Never asks this service so again.
    pub(super) fn give_up(&self, path: &ResourcePath, reason: &str) {
        let mut state = self.state();
        if !state.given_up {
            state.given_up = true;
            tracing::info!(path = path.as_str(), reason, "$expand is not used any more");
        }
    }

    pub(super) fn is_proven(&self, kind: &str) -> bool {
        self.state().proven.contains(kind)
    }

    pub(super) fn prove(&self, kind: String) {
        let mut state = self.state();
        if state.proven.len() < MOST_KINDS {
            state.proven.insert(kind);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How this service is asked for the members of a collection, and no more.
fn query(root: &Value) -> Option<&'static str> {
    let can = |feature: &str| {
        let pointer = format!("/ProtocolFeaturesSupported/ExpandQuery/{feature}");
        root.pointer(&pointer).and_then(Value::as_bool) == Some(true)
    };
    match (can("NoLinks"), can("ExpandAll"), can("Levels")) {
        (true, _, true) => Some("$expand=.($levels=1)"),
        (true, _, false) => Some("$expand=."),
        (false, true, true) => Some("$expand=*($levels=1)"),
        _ => None,
    }
}

/// The members in an expanded `collection` by their kinds, the first and the last of
/// each before the others; or what shows that it was not expanded. Members that came as
/// links are none of them: they are read for themselves.
pub(super) fn samples(collection: &Value) -> Result<Vec<(String, Vec<&Value>)>, &'static str> {
    let members = collection
        .get("Members")
        .and_then(Value::as_array)
        .ok_or("it answers without `Members`")?;
    let mut samples: Vec<(String, Vec<&Value>)> = Vec::new();
    for member in members.iter().filter(|member| is_expanded(member)) {
        let kind = member.get("@odata.type").and_then(Value::as_str);
        let kind = tame(kind.unwrap_or_default(), 200);
        match samples.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, of_kind)) => of_kind.push(member),
            None => samples.push((kind, vec![member])),
        }
    }
    for (_, of_kind) in &mut samples {
        let last = of_kind.len() - 1;
        of_kind.swap(1.min(last), last);
    }
    if samples.is_empty() && !members.is_empty() {
        return Err("it answers with links alone");
    }
    Ok(samples)
}

/// Whether there are as many members on this page as the service counts, or more pages.
/// Some count wrongly also where nothing is expanded.
pub(super) fn is_complete(collection: &Value) -> bool {
    let more = ["Members@odata.nextLink", "@odata.nextLink"]
        .iter()
        .any(|key| collection.get(key).is_some());
    let listed = collection.get("Members").and_then(Value::as_array);
    let count = collection
        .get("Members@odata.count")
        .and_then(Value::as_u64);
    more || count.is_none_or(|count| listed.is_some_and(|listed| listed.len() as u64 == count))
}

/// How many members of a kind have to be right.
pub(super) const SAMPLES: usize = 2;

/// Whether a member that is right says something of the others: what services drop is
/// what stands deeper.
pub(super) fn is_telling(plain: &Value) -> bool {
    let properties = plain.as_object().into_iter().flatten();
    properties
        .filter(|(key, _)| !key.contains('@'))
        .any(|(_, value)| match value {
            Value::Object(inner) => !inner.is_empty(),
            Value::Array(inner) => !inner.is_empty(),
            _ => false,
        })
}

/// Where `expanded` is not what `plain` is; none if they are the same. Annotations
/// about how it came are left out of it.
pub(super) fn difference(plain: &Value, expanded: &Value) -> Option<String> {
    differs(plain, expanded, &mut String::new())
}

fn differs(plain: &Value, expanded: &Value, at: &mut String) -> Option<String> {
    match (plain, expanded) {
        (Value::Object(plain), Value::Object(expanded)) => {
            let about_it = |key: &String| matches!(key.as_str(), "@odata.etag" | "@odata.context");
            let added = expanded.keys().find(|key| !plain.contains_key(*key));
            if let Some(key) = added.filter(|key| !about_it(key)) {
                return Some(format!("{at}/{}", tame(key, 60)));
            }
            plain
                .iter()
                .filter(|(key, _)| !about_it(key))
                .find_map(|(key, value)| {
                    let before = at.len();
                    at.push('/');
                    at.push_str(&tame(key, 60));
                    let found = match expanded.get(key) {
                        Some(other) => differs(value, other, at),
                        None => Some(at.clone()),
                    };
                    at.truncate(before);
                    found
                })
        }
        (Value::Array(plain), Value::Array(expanded)) if plain.len() == expanded.len() => plain
            .iter()
            .zip(expanded)
            .find_map(|(plain, expanded)| differs(plain, expanded, at)),
        (plain, expanded) => (plain != expanded).then(|| at.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_asked_for_what_it_can_do() {
        for (features, expected) in [
            (
                json!({"NoLinks": true, "Levels": true}),
                Some("$expand=.($levels=1)"),
            ),
            (json!({"NoLinks": true, "Levels": false}), Some("$expand=.")),
            (
                json!({"ExpandAll": true, "Levels": true}),
                Some("$expand=*($levels=1)"),
            ),
            // All levels of all links would be the whole tree.
            (json!({"ExpandAll": true}), None),
            (json!({"NoLinks": "true"}), None),
            (json!({}), None),
        ] {
            let root = json!({"ProtocolFeaturesSupported": {"ExpandQuery": features}});
            assert_eq!(query(&root), expected, "{root}");
        }
    }

    #[test]
    fn what_was_dropped_or_changed_is_found() {
        let plain = json!({"Id": "1", "@odata.etag": "1", "Status": {"State": "Enabled"}, "Ports": [{"a": 1}]});
        for (expanded, expected) in [
            (
                json!({"Id": "1", "@odata.etag": "2", "Status": {"State": "Enabled"}, "Ports": [{"a": 1}]}),
                None,
            ),
            (
                json!({"Id": "1", "Status": {}, "Ports": [{"a": 1}]}),
                Some("/Status/State"),
            ),
            (
                json!({"Id": "1", "Status": {"State": null}, "Ports": [{"a": 1}]}),
                Some("/Status/State"),
            ),
            (
                json!({"Id": "1", "Status": {"State": "Enabled"}, "Ports": []}),
                Some("/Ports"),
            ),
            (
                json!({"Id": "1", "Status": {"State": "Enabled"}, "Ports": [{"a": 2}]}),
                Some("/Ports/a"),
            ),
            (
                json!({"Id": "1", "Status": {"State": "Enabled"}}),
                Some("/Ports"),
            ),
        ] {
            assert_eq!(
                difference(&plain, &expanded).as_deref(),
                expected,
                "{expanded}"
            );
        }
    }

    #[test]
    fn an_answer_that_is_not_expanded_is_told() {
        let whole = |id| {
            json!({
                "@odata.id": "/redfish/v1/x/1", "@odata.type": "#Drive.v1_0_0.Drive",
                "Id": id, "Name": "x",
            })
        };
        let link = json!({"@odata.id": "/redfish/v1/x/2"});
        for (members, expected) in [
            (
                vec![whole(1), whole(2), whole(3), whole(4)],
                Some(vec![1, 4, 3, 2]),
            ),
            (vec![], Some(vec![])),
            (vec![whole(1), link.clone()], Some(vec![1])),
            (vec![link], None),
        ] {
            let collection = json!({"Members": members});
            let found = samples(&collection).ok().map(|samples| {
                let members = samples.iter().flat_map(|(_, of_kind)| of_kind);
                members.filter_map(|one| one["Id"].as_i64()).collect()
            });
            assert_eq!(found, expected, "{collection}");
        }
        assert!(samples(&json!({})).is_err());
    }

    #[test]
    fn members_are_counted() {
        let next = "Members@odata.nextLink";
        for (collection, expected) in [
            (json!({"Members": [1], "Members@odata.count": 1}), true),
            (json!({"Members": [1]}), true),
            (json!({"Members": [1], "Members@odata.count": 2}), false),
            (
                json!({"Members": [1], "Members@odata.count": 2, next: "/x"}),
                true,
            ),
        ] {
            assert_eq!(is_complete(&collection), expected, "{collection}");
        }
    }

    #[test]
    fn only_what_stands_deeper_is_telling() {
        for (plain, expected) in [
            (
                json!({"Id": "1", "@odata.id": "/x", "Links": {}, "Ports": []}),
                false,
            ),
            (json!({"Links": {"Chassis": []}}), true),
            (json!({"Ports": [1]}), true),
            (json!({"Ports@Redfish.Deprecated": [1]}), false),
        ] {
            assert_eq!(is_telling(&plain), expected, "{plain}");
        }
    }
}
