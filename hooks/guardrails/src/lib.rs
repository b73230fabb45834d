//! Keeps nodes out that do not meet the rules of the site, and says all that is
//! wrong with them at once.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::{Template, compare_versions, matches};
use valence_hook::{
    Configure, Effect, Enrollment, Findings, Places, Registration, Result, Review, Value,
};

/// The rules of the site. What is left out is not looked at.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Values of the node that must be there and not blank, as pointers:
    /// `/node/resource_class`, `/node/properties/cpu_arch`.
    required: Vec<String>,
    /// The states of health that a node may be registered in, of `OK`, `Warning` and `Critical`.
    health: Option<Vec<String>>,
    /// The oldest firmware that is taken, by manufacturer and model.
    firmware: Vec<Floor>,
    /// What is no node: the BMC of a network card, a board of accelerators.
    refuse: Vec<Refusal>,
    /// Values of the node, as pointers, and what each must be: one of these texts, with places
    /// such as `{tag}`. A value that is not there is not looked at.
    same: BTreeMap<String, Vec<Template>>,
    /// Ironic must verify the certificates of BMCs.
    verify_ca: bool,
    /// The fewest ports that a node needs.
    min_ports: usize,
    /// The rules that only warn.
    warn_only: BTreeSet<Rule>,
}

/// One kind of rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Required,
    Health,
    Firmware,
    Refuse,
    Same,
    VerifyCa,
    MinPorts,
}

/// What is no node, by globs.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// A glob for the manufacturer.
    #[serde(default = "any")]
    manufacturer: String,
    /// A glob for the model.
    model: String,
    /// What it is, to be read after "is": `the BMC of a DPU`.
    what: String,
}

/// The oldest firmware that is taken.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Floor {
    /// A glob for the manufacturer.
    manufacturer: String,
    /// A glob for the model.
    #[serde(default = "any")]
    model: String,
    /// The oldest BIOS.
    bios: Option<String>,
    /// The oldest firmware of the BMC.
    bmc: Option<String>,
}

fn any() -> String {
    "*".into()
}

struct Guardrails;

impl Review for Guardrails {
    fn review(
        registration: &Registration,
        enrollment: &Enrollment,
        findings: &mut Findings,
    ) -> Result {
        let settings: Settings = registration.settings()?;
        let mut judge = Judge {
            settings: &settings,
            findings,
        };
        judge.enrollment(enrollment);
        if !settings.same.is_empty() {
            judge.same(enrollment, &Places::of(registration))?;
        }
        if settings.health.is_none() && settings.firmware.is_empty() && settings.refuse.is_empty() {
            return Ok(());
        }
        let identity = registration.identity()?;
        judge.health(identity.health.as_deref());
        judge.refuse(identity.manufacturer.as_deref(), identity.model.as_deref());
        if !settings.firmware.is_empty() {
            let bmc = registration
                .manager()?
                .and_then(|manager| manager.firmware_version);
            judge.firmware(&Versions {
                manufacturer: identity.manufacturer.unwrap_or_default(),
                model: identity.model.unwrap_or_default(),
                bios: identity.bios_version,
                bmc,
            });
        }
        Ok(())
    }
}

impl Configure for Guardrails {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        let pointers = [
            ("required", settings.required.iter().collect::<Vec<_>>()),
            ("same", settings.same.keys().collect()),
        ];
        for (key, pointers) in pointers {
            if let Some(other) = pointers.iter().find(|one| !one.starts_with("/node/")) {
                return Err(format!(
                    "`{other}` in `{key}` is no pointer into the node, such as `/node/name`"
                ));
            }
        }
        let mut templates = settings.same.values().flatten();
        templates.try_for_each(|template| template.check(&Places::KNOWN))
    }
}

valence_hook::export!(Guardrails: Review, Configure);

struct Versions {
    manufacturer: String,
    model: String,
    bios: Option<String>,
    bmc: Option<String>,
}

struct Judge<'a> {
    settings: &'a Settings,
    findings: &'a mut Findings,
}

