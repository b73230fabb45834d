//! Gives a node its resource class and traits by a table of the site's hardware.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::{Identity, PcieFunction, Processor};
use valence_hook::text::{custom_trait, matches, vendor};
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, because};

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

/// One class. Globs (`*`, `?`) take no notice of case; what is left out fits every node.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Class {
    /// The resource class.
    name: String,
    /// A glob for the manufacturer.
    manufacturer: Option<String>,
    /// A glob for the model.
    model: Option<String>,
    /// A glob for the model of all CPUs.
    cpu: Option<String>,
    /// How many CPUs.
    cpus: Option<Range>,
    /// How much memory, in GiB.
    memory_gib: Option<Range>,
    /// Which accelerators, and how many.
    gpus: Option<Gpus>,
    /// Traits of nodes of this class.
    #[serde(default)]
    traits: Vec<String>,
}

/// From `min` to `max`, both included.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Range {
    /// At least.
    #[serde(default)]
    min: u64,
    /// At most.
    #[serde(default = "endless")]
    max: u64,
}

fn endless() -> u64 {
    u64::MAX
}

/// Accelerators, as processors or as PCIe functions: services list them as one or the other.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Gpus {
    /// A glob for the model, as a processor.
    model: Option<String>,
    /// A glob for vendor and device id, as a PCIe function: `10de:20b?`.
    device: Option<String>,
    /// How many.
    count: Range,
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

/// What classes are told apart by.
#[derive(Default)]
struct Hardware {
    identity: Identity,
    processors: Vec<Processor>,
    memory_mib: Option<u64>,
    functions: Vec<PcieFunction>,
}

impl Hardware {
    fn cpus(&self) -> impl Iterator<Item = &Processor> {
        self.processors
            .iter()
            .filter(|processor| processor.kind == "CPU")
    }

    /// For a caller who has to add a class, or to find out why none fits.
    fn describe(&self) -> String {
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
        let cpu = self.cpus().find_map(|cpu| cpu.model.clone());
        let gpus = self
            .processors
            .iter()
            .filter(|processor| processor.kind == "GPU")
            .count();
        format!(
            "manufacturer `{}`, model `{}`, {} CPUs `{}`, {} GiB of memory, {gpus} GPUs",
            known(&self.identity.manufacturer),
            known(&self.identity.model),
            self.cpus().count(),
            known(&cpu),
            self.memory_mib
                .map_or_else(|| "unknown".into(), |mib| (mib / 1024).to_string()),
        )
    }

    fn model_trait(&self) -> Option<String> {
        let Identity {
            manufacturer,
            model,
            ..
        } = &self.identity;
        Some(custom_trait(&format!(
            "{} {}",
            vendor(manufacturer.as_deref()?),
            model.as_deref()?
        )))
    }
}

impl Class {
    fn fits(&self, hardware: &Hardware) -> bool {
        let Hardware {
            identity,
            memory_mib,
            ..
        } = hardware;
        fits(
            self.manufacturer.as_deref(),
            identity.manufacturer.as_deref(),
        ) && fits(self.model.as_deref(), identity.model.as_deref())
            && hardware
                .cpus()
                .all(|cpu| fits(self.cpu.as_deref(), cpu.model.as_deref()))
            && (self.cpu.is_none() || hardware.cpus().next().is_some())
            && self
                .cpus
                .is_none_or(|range| range.holds(hardware.cpus().count() as u64))
            && self
                .memory_gib
                .is_none_or(|range| memory_mib.is_some_and(|mib| range.holds(mib / 1024)))
            && self
                .gpus
                .as_ref()
                .is_none_or(|gpus| gpus.count.holds(gpus.of(hardware)))
    }
}

/// What a service does not say fits only what nothing is asked of.
fn fits(glob: Option<&str>, text: Option<&str>) -> bool {
    glob.is_none_or(|glob| text.is_some_and(|text| matches(glob, text)))
}

impl Range {
    fn holds(self, number: u64) -> bool {
        (self.min..=self.max).contains(&number)
    }
}

impl Gpus {
    fn of(&self, hardware: &Hardware) -> u64 {
        let processor = |gpu: &&Processor| {
            gpu.kind == "GPU" && fits(self.model.as_deref(), gpu.model.as_deref())
        };
        let function = |function: &&PcieFunction| {
            let id = function.vendor_id.as_ref().zip(function.device_id.as_ref());
            let id = id.map(|(vendor, device)| format!("{vendor}:{device}"));
            self.device.is_some() && fits(self.device.as_deref(), id.as_deref())
        };
        let processors = hardware.processors.iter().filter(processor).count();
        let functions = hardware.functions.iter().filter(function).count();
        processors.max(functions) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hardware() -> Hardware {
        let processor = |kind: &str, model: &str| Processor {
            kind: kind.into(),
            model: Some(model.into()),
            ..Processor::default()
        };
        Hardware {
            identity: Identity {
                manufacturer: Some("Dell Inc.".into()),
                model: Some("PowerEdge XE8545".into()),
                ..Identity::default()
            },
            processors: vec![
                processor("CPU", "AMD EPYC 7763"),
                processor("CPU", "AMD EPYC 7763"),
                processor("GPU", "NVIDIA A100"),
            ],
            memory_mib: Some(512 * 1024),
            functions: (0..4)
                .map(|_| PcieFunction {
                    vendor_id: Some("10de".into()),
                    device_id: Some("20b0".into()),
                    ..PcieFunction::default()
                })
                .collect(),
        }
    }

    #[test]
    fn every_criterion_counts() {
        let class = || Class::default();
        let glob = |text: &str| Some(text.to_owned());
        let range = |min, max| Range { min, max };
        for (class, expected) in [
            (class(), true),
            (
                Class {
                    manufacturer: glob("dell*"),
                    model: glob("*xe85??"),
                    ..class()
                },
                true,
            ),
            (
                Class {
                    manufacturer: glob("HPE"),
                    ..class()
                },
                false,
            ),
            (
                Class {
                    cpu: glob("*EPYC*"),
                    cpus: Some(range(2, 2)),
                    ..class()
                },
                true,
            ),
            (
                Class {
                    cpu: glob("*Xeon*"),
                    ..class()
                },
                false,
            ),
            (
                Class {
                    memory_gib: Some(range(512, 512)),
                    ..class()
                },
                true,
            ),
            (
                Class {
                    memory_gib: Some(range(513, 1024)),
                    ..class()
                },
                false,
            ),
            (
                Class {
                    gpus: Some(Gpus {
                        model: glob("*A100*"),
                        count: range(1, 1),
                        ..Gpus::default()
                    }),
                    ..class()
                },
                true,
            ),
            (
                Class {
                    gpus: Some(Gpus {
                        model: glob("*H100*"),
                        device: glob("10de:20b?"),
                        count: range(4, 4),
                    }),
                    ..class()
                },
                true,
            ),
            (
                Class {
                    gpus: Some(Gpus {
                        count: range(0, 0),
                        ..Gpus::default()
                    }),
                    ..class()
                },
                false,
            ),
        ] {
            assert_eq!(class.fits(&hardware()), expected);
        }
    }

    #[test]
    fn what_is_not_known_fits_no_criterion() {
        let unknown = Hardware::default();
        assert!(Class::default().fits(&unknown));
        assert!(
            !Class {
                cpu: Some("*".into()),
                ..Class::default()
            }
            .fits(&unknown)
        );
        assert!(
            !Class {
                memory_gib: Some(Range { min: 0, max: 9 }),
                ..Class::default()
            }
            .fits(&unknown)
        );
    }
}
