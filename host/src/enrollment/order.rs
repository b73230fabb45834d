//! The one order of what has none. To Ironic ports and port groups are sets, and a
//! service may list its interfaces otherwise every time: in one order, the same
//! values make the same enrollment.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Body, Enrollment, Object};
use crate::text::lower;

impl Enrollment {
    /// The same values, ports by their MACs, port groups by their names. Those
    /// without one, which the rules will refuse, come last, as they stand. An
    /// `extension` that says nothing is none.
    pub(crate) fn in_order(mut self) -> Self {
        sort(&mut self.ports, "address");
        sort(&mut self.portgroups, "name");
        self.extension = self.extension.filter(|extension| !extension.is_empty());
        self
    }
}

fn sort(bodies: &mut [Body], key: &str) {
    // Mostly they are in order already.
    if !bodies.is_sorted_by(|one, next| rank(one, key) <= rank(next, key)) {
        bodies.sort_by(|one, other| rank(one, key).cmp(&rank(other, key)));
    }
}

fn rank<'a>(body: &'a Body, key: &str) -> (bool, Option<Cow<'a, str>>) {
    let name = body.get(key).and_then(Value::as_str);
    let lowered = |name: &'a str| match name.chars().any(char::is_uppercase) {
        true => Cow::Owned(lower(name.to_owned())),
        false => Cow::Borrowed(name),
    };
    (name.is_none(), name.map(lowered))
}

/// Ports in their order, also of a record from before they were kept so.
pub(super) fn ports<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Body>, D::Error> {
    sorted(from, "address")
}

/// Port groups in theirs.
pub(super) fn portgroups<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Body>, D::Error> {
    sorted(from, "name")
}

fn sorted<'de, D: Deserializer<'de>>(from: D, key: &str) -> Result<Vec<Body>, D::Error> {
    let mut bodies = Vec::deserialize(from)?;
    sort(&mut bodies, key);
    Ok(bodies)
}

/// An extension that says something.
pub(super) fn extension<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Object>, D::Error> {
    let extension = Option::<Object>::deserialize(from)?;
    Ok(extension.filter(|extension| !extension.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MACS: [&str; 3] = [
        "AA:00:00:00:00:02",
        "aa:00:00:00:00:03",
        "aa:00:00:00:00:01",
    ];
    const IN_ORDER: [&str; 3] = [
        "aa:00:00:00:00:01",
        "AA:00:00:00:00:02",
        "aa:00:00:00:00:03",
    ];

    fn written(macs: &[&str], groups: &[&str]) -> Value {
        let objects = |key: &str, names: &[&str]| -> Vec<Value> {
            names.iter().map(|name| json!({key: name})).collect()
        };
        json!({
            "node": {},
            "portgroups": objects("name", groups),
            "ports": objects("address", macs),
            "extension": {},
        })
    }

    fn addresses(enrollment: &Enrollment) -> Vec<Option<&str>> {
        let ports = enrollment.ports.iter();
        ports.map(|port| port.get("address")?.as_str()).collect()
    }

    #[test]
    fn one_that_is_read_is_in_order() {
        let one: Enrollment = serde_json::from_value(written(&MACS, &["b", "a"])).unwrap();
        let other: Enrollment = serde_json::from_value(written(&IN_ORDER, &["a", "b"])).unwrap();
        assert_eq!(one, other);
        assert_eq!(addresses(&one), IN_ORDER.map(Some));
        assert_eq!(one.extension, None);
    }

    #[test]
    fn what_has_no_name_comes_last_and_as_it_stood() {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let ports = [
            json!({"a": 1}),
            json!({"address": MACS[0]}),
            json!({"address": 7}),
        ];
        let enrollment = Enrollment {
            ports: ports.into_iter().map(object).map(Body::from).collect(),
            extension: Some(Object::new()),
            ..Enrollment::default()
        };
        let found = enrollment.in_order();
        assert_eq!(addresses(&found), [Some(MACS[0]), None, None]);
        assert_eq!(found.ports[1].get("a"), Some(&json!(1)));
        assert_eq!(found.extension, None);
    }
}
