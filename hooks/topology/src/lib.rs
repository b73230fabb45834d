//! Judges to which switches a node is connected.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::{Template, matches_any};
use valence_hook::{Configure, Effect, Enrollment, Findings, Port, Registration, Result, Review};

/// How nodes are to be connected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// How switches are named, with places for what is judged: `{dc}-{rack}-{side}`.
    switch: Template,
    /// How many switches a node is connected to.
    #[serde(default)]
    switches: Count,
    /// What the places of the names may be, by their names.
    #[serde(default)]
    parts: BTreeMap<String, Part>,
    /// Globs for the physical networks of ports that are judged; all where there is none.
    #[serde(default)]
    networks: Vec<String>,
    /// What becomes of a port whose switch is not known.
    #[serde(default)]
    unconnected: Unconnected,
    /// Findings only warn.
    #[serde(default)]
    warn_only: bool,
}

/// From `min` to `max`, both included.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Count {
    /// At least.
    min: usize,
    /// At most.
    max: Option<usize>,
}

/// What one place of the switches' names may be.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Part {
    /// How many different ones the switches of a node may have.
    count: Count,
    /// Globs for those that there are; any where there is none.
    only: Vec<String>,
}

/// What becomes of a port whose switch is not known.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unconnected {
    /// It is not judged.
    #[default]
    Ignore,
    /// It is a finding.
    Deny,
}

struct Topology;

impl Review for Topology {
    fn review(
        registration: &Registration,
        enrollment: &Enrollment,
        findings: &mut Findings,
    ) -> Result {
        let settings: Settings = registration.settings()?;
        settings.judge(&enrollment.ports, findings);
        Ok(())
    }
}

impl Configure for Topology {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        let places: Vec<_> = settings.switch.places().collect();
        if let Some(part) = settings
            .parts
            .keys()
            .find(|part| !places.contains(&part.as_str()))
        {
            return Err(format!(
                "`{part}` in `parts` is no place of `{}`",
                settings.switch
            ));
        }
        let counts = settings.parts.values().map(|part| part.count);
        let empty = |count: Count| count.max.is_some_and(|most| most < count.min);
        match counts.chain([settings.switches]).any(empty) {
            true => Err("a count has a `min` above its `max`".into()),
            false => Ok(()),
        }
    }
}

valence_hook::export!(Topology: Review, Configure);

impl Settings {
    fn judge(&self, ports: &[Port], findings: &mut Findings) {
        let effect = match self.warn_only {
            true => Effect::Warn,
            false => Effect::Deny,
        };
        let mut say = |pointer: Option<String>, text: String| findings.add(effect, pointer, text);
        let mut switches = BTreeSet::new();
        let mut values: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for port in ports.iter().filter(|port| self.judges(port)) {
            let pointer = format!(
                "/ports/{}/local_link_connection",
                port.address().unwrap_or_default()
            );
            let Some(name) = switch(port) else {
                if self.unconnected == Unconnected::Deny {
                    say(Some(pointer), "the switch of this port is not known".into());
                }
                continue;
            };
            let Some(places) = self.switch.read(name) else {
                let text = format!("switch `{name}` is not named like `{}`", self.switch);
                say(Some(pointer), text);
                continue;
            };
            for (place, value) in places {
                let only = self.parts.get(place).map(|part| part.only.as_slice());
                if only.is_some_and(|only| !only.is_empty() && !matches_any(only, &value)) {
                    let text = format!("`{value}` in switch `{name}` is no {place} of this site");
                    say(Some(pointer.clone()), text);
                }
                values.entry(place).or_default().insert(value);
            }
            switches.insert(name);
        }
        let counted = |found: &BTreeSet<String>, what: &str, count: Count| {
            let list: Vec<_> = found.iter().map(|one| format!("`{one}`")).collect();
            count.against(found.len()).map(|wanted| {
                let found = match list.is_empty() {
                    true => "none".to_owned(),
                    false => list.join(", "),
                };
                format!("{what}: {found}; {wanted}")
            })
        };
        let switches = switches.into_iter().map(str::to_owned).collect();
        let none = BTreeSet::new();
        let of_parts = self.parts.iter().filter_map(|(place, part)| {
            counted(
                values.get(place.as_str()).unwrap_or(&none),
                place,
                part.count,
            )
        });
        counted(&switches, "switches", self.switches)
            .into_iter()
            .chain(of_parts)
            .for_each(|text| say(None, text));
    }

