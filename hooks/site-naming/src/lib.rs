//! Names a node after the place it stands in, or after its serial number.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::Nic;
use valence_hook::text::{Template, legal_name, matches_any, pointer};
use valence_hook::{
    Configure, Enrollment, Error, Map, Places, ReadError, Registration, Result, because,
};

/// What the names of nodes are made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "checked as a whole and read value by value: the table may be large"
)]
struct Settings {
    /// Patterns, such as `{rack}-u{unit:02}`. The first of which all places are known names the
    /// node; a node that has none is denied. Places: row, rack, unit, label, vendor, model,
    /// serial, tag (Dell's service tag, elsewhere the serial number), asset, host, bmc_host, node
    /// (its name in Valence), pod_manager, address, switch_port (what the switch calls the port
    /// that the node is connected to), and further ones of the SDK.
    #[serde(default)]
    patterns: Vec<Template>,
    /// Upper or lower case.
    #[serde(default)]
    case: Case,
    /// Names that were given once and for all.
    table: Option<Table>,
    /// Globs for descriptions of switch ports that are the switch's own names for them.
    #[serde(default)]
    own_names_of_switches: Vec<String>,
}

/// Names by something that tells nodes apart.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// What they are listed by, such as `{address}`.
    by: Template,
    /// The names.
    names: BTreeMap<String, String>,
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

/// What the switch calls the port that the node is connected to.
const SWITCH_PORT: &str = "switch_port";

/// What switches call their own ports, when nobody has described them.
const OWN_NAMES: [&str; 10] = [
    "eth*",
    "*gigabit*",
    "*gige*",
    "te?/*",
    "gi?/*",
    "swp*",
    "?e-?/*",
    "port *",
    "not received",
    "ifname",
];

struct SiteNaming;

impl Map for SiteNaming {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let mut places = Places::of(registration);
        if let Some((name, by)) = listed(registration, &places)? {
            because("/node/name", format!("`{by}` in the table"));
            enrollment.set_name(name);
            return Ok(());
        }
        let patterns: Vec<Template> = registration.setting("/patterns")?.unwrap_or_default();
        let case = registration.setting("/case")?.unwrap_or_default();
        if patterns.iter().any(|pattern| uses(pattern, SWITCH_PORT)) {
            let own: Option<Vec<String>> = registration.setting("/own_names_of_switches")?;
            if let Some(described) = described(&registration.nics()?, &own.unwrap_or_default()) {
                places.set(SWITCH_PORT, described);
            }
        }
        let (name, pattern) = name(&patterns, case, &places)?.map_err(Error::Denied)?;
        because("/node/name", format!("pattern `{pattern}`"));
        enrollment.set_name(name);
        Ok(())
    }
}

impl Configure for SiteNaming {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        let Settings {
            patterns, table, ..
        } = settings;
        if patterns.is_empty() && table.is_none() {
            return Err("`patterns` is empty: no node could be named".into());
        }
        let known = [Places::KNOWN.as_slice(), &[SWITCH_PORT]].concat();
        patterns
            .iter()
            .try_for_each(|pattern| pattern.check(&known))?;
        let Some(Table { by, names }) = table else {
            return Ok(());
        };
        by.check(&Places::KNOWN)?;
        match names.values().find(|name| **name != legal_name(name)) {
            Some(name) => Err(format!(
                "`{name}` in the table is no name for a node: try `{}`",
                legal_name(name)
            )),
            None => Ok(()),
        }
    }
}

valence_hook::export!(SiteNaming: Map, Configure);

fn uses(pattern: &Template, place: &str) -> bool {
    pattern.places().any(|one| one == place)
}

/// The name in the table, and what it is listed by. The table may be large: only
/// what is needed of it comes here.
fn listed(registration: &Registration, places: &Places) -> Result<Option<(String, String)>> {
    let Some(by) = registration.setting::<Template>("/table/by")? else {
        return Ok(None);
    };
    let Ok(key) = places.fill(&by)? else {
        return Ok(None);
    };
    let name = registration.setting(&pointer(["table", "names", &key]))?;
    Ok(name.map(|name| (name, key)))
}

/// The first description of a switch's port that somebody has written.
fn described(nics: &[Nic], own: &[String]) -> Option<String> {
    let globs: Vec<String> = match own {
        [] => OWN_NAMES.map(str::to_owned).to_vec(),
        own => own.to_vec(),
    };
    nics.iter()
        .filter_map(|nic| Some((nic.switch_port_description.as_ref()?, &nic.switch_port_id)))
        .find(|(text, id)| id.as_ref() != Some(*text) && !matches_any(&globs, text))
        .map(|(text, _)| text.clone())
}

/// The name by the first pattern that can be filled, and that pattern; or what
/// each pattern lacks.
fn name<'a>(
    patterns: &'a [Template],
    case: Case,
    places: &Places,
) -> Result<Result<(String, &'a Template), String>, ReadError> {
    let mut lacking = Vec::new();
    for pattern in patterns {
        match places.fill(pattern)?.map(|name| legal_name(&name)) {
            Ok(name) if name.is_empty() => lacking.push(format!("`{pattern}` gives an empty name")),
            Ok(name) => {
                let name = match case {
                    Case::Keep => name,
                    Case::Lower => name.to_lowercase(),
                    Case::Upper => name.to_uppercase(),
                };
                return Ok(Ok((name, pattern)));
            }
            Err(missing) => lacking.push(format!("`{pattern}` needs its {}", missing.0)),
        }
    }
    if lacking.is_empty() {
        lacking.push("it is not in the table, and there are no patterns".into());
    }
    Ok(Err(format!(
        "nothing to name this node after: {}",
        lacking.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(all: &[&str]) -> Vec<Template> {
        all.iter().map(|pattern| pattern.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_pattern_that_can_be_filled_names_the_node() {
        let mut places = Places::default();
        places.set("vendor", "Dell");
        places.set("tag", "4XYZ123");
        let patterns = patterns(&["{rack}-u{unit:02}", "{vendor}-{tag}"]);
        let named = |places: &Places| {
            let named = name(&patterns, Case::Lower, places).unwrap();
            named.unwrap().0
        };
        assert_eq!(named(&places), "dell-4xyz123");
        places.set("rack", "Row 3/R12");
        places.set("unit", "7");
        assert_eq!(named(&places), "row-3-r12-u07");
    }

    #[test]
    fn says_what_each_pattern_lacks() {
        let patterns = patterns(&["{rack}-u{unit:02}", "{serial}"]);
        let named = name(&patterns, Case::Keep, &Places::default()).unwrap();
        assert_eq!(
            named.unwrap_err(),
            "nothing to name this node after: `{rack}-u{unit:02}` needs its rack, `{serial}` needs its serial"
        );
    }

    #[test]
    fn a_switchs_own_name_for_a_port_is_nobodys_description() {
        let nic = |id: &str, text: Option<&str>| Nic {
            switch_port_id: Some(id.into()),
            switch_port_description: text.map(str::to_owned),
            ..Nic::default()
        };
        let nics = [
            nic("1", None),
            nic("2", Some("Ethernet1/2")),
            nic("Hu 0/3", Some("Hu 0/3")),
            nic("4", Some("r12-u07")),
            nic("5", Some("r12-u07-b")),
        ];
        assert_eq!(described(&nics, &[]).as_deref(), Some("r12-u07"));
        let own = ["r12-u07".to_owned(), "ethernet*".to_owned()];
        assert_eq!(described(&nics, &own).as_deref(), Some("r12-u07-b"));
        assert_eq!(described(&nics[..3], &[]), None);
    }
}
