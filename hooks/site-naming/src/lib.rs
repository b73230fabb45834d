//! Names a node after the place it stands in, or after its serial number.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::{Identity, Location};
use valence_hook::text::{Template, legal_name, vendor};
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, because};

/// What a node may be named after.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Patterns, such as `{rack}-u{unit:02}`. The first of which all places are known names the
    /// node; a node that has none is denied. Places: row, rack, unit, label, vendor, model,
    /// serial, tag (Dell's service tag, elsewhere the serial number), asset, host, node (its name
    /// in Valence), pod_manager.
    patterns: Vec<Template>,
    /// Upper or lower case.
    #[serde(default)]
    case: Case,
}

/// Upper or lower case.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Case {
    /// As Redfish has it.
    #[default]
    Keep,
    /// All lower.
    Lower,
    /// All upper.
    Upper,
}

const OF_LOCATION: [&str; 4] = ["row", "rack", "unit", "label"];
const OF_OTHERS: [&str; 8] = [
    "vendor",
    "model",
    "serial",
    "tag",
    "asset",
    "host",
    "node",
    "pod_manager",
];

struct SiteNaming;

impl Map for SiteNaming {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let mut places = settings.patterns.iter().flat_map(Template::places);
        let facts = Facts {
            identity: registration.identity()?,
            // A chassis that cannot be read is no reason to fail where no name needs it.
            location: match places.any(|place| OF_LOCATION.contains(&place)) {
                true => registration.location()?,
                false => Location::default(),
            },
            node: registration.node_name(),
            pod_manager: registration.pod_manager(),
        };
        let (name, pattern) = name(&settings, &facts).map_err(Error::Denied)?;
        because("/node/name", format!("pattern `{pattern}`"));
        enrollment.set_name(name);
        Ok(())
    }
}

impl Configure for SiteNaming {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        if settings.patterns.is_empty() {
            return Err("`patterns` is empty: no node could be named".into());
        }
        let known = [OF_LOCATION.as_slice(), OF_OTHERS.as_slice()].concat();
        settings
            .patterns
            .iter()
            .try_for_each(|pattern| pattern.check(&known))
    }
}

valence_hook::export!(SiteNaming: Map, Configure);

/// What is known of a node.
#[derive(Default)]
struct Facts {
    identity: Identity,
    location: Location,
    node: String,
    pod_manager: String,
}

impl Facts {
    fn get(&self, place: &str) -> Option<String> {
        let Self {
            identity, location, ..
        } = self;
        let short_vendor = identity.manufacturer.as_deref().map(vendor);
        match place {
            "row" => location.row.clone(),
            "rack" => location.rack.clone(),
            "unit" => location.unit.map(|unit| unit.to_string()),
            "label" => location.service_label.clone(),
            "model" => identity.model.clone(),
            "serial" => identity.serial_number.clone(),
            // Dell's SerialNumber is that of the board.
            "tag" if short_vendor.as_deref() == Some("Dell") => identity.sku.clone(),
            "tag" => identity.serial_number.clone(),
            "vendor" => short_vendor,
            "asset" => identity.asset_tag.clone(),
            "host" => identity.host_name.clone(),
            "node" => Some(self.node.clone()),
            "pod_manager" => Some(self.pod_manager.clone()),
            _ => None,
        }
    }
}

/// The name by the first pattern that can be filled, and that pattern; or what
/// each pattern lacks.
fn name<'a>(settings: &'a Settings, facts: &Facts) -> Result<(String, &'a Template), String> {
    let mut lacking = Vec::new();
    for pattern in &settings.patterns {
        match pattern
            .fill(|place| facts.get(place))
            .map(|name| legal_name(&name))
        {
            Ok(name) if name.is_empty() => lacking.push(format!("`{pattern}` gives an empty name")),
            Ok(name) => {
                let name = match settings.case {
                    Case::Keep => name,
                    Case::Lower => name.to_lowercase(),
                    Case::Upper => name.to_uppercase(),
                };
                return Ok((name, pattern));
            }
            Err(missing) => lacking.push(format!("`{pattern}` needs its {}", missing.0)),
        }
    }
    Err(format!(
        "nothing to name this node after: {}",
        lacking.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(patterns: &[&str]) -> Settings {
        let patterns = patterns
            .iter()
            .map(|pattern| pattern.parse().unwrap())
            .collect();
        Settings {
            patterns,
            case: Case::Lower,
        }
    }

    #[test]
    fn the_first_pattern_that_can_be_filled_names_the_node() {
        let identity = Identity {
            manufacturer: Some("Dell Inc.".into()),
            sku: Some("4XYZ123".into()),
            serial_number: Some("CNFCP0012300AB".into()),
            ..Identity::default()
        };
        let mut facts = Facts {
            identity,
            ..Facts::default()
        };
        let settings = settings(&["{rack}-u{unit:02}", "{vendor}-{tag}"]);
        assert_eq!(name(&settings, &facts).unwrap().0, "dell-4xyz123");
        facts.location.rack = Some("Row 3/R12".into());
        facts.location.unit = Some(7);
        assert_eq!(name(&settings, &facts).unwrap().0, "row-3-r12-u07");
    }

    #[test]
    fn says_what_each_pattern_lacks() {
        let text = name(
            &settings(&["{rack}-u{unit:02}", "{serial}"]),
            &Facts::default(),
        )
        .unwrap_err();
        assert_eq!(
            text,
            "nothing to name this node after: `{rack}-u{unit:02}` needs its rack, `{serial}` needs its serial"
        );
    }
}
