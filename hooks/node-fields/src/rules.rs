//! Rules: for which nodes, and what they set.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::{Template, compare_versions, custom_trait, matches};
use valence_hook::{Enrollment, Error, Object, Places, ReadError, Result, Value, because};

/// One rule. What it does not ask for fits every node.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rule {
    /// Globs for places (`{ vendor = "Dell", rack = "R1*" }`), all of which must fit. They take no
    /// notice of case; what Redfish does not say fits none.
    when: BTreeMap<String, String>,
    /// The oldest versions that the rule is for: `{ bios = "1.8" }`.
    from: BTreeMap<String, String>,
    /// The oldest versions that the rule is not for any more.
    below: BTreeMap<String, String>,
    /// Fields of the node, by pointer (`/node/extra/serial`): a value; a text with places, such as
    /// `{vendor} {model}`; or a list of such texts, of which the first that can be filled counts.
    set: BTreeMap<String, Setting>,
    /// Capabilities, likewise texts with places.
    capabilities: BTreeMap<String, Template>,
    /// Traits, likewise. What a trait cannot hold becomes `_`.
    traits: Vec<Template>,
    /// The name of the credentials with which Ironic reaches the BMC.
    credentials: Option<Template>,
    /// What becomes of a place that Redfish does not tell.
    unknown: Unknown,
}

/// What a field is set to.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Setting {
    Text(Template),
    First(Vec<Template>),
    Value(Value),
}

/// What becomes of a value with a place that Redfish does not tell.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    /// The value is left out.
    #[default]
    Leave,
    /// The node is not registered.
    Deny,
}

impl Rule {
    pub(crate) fn check(&self, known: &[&str]) -> Result<(), String> {
        let mut asked = self.asked();
        if let Some(place) = asked.find(|place| !known.contains(place)) {
            return Err(format!("there is no place `{place}`"));
        }
        for (pointer, setting) in &self.set {
            setting.check()?;
            if path(pointer).is_none() {
                return Err(format!(
                    "`{pointer}` is no pointer into the node, such as `/node/extra/serial`"
                ));
            }
            if pointer.contains("password") || pointer.contains("secret") {
                return Err(format!("`{pointer}`: name `credentials` instead"));
            }
        }
        self.templates()
            .try_for_each(|template| template.check(known))
    }

    /// Whether the rule asks for `place`, or fills it in.
    pub(crate) fn uses(&self, place: &str) -> bool {
        self.asked().any(|asked| asked == place)
            || self
                .templates()
                .any(|template| template.places().any(|one| one == place))
    }

    fn asked(&self) -> impl Iterator<Item = &str> {
        let all = [&self.when, &self.from, &self.below];
        all.into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let set = self.set.values().flat_map(Setting::templates);
        set.chain(self.capabilities.values())
            .chain(&self.traits)
            .chain(&self.credentials)
    }

    /// Why the rule is for this node, to be read after its number; none if it is not.
    pub(crate) fn fits(&self, places: &Places) -> Result<Option<String>, ReadError> {
        let mut reason = String::new();
        type Fits = fn(&str, &str) -> bool;
        let older = |own: &str, bound: &str| compare_versions(own, bound) == Ordering::Less;
        let newer: Fits = |own, bound| compare_versions(own, bound) != Ordering::Less;
        let glob: Fits = |own, glob| matches(glob, own);
        let asked: [(&BTreeMap<_, _>, Fits); 3] = [
            (&self.when, glob),
            (&self.from, newer),
            (&self.below, older),
        ];
        for (asked, fits) in asked {
            for (place, wanted) in asked {
                match places.get(place)? {
                    Some(own) if fits(&own, wanted) => {
                        reason.push_str(if reason.is_empty() { ": " } else { ", " });
                        reason.push_str(&format!("{place} `{own}`"));
                    }
                    _ => return Ok(None),
                }
            }
        }
        Ok(Some(reason))
    }

    pub(crate) fn apply(
        &self,
        places: &Places,
        enrollment: &mut Enrollment,
        reason: &str,
    ) -> Result {
        for (pointer, setting) in &self.set {
            let value = match setting.value(places)? {
                Ok(value) => value,
                Err(lacking) => {
                    self.lacks(pointer, &lacking)?;
                    continue;
                }
            };
            // That it is one has been checked.
            if let Some(path) = path(pointer) {
                put(&mut enrollment.node, &path, value);
                because(pointer.as_str(), reason);
            }
        }
        for (key, template) in &self.capabilities {
            match places.fill(template)? {
                Ok(value) => {
                    enrollment.set_capability(key, value);
                    because("/node/properties/capabilities", reason);
                }
                Err(missing) => self.lacks(key, &missing.0)?,
            }
        }
        for template in &self.traits {
            match places.fill(template)? {
                Ok(text) => {
                    let name = custom_trait(&text);
                    because(format!("/traits/{name}"), reason);
                    enrollment.add_trait(name);
                }
                Err(missing) => self.lacks(&template.to_string(), &missing.0)?,
            }
        }
        if let Some(template) = &self.credentials {
            match places.fill(template)? {
                Ok(name) => enrollment.set_credentials(name),
                Err(missing) => self.lacks("credentials", &missing.0)?,
            }
        }
        Ok(())
    }

    fn lacks(&self, what: &str, lacking: &str) -> Result {
        match self.unknown {
            Unknown::Leave => Ok(()),
            Unknown::Deny => Err(Error::Denied(format!(
                "Redfish does not tell {lacking}, which `{what}` is made of"
            ))),
        }
    }
}

