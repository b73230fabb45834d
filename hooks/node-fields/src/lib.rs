//! Sets fields of the node, capabilities and traits by rules over what is known of
//! it: for all that a site wants to have in Ironic and that needs no code.

mod facts;
mod rules;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::{Configure, Enrollment, Map, Places, Registration, Result};

use facts::Fact;
use rules::Rule;

/// What nodes get, and when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Further places, read from Redfish documents, by their names.
    #[serde(default)]
    read: BTreeMap<String, Fact>,
    /// The rules, in their order. All that a node fits apply; what a later one sets replaces what
    /// an earlier one has set.
    rules: Vec<Rule>,
}

struct NodeFields;

impl Map for NodeFields {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let mut places = Places::of(registration);
        for (name, fact) in &settings.read {
            // Documents that no rule needs are not asked for.
            if settings.rules.iter().any(|rule| rule.uses(name))
                && let Some(value) = fact.read(registration)?
            {
                places.set(name, value);
            }
        }
        for (number, rule) in (1..).zip(&settings.rules) {
            if let Some(reason) = rule.fits(&places)? {
                rule.apply(&places, enrollment, &format!("rule {number}{reason}"))?;
            }
        }
        Ok(())
    }
}

impl Configure for NodeFields {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        for (name, fact) in &settings.read {
            if Places::KNOWN.contains(&name.as_str()) {
                return Err(format!(
                    "`{name}` in `read` is a place that there is already"
                ));
            }
            fact.check()
                .map_err(|why| format!("`{name}` in `read`: {why}"))?;
        }
        let own = settings.read.keys().map(String::as_str);
        let known: Vec<&str> = Places::KNOWN.into_iter().chain(own).collect();
        for (number, rule) in (1..).zip(&settings.rules) {
            rule.check(&known)
                .map_err(|why| format!("rule {number}: {why}"))?;
        }
        Ok(())
    }
}

valence_hook::export!(NodeFields: Map, Configure);
