//! Tells Ironic what a composed node is made of, and keeps it out where that is not
//! what was asked for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::{AttachedDevice, ResourceBlock, ResourceZone};
use valence_hook::text::custom_trait;
use valence_hook::{
    Configure, Enrollment, Error, Map, Object, Registration, Result, Value, because, json,
};

/// What Ironic is told of composed nodes, and which are denied. Others are left as they are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// The key of `extra` that gets blocks, zones, devices and flavour; blank for none.
    extra: String,
    /// What the traits of kinds of blocks and of devices begin with: `made of` gives
    /// `CUSTOM_MADE_OF_STORAGE`. Without it there are none.
    traits: Option<String>,
    /// The states of composition that a block may be in: `Composed`, `ComposedAndAvailable`, …
    /// Without it, and where Redfish does not say, any will do.
    states: Option<Vec<String>>,
    /// Whether a node is denied that is not made of the blocks, or not of the zone, that the
    /// request which composed it names.
    as_asked: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            extra: "composition".into(),
            traits: None,
            states: None,
            as_asked: true,
        }
    }
}

struct ComposedNode;

impl Map for ComposedNode {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let made = Made {
            request: registration.composition()?,
            blocks: registration.resource_blocks()?,
            zones: registration.resource_zones()?,
            devices: registration.attached_devices()?,
        };
        if let Some(wrong) = made.wrong(&settings) {
            return Err(Error::Denied(wrong));
        }
        if made.is_composed() {
            made.tell(&settings, enrollment);
        }
        Ok(())
    }
}

impl Configure for ComposedNode {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        match &settings.states {
            Some(states) if states.is_empty() => {
                Err("no state in `states`: no composed node could be registered".into())
            }
            _ => Ok(()),
        }
    }
}

valence_hook::export!(ComposedNode: Map, Configure);

/// What a node is made of.
#[derive(Default)]
struct Made {
    request: Option<Object>,
    blocks: Vec<ResourceBlock>,
    zones: Vec<ResourceZone>,
    devices: Vec<AttachedDevice>,
}

impl Made {
    fn is_composed(&self) -> bool {
        self.request.is_some() || !self.blocks.is_empty() || !self.devices.is_empty()
    }

    /// Why it is not to be registered, if it is not.
    fn wrong(&self, settings: &Settings) -> Option<String> {
        for block in &self.blocks {
            let state = block.composition_state.as_ref();
            let states = settings.states.as_ref();
            if let (Some(state), Some(states)) = (state, states)
                && !states.contains(state)
            {
                let wanted = states.join("` or `");
                return Some(format!(
                    "the block `{}` is `{state}`, not `{wanted}`",
                    block.id
                ));
            }
        }
        let asked = self.request.as_ref().filter(|_| settings.as_asked)?;
        let asked = asked.get("properties")?;
        let blocks = asked.get("resource_blocks").and_then(Value::as_array);
        for name in blocks.into_iter().flatten().filter_map(Value::as_str) {
            let is_it = |block: &ResourceBlock| block.id == name || block.uri == name;
            if !self.blocks.iter().any(is_it) {
                return Some(format!(
                    "the block `{name}` was asked for, and it is made of {}",
                    list(self.blocks.iter().map(|block| block.id.as_str()))
                ));
            }
        }
        let zone = asked.get("resource_zone")?.as_str()?;
        let is_it = |one: &&ResourceZone| one.id == zone || one.uri == zone;
        let uri = self.zones.iter().find(is_it).map(|one| &one.uri);
        let outside = self
            .blocks
            .iter()
            .find(|block| uri.is_none_or(|uri| !block.zones.contains(uri)))?;
        Some(format!(
            "the zone `{zone}` was asked for, and the block `{}` is not of it",
            outside.id
        ))
    }

    fn tell(&self, settings: &Settings, enrollment: &mut Enrollment) {
        if !settings.extra.trim().is_empty() {
            because(
                format!("/node/extra/{}", settings.extra),
                "what the node is composed of",
            );
            enrollment.set_extra(&settings.extra, self.facts());
        }
        let Some(prefix) = &settings.traits else {
            return;
        };
        let kinds = self.blocks.iter().flat_map(|block| &block.kinds);
        for kind in kinds.chain(self.devices.iter().map(|one| &one.kind)) {
            let name = custom_trait(&format!("{prefix} {kind}"));
            because(format!("/traits/{name}"), format!("it is made of {kind}"));
            enrollment.add_trait(name);
        }
    }