    fn judges(&self, port: &Port) -> bool {
        let network = port
            .get("physical_network")
            .and_then(|value| value.as_str());
        self.networks.is_empty() || network.is_some_and(|name| matches_any(&self.networks, name))
    }
}

impl Count {
    /// What `number` had to be, if it is not.
    fn against(self, number: usize) -> Option<String> {
        let Self { min, max } = self;
        if number >= min && max.is_none_or(|most| number <= most) {
            return None;
        }
        Some(match max {
            Some(most) if most == min => format!("it has to be {min}"),
            Some(most) if min == 0 => format!("at most {most}"),
            Some(most) => format!("{min} to {most}"),
            None => format!("at least {min}"),
        })
    }
}

/// The name of the switch that a port is connected to.
fn switch(port: &Port) -> Option<&str> {
    let name = port.get("local_link_connection")?.get("switch_info")?;
    name.as_str().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use valence_hook::{Value, json};

    use super::*;

    fn said(settings: Value, switches: &[Option<&str>]) -> Vec<String> {
        let settings = Settings::deserialize(settings).unwrap();
        let ports: Vec<_> = (1..)
            .zip(switches)
            .map(|(number, switch)| {
                let mut port = Port::new(&format!("02:00:00:00:00:0{number}"));
                port.set_physical_network(if number > 3 { "storage" } else { "tenant" });
                if let Some(name) = switch {
                    port.set_local_link("02:aa:00:00:00:01", "1", Some(name));
                }
                port
            })
            .collect();
        let mut findings = Findings::default();
        settings.judge(&ports, &mut findings);
        let all = findings.all().iter();
        all.map(|finding| finding.message.clone()).collect()
    }

    fn settings(more: Value) -> Value {
        let mut settings = json!({
            "switch": "{dc}-{rack}-{side}",
            "switches": {"min": 2, "max": 2},
            "parts": {"dc": {"count": {"max": 1}}, "side": {"only": ["a", "b"], "count": {"min": 2}}},
        });
        let more = more.as_object().unwrap().clone();
        settings.as_object_mut().unwrap().extend(more);
        settings
    }

    #[test]
    fn switches_are_counted_and_their_names_taken_apart() {
        let plain = || settings(json!({}));
        let none: [String; 0] = [];
        let good = [Some("f1-r1-a"), None, Some("f1-r2-b")];
        assert_eq!(said(plain(), &good), none);
        assert_eq!(
            said(
                plain(),
                &[Some("f1-r1-a"), Some("f2-r1-a"), Some("f1-r1-c")]
            ),
            [
                "`c` in switch `f1-r1-c` is no side of this site",
                "switches: `f1-r1-a`, `f1-r1-c`, `f2-r1-a`; it has to be 2",
                "dc: `f1`, `f2`; at most 1",
            ]
        );
        assert_eq!(
            said(plain(), &[Some("leaf1")]),
            [
                "switch `leaf1` is not named like `{dc}-{rack}-{side}`",
                "switches: none; it has to be 2",
                "side: none; at least 2",
            ]
        );
    }

    #[test]
    fn only_ports_of_the_networks_that_are_named_are_judged() {
        let strict = settings(json!({"unconnected": "deny", "networks": ["ten*"]}));
        let ports = [
            Some("f1-r1-a"),
            None,
            Some("f1-r1-b"),
            None,
            Some("f2-r1-a"),
        ];
        assert_eq!(
            said(strict, &ports),
            ["the switch of this port is not known"]
        );
    }
}
