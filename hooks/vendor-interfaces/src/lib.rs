//! Chooses driver, interfaces, properties and credentials by vendor and firmware.

mod media;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::{compare_versions, matches, vendor};
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, Value, because};

/// How nodes of each vendor are driven.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The rules, the most special one first: the first that a node fits is its own.
    rules: Vec<Rule>,
    /// What becomes of a node that fits no rule.
    #[serde(default)]
    unknown: Unknown,
}

/// What becomes of a node that fits no rule.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    /// It keeps the driver it has.
    #[default]
    Leave,
    /// It is not registered.
    Deny,
}

/// One rule. Globs (`*`, `?`) take no notice of case; what is left out fits every node.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// A glob for the manufacturer.
    manufacturer: Option<String>,
    /// A glob for the model.
    model: Option<String>,
    /// The oldest firmware of the BMC that this rule is for.
    firmware_from: Option<String>,
    /// The oldest firmware of the BMC that this rule is not for any more.
    firmware_below: Option<String>,
    /// Whether the BMC can be given images to boot from, by Redfish `VirtualMedia`.
    virtual_media: Option<bool>,

    /// `properties.vendor`; by default the manufacturer's usual short name.
    vendor: Option<String>,
    /// The driver, such as `redfish` or `idrac`.
    driver: Option<String>,
    /// The driver's interfaces: `{ bios = "idrac-redfish", … }`.
    #[serde(default)]
    interfaces: BTreeMap<Interface, String>,
    /// Values for `driver_info`, such as `redfish_auth_type`.
    #[serde(default)]
    driver_info: BTreeMap<String, Value>,
    /// The name of the credentials with which Ironic reaches these BMCs. The hook's
    /// configuration must grant it.
    credentials: Option<String>,
}

/// The kinds of interface that a driver has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Interface {
    Bios,
    Boot,
    Console,
    Deploy,
    Firmware,
    Inspect,
    Management,
    Network,
    Power,
    Raid,
    Rescue,
    Storage,
    Vendor,
}

impl Interface {
    fn name(self) -> &'static str {
        match self {
            Self::Bios => "bios",
            Self::Boot => "boot",
            Self::Console => "console",
            Self::Deploy => "deploy",
            Self::Firmware => "firmware",
            Self::Inspect => "inspect",
            Self::Management => "management",
            Self::Network => "network",
            Self::Power => "power",
            Self::Raid => "raid",
            Self::Rescue => "rescue",
            Self::Storage => "storage",
            Self::Vendor => "vendor",
        }
    }
}

struct VendorInterfaces;

impl Map for VendorInterfaces {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let identity = registration.identity()?;
        let manager = registration.manager()?;
        let asks_for_media = settings
            .rules
            .iter()
            .any(|rule| rule.virtual_media.is_some());
        let bmc = Bmc {
            // One in six systems has no manufacturer; their services may have a vendor.
            manufacturer: match identity.manufacturer {
                None => registration.service_root().text("/Vendor")?,
                known => known,
            },
            model: identity.model,
            virtual_media: match asks_for_media {
                true => media::insertable(registration, manager.as_ref())?,
                false => false,
            },
            firmware: manager.and_then(|manager| manager.firmware_version),
        };
        if let Some(manufacturer) = &bmc.manufacturer {
            enrollment.set_property("vendor", vendor(manufacturer));
        }
        match settings.rules.iter().position(|rule| rule.fits(&bmc)) {
            Some(index) => {
                because(
                    "/node/driver",
                    format!("rule {} fits {}", index + 1, bmc.describe()),
                );
                settings
                    .rules
                    .into_iter()
                    .skip(index)
                    .take(1)
                    .for_each(|rule| rule.apply(enrollment));
                Ok(())
            }
            None => match settings.unknown {
                Unknown::Leave => Ok(()),
                Unknown::Deny => Err(Error::Denied(format!(
                    "no rule says how to drive {}",
                    bmc.describe()
                ))),
            },
        }
    }
}

impl Configure for VendorInterfaces {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        for (number, rule) in (1..).zip(&settings.rules) {
            let secret = |key: &&String| key.contains("password") || key.contains("secret");
            if let Some(key) = rule.driver_info.keys().find(secret) {
                return Err(format!(
                    "rule {number} has `{key}` in `driver_info`: name `credentials` instead"
                ));
            }
        }
        Ok(())
    }
}

valence_hook::export!(VendorInterfaces: Map, Configure);

/// What rules are told apart by.
#[derive(Default)]
struct Bmc {
    manufacturer: Option<String>,
    model: Option<String>,
    firmware: Option<String>,
    virtual_media: bool,
}

impl Bmc {
    fn describe(&self) -> String {
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
        format!(
            "manufacturer `{}`, model `{}`, BMC firmware `{}`",
            known(&self.manufacturer),
            known(&self.model),
            known(&self.firmware)
        )
    }
}

impl Rule {
    fn fits(&self, bmc: &Bmc) -> bool {
        let text = |glob: &Option<String>, text: &Option<String>| {
            glob.as_ref()
                .is_none_or(|glob| text.as_ref().is_some_and(|text| matches(glob, text)))
        };
        let firmware = |bound: &Option<String>, older: bool| {
            bound.as_ref().is_none_or(|bound| {
                bmc.firmware
                    .as_ref()
                    .is_some_and(|own| (compare_versions(own, bound) == Ordering::Less) == older)
            })
        };
        text(&self.manufacturer, &bmc.manufacturer)
            && text(&self.model, &bmc.model)
            && firmware(&self.firmware_from, false)
            && firmware(&self.firmware_below, true)
            && self
                .virtual_media
                .is_none_or(|wanted| wanted == bmc.virtual_media)
    }

    fn apply(self, enrollment: &mut Enrollment) {
        enrollment.set_property("vendor", self.vendor);
        enrollment.set_driver(self.driver);
        for (interface, name) in self.interfaces {
            enrollment.set_interface(interface.name(), name);
        }
        for (key, value) in self.driver_info {
            enrollment.set_driver_info(&key, value);
        }
        if let Some(name) = self.credentials {
            enrollment.set_credentials(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firmware_has_a_floor_and_a_ceiling() {
        let rule = Rule {
            firmware_from: Some("4.40".into()),
            firmware_below: Some("7".into()),
            ..Rule::default()
        };
        for (firmware, expected) in [
            (Some("4.39.99"), false),
            (Some("4.40"), true),
            (Some("6.10.80.00"), true),
            (Some("7.00.00.00"), false),
            (None, false),
        ] {
            let bmc = Bmc {
                firmware: firmware.map(str::to_owned),
                ..Bmc::default()
            };
            assert_eq!(rule.fits(&bmc), expected, "{firmware:?}");
        }
        assert!(Rule::default().fits(&Bmc::default()));
    }

    #[test]
    fn secrets_in_settings_are_refused() {
        let rule = Rule {
            driver_info: BTreeMap::from([("redfish_password".into(), "x".into())]),
            ..Rule::default()
        };
        let settings = Settings {
            rules: vec![Rule::default(), rule],
            unknown: Unknown::Leave,
        };
        let complaint = VendorInterfaces::check(&settings).unwrap_err();
        assert_eq!(
            complaint,
            "rule 2 has `redfish_password` in `driver_info`: name `credentials` instead"
        );
    }
}