    /// All that is known, without what is not.
    fn facts(&self) -> Value {
        let mut facts = Object::new();
        let flavor = self
            .request
            .as_ref()
            .and_then(|request| request.get("flavor"));
        facts.extend(flavor.map(|flavor| ("flavor".to_owned(), flavor.clone())));
        let block = |block: &ResourceBlock| json!({"id": block.id, "kinds": block.kinds});
        let blocks: Vec<Value> = self.blocks.iter().map(block).collect();
        let zones: Vec<&str> = self.zones.iter().map(|zone| zone.id.as_str()).collect();
        let mut devices: BTreeMap<&str, usize> = BTreeMap::new();
        for device in &self.devices {
            *devices.entry(&device.kind).or_default() += 1;
        }
        for (key, value, is_empty) in [
            ("blocks", json!(blocks), blocks.is_empty()),
            ("zones", json!(zones), zones.is_empty()),
            ("devices", json!(devices), devices.is_empty()),
        ] {
            if !is_empty {
                facts.insert(key.into(), value);
            }
        }
        Value::Object(facts)
    }
}

/// Names in a sentence.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "none".into(),
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(request: Value) -> Made {
        let block = |id: &str, zones: &[&str]| ResourceBlock {
            uri: format!("/blocks/{id}"),
            id: id.into(),
            composition_state: Some("Composed".into()),
            zones: zones.iter().map(|id| format!("/zones/{id}")).collect(),
            ..ResourceBlock::default()
        };
        let zone = |id: &str| ResourceZone {
            uri: format!("/zones/{id}"),
            id: id.into(),
            name: None,
        };
        Made {
            request: request.as_object().cloned(),
            blocks: vec![block("c", &["a"]), block("g", &["a", "b"])],
            zones: vec![zone("a"), zone("b")],
            devices: Vec::new(),
        }
    }

    #[test]
    fn a_node_is_made_of_what_was_asked_for() {
        for (asked, wrong) in [
            (json!({}), None),
            (json!({"resource_blocks": ["c", "/blocks/g"]}), None),
            (
                json!({"resource_blocks": ["c", "x"]}),
                Some("the block `x` was asked for, and it is made of `c`, `g`"),
            ),
            (json!({"resource_zone": "/zones/a"}), None),
            (
                json!({"resource_zone": "b"}),
                Some("the zone `b` was asked for, and the block `c` is not of it"),
            ),
            (
                json!({"resource_zone": "z"}),
                Some("the zone `z` was asked for, and the block `c` is not of it"),
            ),
        ] {
            let made = made(json!({"name": "n", "properties": asked}));
            assert_eq!(
                made.wrong(&Settings::default()).as_deref(),
                wrong,
                "{asked}"
            );
            let lenient = Settings {
                as_asked: false,
                ..Settings::default()
            };
            assert_eq!(made.wrong(&lenient), None);
        }
    }

    #[test]
    fn the_state_of_a_block_is_judged_where_it_is_known() {
        let settings = Settings {
            states: Some(vec!["ComposedAndAvailable".into()]),
            ..Settings::default()
        };
        let mut made = made(json!(null));
        assert_eq!(
            made.wrong(&settings).unwrap(),
            "the block `c` is `Composed`, not `ComposedAndAvailable`"
        );
        for block in &mut made.blocks {
            block.composition_state = None;
        }
        assert_eq!(made.wrong(&settings), None);
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let device = |kind: &str| AttachedDevice {
            kind: kind.into(),
            ..AttachedDevice::default()
        };
        let made = Made {
            devices: vec![device("Drive"), device("Processor"), device("Drive")],
            ..Made::default()
        };
        assert!(made.is_composed());
        assert_eq!(
            made.facts(),
            json!({"devices": {"Drive": 2, "Processor": 1}})
        );
        let mut enrollment = Enrollment::default();
        let settings = Settings {
            extra: String::new(),
            traits: Some("made of".into()),
            ..Settings::default()
        };
        made.tell(&settings, &mut enrollment);
        assert!(enrollment.node.is_empty());
        assert!(enrollment.has_trait("CUSTOM_MADE_OF_DRIVE"));
    }
}
