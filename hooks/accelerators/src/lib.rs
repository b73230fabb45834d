//! Tells Ironic which accelerators a node has, by a table of those that the site
//! knows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::PcieFunction;
use valence_hook::text::custom_trait;
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, Value, because, json};

/// The accelerators that the site knows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The accelerators.
    known: Vec<Known>,
    /// What becomes of a node with another display controller or processing accelerator.
    #[serde(default)]
    unknown: Unknown,
}

/// One kind of accelerator.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Vendor and device id of its PCIe function: `10de:2330`.
    device: String,
    /// What the capability with their number and the trait are called.
    name: String,
    /// The type, as Ironic's agent tells it: `GPU`, `FPGA`, …
    #[serde(default = "gpu", rename = "type")]
    kind: String,
}

fn gpu() -> String {
    "GPU".into()
}

/// What becomes of a node with an accelerator that is not known.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    /// It is not told of.
    #[default]
    Leave,
    /// The node is not registered.
    Deny,
}

/// The device classes of Redfish that accelerators have.
const CLASSES: [&str; 2] = ["DisplayController", "ProcessingAccelerators"];

struct Accelerators;

impl Map for Accelerators {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        settings
            .apply(&registration.pcie_functions()?, enrollment)
            .map_err(Error::Denied)
    }
}

impl Configure for Accelerators {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        for (place, known) in settings.known.iter().enumerate() {
            let Known { device, name, .. } = known;
            if !is_device(device) {
                return Err(format!(
                    "`{device}` is no device: it is to be four lower-case hexadecimal digits, a colon and four more"
                ));
            }
            let earlier = settings.known.iter().take(place);
            if earlier.clone().any(|other| other.device == *device) {
                return Err(format!("`{device}` is listed twice"));
            }
            if name.is_empty() || name.contains([':', ',']) {
                return Err(format!("`{name}` is no name for a capability"));
            }
        }
        Ok(())
    }
}

valence_hook::export!(Accelerators: Map, Configure);

fn is_device(text: &str) -> bool {
    let digits = |text: &str| {
        let is_digit = |letter: char| matches!(letter, '0'..='9' | 'a'..='f');
        text.len() == 4 && text.chars().all(is_digit)
    };
    text.split_once(':')
        .is_some_and(|(vendor, device)| digits(vendor) && digits(device))
}

fn device(function: &PcieFunction) -> Option<String> {
    let id = function.vendor_id.as_ref().zip(function.device_id.as_ref());
    id.map(|(vendor, device)| format!("{vendor}:{device}"))
}

impl Settings {
    /// Tells of the accelerators among `functions`, or says why the node is denied.
    fn apply(&self, functions: &[PcieFunction], enrollment: &mut Enrollment) -> Result<(), String> {
        let mut told: Vec<Value> = Vec::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for function in functions {
            let id = device(function);
            let known = self
                .known
                .iter()
                .find(|known| Some(&known.device) == id.as_ref());
            if let Some(known) = known {
                told.push(json!({
                    "vendor_id": function.vendor_id,
                    "device_id": function.device_id,
                    "type": known.kind,
                }));
                *counts.entry(&known.name).or_default() += 1;
                continue;
            }
            let class = function.device_class.as_deref().unwrap_or_default();
            if self.unknown == Unknown::Deny && CLASSES.contains(&class) {
                return Err(format!(
                    "`{}` at {} is no accelerator that this site knows",
                    id.as_deref().unwrap_or("a device of unknown make"),
                    function.uri
                ));
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        because(
            "/node/properties/accelerators",
            format!(
                "{} of {} PCIe functions are known",
                told.len(),
                functions.len()
            ),
        );
        enrollment.set_property("accelerators", told);
        for (name, count) in counts {
            enrollment.set_capability(name, count.to_string());
            let name = custom_trait(name);
            because(format!("/traits/{name}"), format!("there are {count}"));
            enrollment.add_trait(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(device: &str, class: &str) -> PcieFunction {
        let (vendor, device) = device.split_once(':').unwrap();
        PcieFunction {
            uri: format!("/{device}"),
            vendor_id: Some(vendor.into()),
            device_id: Some(device.into()),
            device_class: Some(class.into()),
            ..PcieFunction::default()
        }
    }

    fn settings(unknown: &str) -> Settings {
        Settings::deserialize(json!({
            "known": [{"device": "10de:2330", "name": "h100"}],
            "unknown": unknown,
        }))
        .unwrap()
    }

    #[test]
    fn accelerators_are_counted_and_others_are_not() {
        let functions = [
            function("10de:2330", "DisplayController"),
            function("8086:1572", "NetworkController"),
            function("10de:2330", "ProcessingAccelerators"),
        ];
        let mut enrollment = Enrollment::default();
        enrollment.set_capability("boot_mode", "uefi");
        settings("deny").apply(&functions, &mut enrollment).unwrap();
        let one = json!({"vendor_id": "10de", "device_id": "2330", "type": "GPU"});
        assert_eq!(
            enrollment.property("accelerators"),
            Some(&json!([one, one]))
        );
        let capabilities = json!("boot_mode:uefi,h100:2");
        assert_eq!(enrollment.property("capabilities"), Some(&capabilities));
        assert!(enrollment.has_trait("CUSTOM_H100"));
    }

    #[test]
    fn one_that_is_not_known_is_denied_where_that_is_asked_for() {
        let functions = [function("1a03:2000", "DisplayController")];
        let mut enrollment = Enrollment::default();
        assert_eq!(settings("leave").apply(&functions, &mut enrollment), Ok(()));
        assert_eq!(enrollment, Enrollment::default());
        assert_eq!(
            settings("deny")
                .apply(&functions, &mut enrollment)
                .unwrap_err(),
            "`1a03:2000` at /2000 is no accelerator that this site knows"
        );
    }
}
