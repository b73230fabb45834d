//! Gives a node its resource class and traits by a table of the site's hardware.

mod class;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::custom_trait;
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, because};

use class::{Class, Hardware};

/// The site's table of hardware.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The classes, the most special one first: the first that a node fits is its own.
    classes: Vec<Class>,
    /// What becomes of a node that fits none.
    #[serde(default)]
    unknown: Unknown,
    /// Give every node a trait of its vendor and model, such as CUSTOM_DELL_POWEREDGE_R7615.
    #[serde(default)]
    model_trait: bool,
}

/// What becomes of a node that fits no class.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    /// It is not registered.
    #[default]
    Deny,
    /// It keeps the class it has, if it has one.
    Leave,
}

struct HardwareClass;

impl Map for HardwareClass {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let needs_devices = |class: &Class| {
            class
                .gpus
                .as_ref()
                .is_some_and(|gpus| gpus.device.is_some())
        };
        let hardware = Hardware {
            identity: registration.identity()?,
            processors: registration.processors()?,
            memory_mib: registration.memory()?,
            functions: match settings.classes.iter().any(needs_devices) {
                true => registration.pcie_functions()?,
                false => Vec::new(),
            },
            drives: match settings.classes.iter().any(|class| class.disks.is_some()) {
                true => registration.drives()?,
                false => Vec::new(),
            },
            nics: match settings.classes.iter().any(|class| class.nics.is_some()) {
                true => registration.nics()?,
                false => Vec::new(),
            },
        };
        if settings.model_trait
            && let Some(name) = hardware.model_trait()
        {
            enrollment.add_trait(name);
        }
        match settings.classes.iter().find(|class| class.fits(&hardware)) {
            Some(class) => {
                because(
                    "/node/resource_class",
                    format!("the first class that fits {}", hardware.describe()),
                );
                enrollment.set_resource_class(class.name.as_str());
                enrollment.traits.extend(class.traits.iter().cloned());
                Ok(())
            }
            None => match settings.unknown {
                Unknown::Leave => Ok(()),
                Unknown::Deny => Err(Error::Denied(format!(
                    "no hardware class fits {}",
                    hardware.describe()
                ))),
            },
        }
    }
}

impl Configure for HardwareClass {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        for class in &settings.classes {
            let Class { name, traits, .. } = class;
            if name.is_empty() || name.len() > 80 {
                return Err(format!("resource class `{name}` must have 1 to 80 letters"));
            }
            if let Some(illegal) = traits
                .iter()
                .find(|name| name.starts_with("CUSTOM_") && **name != custom_trait(name))
            {
                return Err(format!(
                    "trait `{illegal}` of class `{name}` is not legal: try `{}`",
                    custom_trait(illegal)
                ));
            }
            let ranges = [
                class.cpus,
                class.memory_gib,
                class.gpus.as_ref().map(|gpus| gpus.count),
                class.disks.as_ref().map(|disks| disks.count),
                class.nics,
            ];
            if ranges
                .into_iter()
                .flatten()
                .any(|range| range.min > range.max)
            {
                return Err(format!(
                    "class `{name}` has a range whose `min` is above its `max`"
                ));
            }
        }
        Ok(())
    }
}

valence_hook::export!(HardwareClass: Map, Configure);