impl Setting {
    /// A text that is no template would pass for a value that it is set to.
    fn check(&self) -> Result<(), String> {
        let texts = match self {
            Self::Value(one @ Value::String(_)) => std::slice::from_ref(one),
            Self::Value(Value::Array(all)) if all.iter().all(Value::is_string) => all,
            _ => return Ok(()),
        };
        texts
            .iter()
            .filter_map(Value::as_str)
            .try_for_each(|text| text.parse::<Template>().map(drop))
    }

    fn templates(&self) -> &[Template] {
        match self {
            Self::Text(one) => std::slice::from_ref(one),
            Self::First(all) => all,
            Self::Value(_) => &[],
        }
    }

    /// The value; or what it lacks.
    fn value(&self, places: &Places) -> Result<Result<Value, String>, ReadError> {
        match self {
            Self::Value(value) => return Ok(Ok(value.clone())),
            Self::First(none) if none.is_empty() => return Ok(Ok(Value::Array(Vec::new()))),
            _ => {}
        }
        let first = places.first(self.templates())?;
        Ok(first.map(|(text, _)| text.into()).map_err(|lacking| {
            let lacking: Vec<_> = lacking.into_iter().map(|missing| missing.0).collect();
            lacking.join(" or ")
        }))
    }
}

/// The keys of a pointer into the node.
fn path(pointer: &str) -> Option<Vec<String>> {
    let keys = pointer.strip_prefix("/node/")?.split('/');
    let keys: Vec<_> = keys
        .map(|key| key.replace("~1", "/").replace("~0", "~"))
        .collect();
    keys.iter().all(|key| !key.is_empty()).then_some(keys)
}

/// Puts `value` to where `path` leads, making the objects on the way.
fn put(object: &mut Object, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            object.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = object
                .entry(first.clone())
                .or_insert_with(|| Object::new().into());
            if !inner.is_object() {
                *inner = Object::new().into();
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use valence_hook::json;

    use super::*;

    fn rule(value: Value) -> Rule {
        Rule::deserialize(value).unwrap()
    }

    fn places() -> Places<'static> {
        let mut places = Places::default();
        for (place, value) in [("vendor", "Dell"), ("bios", "1.6.10"), ("serial", "S1")] {
            places.set(place, value);
        }
        places
    }

    #[test]
    fn a_rule_fits_if_all_that_it_asks_for_is_so() {
        for (asked, fits) in [
            (json!({}), true),
            (
                json!({"when": {"vendor": "d*"}, "from": {"bios": "1.6"}}),
                true,
            ),
            (
                json!({"when": {"vendor": "d*"}, "below": {"bios": "1.6"}}),
                false,
            ),
            (json!({"below": {"bios": "1.10"}}), true),
            (json!({"when": {"vendor": "HPE"}}), false),
            (json!({"when": {"rack": "*"}}), false),
            (json!({"from": {"bmc": "0"}}), false),
        ] {
            let found = rule(asked.clone()).fits(&places()).unwrap();
            assert_eq!(found.is_some(), fits, "{asked}");
        }
        let reason = rule(json!({"when": {"vendor": "d*"}, "from": {"bios": "1"}}));
        let reason = reason.fits(&places()).unwrap();
        assert_eq!(reason.as_deref(), Some(": vendor `Dell`, bios `1.6.10`"));
    }

    #[test]
    fn values_go_where_their_pointers_lead() {
        let rule = rule(json!({
            "set": {
                "/node/extra/serial": ["{tag}", "{serial}"],
                "/node/extra/a~1b": 7,
                "/node/description": "{vendor} in {rack}",
                "/node/network_data/links": [],
                "/node/automated_clean": false,
            },
            "capabilities": {"vendor": "{vendor}"},
            "traits": ["from {vendor}"],
            "credentials": "{vendor}",
        }));
        let mut enrollment = Enrollment::default();
        enrollment.set_capability("boot_mode", "uefi");
        rule.apply(&places(), &mut enrollment, "so").unwrap();
        assert_eq!(
            Value::from(enrollment.node.clone()),
            json!({
                "extra": {"serial": "S1", "a/b": 7},
                "network_data": {"links": []},
                "automated_clean": false,
                "properties": {"capabilities": "boot_mode:uefi,vendor:Dell"},
            })
        );
        assert!(enrollment.has_trait("CUSTOM_FROM_DELL"));
        assert_eq!(enrollment.credentials.as_deref(), Some("Dell"));
    }

    #[test]
    fn a_place_that_is_not_known_may_deny() {
        let rule = rule(json!({"set": {"/node/shard": ["{rack}", "{row}"]}, "unknown": "deny"}));
        let refused = rule.apply(&places(), &mut Enrollment::default(), "so");
        assert_eq!(
            refused.unwrap_err(),
            Error::Denied(
                "Redfish does not tell rack or row, which `/node/shard` is made of".into()
            )
        );
    }

    #[test]
    fn rules_that_cannot_be_meant_are_refused() {
        let known = ["vendor"];
        for (asked, complaint) in [
            (
                json!({"when": {"vendro": "x"}}),
                "there is no place `vendro`",
            ),
            (
                json!({"set": {"/extra/x": 1}}),
                "`/extra/x` is no pointer into the node, such as `/node/extra/serial`",
            ),
            (
                json!({"set": {"/node/driver_info/redfish_password": "x"}}),
                "`/node/driver_info/redfish_password`: name `credentials` instead",
            ),
            (
                json!({"set": {"/node/name": "{x"}}),
                "`{x` has a `{` without a `}`",
            ),
            (
                json!({"set": {"/node/name": ["a", "}"]}}),
                "`}` has a `}` without a `{`",
            ),
            (
                json!({"traits": ["{x}"]}),
                "`{x}` has a place `{x}`; there are {vendor}",
            ),
        ] {
            assert_eq!(rule(asked).check(&known).unwrap_err(), complaint);
        }
    }
}