impl Judge<'_> {
    fn say(&mut self, rule: Rule, pointer: Option<&str>, message: String) {
        let effect = match self.settings.warn_only.contains(&rule) {
            true => Effect::Warn,
            false => Effect::Deny,
        };
        self.findings
            .add(effect, pointer.map(str::to_owned), message);
    }

    fn enrollment(&mut self, enrollment: &Enrollment) {
        let node = Value::from(enrollment.node.clone());
        let settings = self.settings;
        for pointer in &settings.required {
            let value = pointer
                .strip_prefix("/node")
                .and_then(|inner| node.pointer(inner));
            if value.is_none_or(is_blank) {
                self.say(
                    Rule::Required,
                    Some(pointer),
                    "a value is required here".into(),
                );
            }
        }
        let verified = enrollment.driver_info("redfish_verify_ca");
        let off = [Value::Bool(false), "false".into(), "False".into()];
        if settings.verify_ca && verified.is_some_and(|value| off.contains(value)) {
            let message = "the certificate of the BMC would not be verified";
            self.say(
                Rule::VerifyCa,
                Some("/node/driver_info/redfish_verify_ca"),
                message.into(),
            );
        }
        if enrollment.ports.len() < settings.min_ports {
            let message = format!(
                "{} ports, but {} are required",
                enrollment.ports.len(),
                settings.min_ports
            );
            self.say(Rule::MinPorts, None, message);
        }
    }

    /// What the node is said to be must be what was found.
    fn same(&mut self, enrollment: &Enrollment, places: &Places) -> Result {
        let node = Value::from(enrollment.node.clone());
        let settings = self.settings;
        for (pointer, templates) in &settings.same {
            let value = pointer
                .strip_prefix("/node")
                .and_then(|at| node.pointer(at));
            let Some(value) = value.filter(|value| !is_blank(value)) else {
                continue;
            };
            let mut found = Vec::new();
            for template in templates {
                found.extend(places.fill(template)?.ok());
            }
            let own = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            if !found.iter().any(|one| one.eq_ignore_ascii_case(&own)) {
                let found = match found.as_slice() {
                    [] => "Redfish does not say".to_owned(),
                    all => format!("Redfish says `{}`", all.join("` or `")),
                };
                self.say(
                    Rule::Same,
                    Some(pointer),
                    format!("another machine was expected here: it is `{own}`, and {found}"),
                );
            }
        }
        Ok(())
    }

    fn refuse(&mut self, manufacturer: Option<&str>, model: Option<&str>) {
        let settings = self.settings;
        let (Some(model), manufacturer) = (model, manufacturer.unwrap_or_default()) else {
            return;
        };
        let refused = settings.refuse.iter().find(|refusal| {
            matches(&refusal.manufacturer, manufacturer) && matches(&refusal.model, model)
        });
        if let Some(Refusal { what, .. }) = refused {
            self.say(
                Rule::Refuse,
                None,
                format!("`{model}` is {what}, not a node: register the system that it belongs to"),
            );
        }
    }

    fn health(&mut self, health: Option<&str>) {
        let Some(allowed) = &self.settings.health else {
            return;
        };
        let health = health.unwrap_or("unknown");
        if !allowed
            .iter()
            .any(|state| state.eq_ignore_ascii_case(health))
        {
            let message = format!(
                "the health of the system is {health}, not {}",
                allowed.join(" or ")
            );
            self.say(Rule::Health, None, message);
        }
    }

    fn firmware(&mut self, versions: &Versions) {
        let settings = self.settings;
        let floors = settings.firmware.iter().filter(|floor| {
            matches(&floor.manufacturer, &versions.manufacturer)
                && matches(&floor.model, &versions.model)
        });
        for floor in floors {
            for (what, oldest, own) in [
                ("BIOS", &floor.bios, &versions.bios),
                ("BMC firmware", &floor.bmc, &versions.bmc),
            ] {
                let Some(oldest) = oldest else { continue };
                match own {
                    None => self.say(
                        Rule::Firmware,
                        None,
                        format!("the version of the {what} is unknown; {oldest} is required"),
                    ),
                    Some(own) if compare_versions(own, oldest) == Ordering::Less => {
                        self.say(
                            Rule::Firmware,
                            None,
                            format!("the {what} is {own}; {oldest} is required"),
                        );
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(settings: &Settings, judge: impl FnOnce(&mut Judge)) -> Vec<String> {
        let mut findings = Findings::default();
        judge(&mut Judge {
            settings,
            findings: &mut findings,
        });
        findings
            .all()
            .iter()
            .map(|finding| {
                format!(
                    "{:?} {} {}",
                    finding.effect,
                    finding.pointer.as_deref().unwrap_or("-"),
                    finding.message
                )
            })
            .collect()
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let settings = Settings {
            required: vec![
                "/node/name".into(),
                "/node/properties/cpu_arch".into(),
                "/node/driver".into(),
            ],
            verify_ca: true,
            min_ports: 2,
            warn_only: BTreeSet::from([Rule::MinPorts]),
            ..Settings::default()
        };
        let mut enrollment = Enrollment::default();
        enrollment.set_driver("redfish");
        enrollment.set_name(" ");
        enrollment.set_driver_info("redfish_verify_ca", false);
        assert_eq!(
            said(&settings, |judge| judge.enrollment(&enrollment)),
            [
                "Deny /node/name a value is required here",
                "Deny /node/properties/cpu_arch a value is required here",
                "Deny /node/driver_info/redfish_verify_ca the certificate of the BMC would not be verified",
                "Warn - 0 ports, but 2 are required",
            ]
        );
    }

    #[test]
    fn what_a_node_is_said_to_be_must_be_what_was_found() {
        let templates = |all: &[&str]| all.iter().map(|text| text.parse().unwrap()).collect();
        let settings = Settings {
            same: BTreeMap::from([
                (
                    "/node/name".into(),
                    templates(&["{vendor}-{tag}", "{node}"]),
                ),
                ("/node/extra/expected".into(), templates(&["{serial}"])),
            ]),
            ..Settings::default()
        };
        let mut places = Places::default();
        places.set("vendor", "Dell");
        places.set("tag", "AN3Z23A");
        let mut enrollment = Enrollment::default();
        enrollment.set_name("dell-an3z23a");
        let said_of = |enrollment: &Enrollment| {
            said(&settings, |judge| judge.same(enrollment, &places).unwrap())
        };
        assert_eq!(said_of(&enrollment), [""; 0]);
        enrollment.set_name("Dell-X");
        enrollment.set_extra("expected", "S1");
        assert_eq!(
            said_of(&enrollment),
            [
                "Deny /node/extra/expected another machine was expected here: it is `S1`, and Redfish does not say",
                "Deny /node/name another machine was expected here: it is `Dell-X`, and Redfish says `Dell-AN3Z23A`",
            ]
        );
    }

    #[test]
    fn unknown_health_and_firmware_are_not_good_enough() {
        let floor = Floor {
            manufacturer: "Dell*".into(),
            model: "*".into(),
            bios: Some("1.8".into()),
            bmc: Some("7".into()),
        };
        let settings = Settings {
            health: Some(vec!["OK".into()]),
            firmware: vec![floor],
            ..Settings::default()
        };
        assert_eq!(said(&settings, |judge| judge.health(Some("OK"))), [""; 0]);
        assert_eq!(
            said(&settings, |judge| judge.health(None)),
            ["Deny - the health of the system is unknown, not OK"]
        );
        let mut versions = Versions {
            manufacturer: "Dell Inc.".into(),
            model: "R7615".into(),
            bios: Some("1.6.10".into()),
            bmc: None,
        };
        assert_eq!(
            said(&settings, |judge| judge.firmware(&versions)),
            [
                "Deny - the BIOS is 1.6.10; 1.8 is required",
                "Deny - the version of the BMC firmware is unknown; 7 is required"
            ]
        );
        versions.manufacturer = "HPE".into();
        assert_eq!(said(&settings, |judge| judge.firmware(&versions)), [""; 0]);
    }
}
