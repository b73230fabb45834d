//! Classes of hardware, and what they are told apart by.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::{Drive, Identity, Nic, PcieFunction, Processor};
use valence_hook::text::{custom_trait, matches, vendor};

/// One class. Globs (`*`, `?`) take no notice of case; what is left out fits every node.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    /// The resource class.
    pub(crate) name: String,
    /// A glob for the manufacturer.
    manufacturer: Option<String>,
    /// A glob for the model.
    model: Option<String>,
    /// A glob for the model of all CPUs.
    cpu: Option<String>,
    /// How many CPUs.
    pub(crate) cpus: Option<Range>,
    /// How much memory, in GiB.
    pub(crate) memory_gib: Option<Range>,
    /// Which accelerators, and how many.
    pub(crate) gpus: Option<Gpus>,
    /// Which disks, and how many.
    pub(crate) disks: Option<Disks>,
    /// How many network interfaces with an address.
    pub(crate) nics: Option<Range>,
    /// Traits of nodes of this class.
    #[serde(default)]
    pub(crate) traits: Vec<String>,
}

/// From `min` to `max`, both included.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Range {
    /// At least.
    pub(crate) min: u64,
    /// At most.
    pub(crate) max: u64,
}

/// Any number.
impl Default for Range {
    fn default() -> Self {
        Self {
            min: 0,
            max: u64::MAX,
        }
    }
}

/// Accelerators, as processors or as PCIe functions: services list them as one or the other.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gpus {
    /// A glob for the model, as a processor.
    model: Option<String>,
    /// A glob for vendor and device id, as a PCIe function: `10de:20b?`.
    pub(crate) device: Option<String>,
    /// How many.
    pub(crate) count: Range,
}

/// Disks. What is left out fits every disk.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disks {
    /// HDD, SSD, …
    media: Option<String>,
    /// NVMe, SAS, SATA, …
    protocol: Option<String>,
    /// The size of each, in GiB.
    #[serde(default)]
    gib: Range,
    /// How many.
    pub(crate) count: Range,
}

/// What classes are told apart by.
#[derive(Default)]
pub(crate) struct Hardware {
    pub(crate) identity: Identity,
    pub(crate) processors: Vec<Processor>,
    pub(crate) memory_mib: Option<u64>,
    pub(crate) functions: Vec<PcieFunction>,
    pub(crate) drives: Vec<Drive>,
    pub(crate) nics: Vec<Nic>,
}

impl Hardware {
    fn cpus(&self) -> impl Iterator<Item = &Processor> {
        self.processors
            .iter()
            .filter(|processor| processor.kind == "CPU")
    }

    fn nics(&self) -> u64 {
        let with_address = self.nics.iter().filter(|nic| nic.mac.is_some());
        with_address.count() as u64
    }

    /// For a caller who has to add a class, or to find out why none fits.
    pub(crate) fn describe(&self) -> String {
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

    pub(crate) fn model_trait(&self) -> Option<String> {
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
    pub(crate) fn fits(&self, hardware: &Hardware) -> bool {
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
            && self
                .disks
                .as_ref()
                .is_none_or(|disks| disks.count.holds(disks.of(hardware)))
            && self.nics.is_none_or(|range| range.holds(hardware.nics()))
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

    fn is_any(self) -> bool {
        self.min == 0 && self.max == u64::MAX
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

impl Disks {
    fn of(&self, hardware: &Hardware) -> u64 {
        let fitting = hardware.drives.iter().filter(|drive| {
            let gib = drive.capacity_bytes.map(|bytes| bytes >> 30);
            fits(self.media.as_deref(), drive.media.as_deref())
                && fits(self.protocol.as_deref(), drive.protocol.as_deref())
                && gib.map_or(self.gib.is_any(), |gib| self.gib.holds(gib))
        });
        fitting.count() as u64
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
            drives: [(447, "SSD"), (1788, "SSD"), (1788, "SSD")]
                .map(|(gib, media)| Drive {
                    capacity_bytes: Some(gib << 30),
                    media: Some(media.into()),
                    ..Drive::default()
                })
                .to_vec(),
            nics: vec![Nic {
                mac: Some("02:00:00:00:00:01".into()),
                ..Nic::default()
            }],
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
            (
                Class {
                    disks: Some(Disks {
                        media: glob("ssd"),
                        gib: range(1500, 2000),
                        count: range(2, 2),
                        ..Disks::default()
                    }),
                    nics: Some(range(1, 1)),
                    ..class()
                },
                true,
            ),
            (
                Class {
                    disks: Some(Disks {
                        protocol: glob("NVMe"),
                        count: range(1, 9),
                        ..Disks::default()
                    }),
                    ..class()
                },
                false,
            ),
            (
                Class {
                    nics: Some(range(2, 2)),
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
