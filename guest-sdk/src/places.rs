//! What is known of a node, by the names that it has in templates.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::inventory::{
    Chassis, Identity, Location, Manager, Processor, ResourceBlock, ResourceZone,
};
use crate::text::{Missing, Template, vendor};
use crate::{ReadError, Registration};

/// What is known of a node, to be filled into a [`Template`]. Each part of the
/// inventory is read when a place first asks for it, so that a part that cannot
/// be read is no harm where nothing needs it.
///
/// | place | is |
/// |---|---|
/// | `row`, `rack`, `unit`, `label`, `info` | where it stands: `Placement`, `PartLocation.ServiceLabel` and `Info` of its chassis' `Location` |
/// | `vendor`, `manufacturer` | its manufacturer by the usual short name, and as Redfish has it |
/// | `model`, `part`, `sku`, `serial` | its model, part number, SKU and serial number |
/// | `tag` | the service tag on Dell, the serial number elsewhere |
/// | `chassis`, `chassis_serial`, `chassis_asset` | type, serial number and asset tag of the nearest chassis that says |
/// | `asset`, `host`, `uuid` | its asset tag, host name and UUID |
/// | `type`, `health`, `boot_mode` | `SystemType`, health, and `uefi` or `bios` |
/// | `arch`, `cpu` | architecture and model that all of its CPUs have |
/// | `bios`, `bmc`, `bmc_model`, `bmc_host` | versions of the BIOS and the BMC's firmware, the BMC's model and host name |
/// | `flavor` | the flavour that it was composed by |
/// | `zone` | the id of the resource zone that all of its blocks are of, if there is only one |
/// | `node`, `pod_manager`, `address` | the names that Valence has for them, and the host of the service's address |
#[derive(Default)]
pub struct Places<'a> {
    registration: Option<&'a Registration<'a>>,
    own: BTreeMap<String, String>,
    identity: OnceCell<Identity>,
    location: OnceCell<Location>,
    chassis: OnceCell<Vec<Chassis>>,
    processors: OnceCell<Vec<Processor>>,
    manager: OnceCell<Option<Manager>>,
    zone: OnceCell<Option<String>>,
}

impl<'a> Places<'a> {
    /// All places that there are, for [`Template::check`].
    pub const KNOWN: [&'static str; 32] = [
        "row",
        "rack",
        "unit",
        "label",
        "info",
        "vendor",
        "manufacturer",
        "model",
        "part",
        "sku",
        "serial",
        "tag",
        "chassis",
        "chassis_serial",
        "chassis_asset",
        "asset",
        "host",
        "uuid",
        "type",
        "health",
        "boot_mode",
        "arch",
        "cpu",
        "bios",
        "bmc",
        "bmc_model",
        "bmc_host",
        "flavor",
        "zone",
        "node",
        "pod_manager",
        "address",
    ];

    /// Those of the node that is being registered. Without one, as in tests,
    /// [`Places::default`] knows none but those that are [`set`](Self::set).
    pub fn of(registration: &'a Registration<'a>) -> Self {
        Self {
            registration: Some(registration),
            ..Self::default()
        }
    }

    /// Adds a place of your own, or puts another value in one of these.
    pub fn set(&mut self, place: &str, value: impl Into<String>) {
        self.own.insert(place.to_owned(), value.into());
    }

    /// What is at `place`; none where Redfish does not say.
    pub fn get(&self, place: &str) -> Result<Option<String>, ReadError> {
        if let Some(own) = self.own.get(place) {
            return Ok(Some(own.clone()));
        }
        Ok(match place {
            "row" | "rack" | "unit" | "label" | "info" => of_location(place, self.location()?),
            "chassis" | "chassis_serial" | "chassis_asset" => of_chassis(place, self.chassis()?),
            "bmc" | "bmc_model" | "bmc_host" => of_manager(place, self.manager()?.as_ref()),
            "arch" => common(self.processors()?, |cpu| cpu.architecture.as_ref()),
            "cpu" => common(self.processors()?, |cpu| cpu.model.as_ref()),
            "flavor" => self.registration.and_then(flavor),
            "zone" => self.part(&self.zone, zone)?.clone(),
            "node" => self.registration.map(Registration::node_name),
            "pod_manager" => self.registration.map(Registration::pod_manager),
            "address" => self.registration.map(|one| host(&one.address()).to_owned()),
            other => of_identity(other, self.identity()?),
        })
    }

    /// `template` with its places filled; an error of the inner kind where one of
    /// them is not known.
    pub fn fill(&self, template: &Template) -> Result<Result<String, Missing>, ReadError> {
        let mut known = BTreeMap::new();
        for place in template.places() {
            match self.get(place)? {
                Some(value) => known.insert(place, value),
                None => return Ok(Err(Missing(place.to_owned()))),
            };
        }
        Ok(template.fill(|place| known.get(place).cloned()))
    }

    /// The first of `templates` of which all places are known, filled, and which
    /// one that is; else what each of them lacks.
    pub fn first<'t>(
        &self,
        templates: &'t [Template],
    ) -> Result<Result<(String, &'t Template), Vec<Missing>>, ReadError> {
        let mut lacking = Vec::new();
        for template in templates {
            match self.fill(template)? {
                Ok(text) => return Ok(Ok((text, template))),
                Err(missing) => lacking.push(missing),
            }
        }
        Ok(Err(lacking))
    }

    fn identity(&self) -> Result<&Identity, ReadError> {
        self.part(&self.identity, Registration::identity)
    }

    fn location(&self) -> Result<&Location, ReadError> {
        self.part(&self.location, Registration::location)
    }

    fn chassis(&self) -> Result<&Vec<Chassis>, ReadError> {
        self.part(&self.chassis, Registration::chassis)
    }

    fn processors(&self) -> Result<&Vec<Processor>, ReadError> {
        self.part(&self.processors, Registration::processors)
    }

    fn manager(&self) -> Result<&Option<Manager>, ReadError> {
        self.part(&self.manager, Registration::manager)
    }

    fn part<'c, T: Default>(
        &self,
        cell: &'c OnceCell<T>,
        read: fn(&Registration<'a>) -> Result<T, ReadError>,
    ) -> Result<&'c T, ReadError> {
        if let Some(known) = cell.get() {
            return Ok(known);
        }
        let part = self.registration.map(read).transpose()?;
        Ok(cell.get_or_init(|| part.unwrap_or_default()))
    }
}

fn of_identity(place: &str, identity: &Identity) -> Option<String> {
    let Identity {
        manufacturer,
        model,
        sku,
        part_number,
        serial_number,
        ..
    } = identity;
    let short = manufacturer.as_deref().map(vendor);
    match place {
        "vendor" => short,
        "manufacturer" => manufacturer.clone(),
        "model" => model.clone(),
        "part" => part_number.clone(),
        "sku" => sku.clone(),
        "serial" => serial_number.clone(),
        // Dell's SerialNumber is that of the board.
        "tag" if short.as_deref() == Some("Dell") => sku.clone(),
        "tag" => serial_number.clone(),
        "asset" => identity.asset_tag.clone(),
        "host" => identity.host_name.clone(),
        "uuid" => identity.uuid.clone(),
        "type" => identity.system_type.clone(),
        "health" => identity.health.clone(),
        "boot_mode" => identity.boot_mode.clone(),
        "bios" => identity.bios_version.clone(),
        _ => None,
    }
}

fn of_location(place: &str, location: &Location) -> Option<String> {
    match place {
        "row" => location.row.clone(),
        "rack" => location.rack.clone(),
        "unit" => location.unit.map(|unit| unit.to_string()),
        "label" => location.service_label.clone(),
        "info" => location.info.clone(),
        _ => None,
    }
}

fn of_chassis(place: &str, chassis: &[Chassis]) -> Option<String> {
    chassis.iter().find_map(|one| match place {
        "chassis" => one.kind.clone(),
        "chassis_serial" => one.serial_number.clone(),
        "chassis_asset" => one.asset_tag.clone(),
        _ => None,
    })
}

fn of_manager(place: &str, manager: Option<&Manager>) -> Option<String> {
    let manager = manager?;
    match place {
        "bmc" => manager.firmware_version.clone(),
        "bmc_model" => manager.model.clone(),
        "bmc_host" => manager.host_name.clone(),
        _ => None,
    }
}

/// The flavour that the node was composed by.
fn flavor(registration: &Registration) -> Option<String> {
    let request = registration.composition().ok()??;
    request.get("flavor")?.as_str().map(str::to_owned)
}

fn zone(registration: &Registration) -> Result<Option<String>, ReadError> {
    let blocks = registration.resource_blocks()?;
    Ok(common_zone(&blocks, &registration.resource_zones()?))
}

/// The one zone that all `blocks` are of.
fn common_zone(blocks: &[ResourceBlock], zones: &[ResourceZone]) -> Option<String> {
    let holds_all = |zone: &&ResourceZone| blocks.iter().all(|one| one.zones.contains(&zone.uri));
    let mut common = zones.iter().filter(holds_all);
    let first = common.next()?;
    common.next().is_none().then(|| first.id.clone())
}

/// What all CPUs have.
fn common(processors: &[Processor], of: impl Fn(&Processor) -> Option<&String>) -> Option<String> {
    let mut cpus = processors.iter().filter(|one| one.kind == "CPU").map(of);
    let first = cpus.next()??;
    cpus.all(|other| other == Some(first))
        .then(|| first.clone())
}

/// The host of an address, without scheme, port and brackets.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or_default();
    if let Some((inside, _)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inside;
    }
    rest.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(identity: Identity) -> Places<'static> {
        Places {
            identity: OnceCell::from(identity),
            ..Places::default()
        }
    }

    #[test]
    fn the_tag_is_what_the_vendor_means_by_it() {
        let identity = |manufacturer: &str| Identity {
            manufacturer: Some(manufacturer.into()),
            sku: Some("4XYZ123".into()),
            serial_number: Some("CNFCP0012300AB".into()),
            ..Identity::default()
        };
        for (manufacturer, tag) in [("Dell Inc.", "4XYZ123"), ("HPE", "CNFCP0012300AB")] {
            let places = places(identity(manufacturer));
            assert_eq!(places.get("tag").unwrap().as_deref(), Some(tag));
        }
    }

    #[test]
    fn the_first_template_of_which_all_places_are_known() {
        let mut places = places(Identity {
            manufacturer: Some("Dell Inc.".into()),
            ..Identity::default()
        });
        let templates = ["{rack}-u{unit:02}", "{vendor}", "{own}"];
        let templates = templates.map(|text| text.parse().unwrap());
        let (text, _) = places.first(&templates).unwrap().unwrap();
        assert_eq!(text, "Dell");
        places.set("rack", "r1");
        let missing = places.first(&templates[..1]).unwrap().unwrap_err();
        assert_eq!(missing, [Missing("unit".into())]);
        places.set("unit", "7");
        let (text, template) = places.first(&templates).unwrap().unwrap();
        assert_eq!((text.as_str(), template), ("r1-u07", &templates[0]));
    }

    #[test]
    fn what_not_all_cpus_have_is_not_known() {
        let cpu = |model: &str| Processor {
            kind: "CPU".into(),
            model: Some(model.into()),
            ..Processor::default()
        };
        let gpu = Processor {
            kind: "GPU".into(),
            ..Processor::default()
        };
        let model = |all: &[Processor]| common(all, |cpu| cpu.model.as_ref());
        assert_eq!(
            model(&[gpu.clone(), cpu("a"), cpu("a")]).as_deref(),
            Some("a")
        );
        assert_eq!(model(&[cpu("a"), cpu("b")]), None);
        assert_eq!(model(&[gpu]), None);
    }

    #[test]
    fn the_zone_is_the_only_one_that_all_blocks_are_of() {
        let zone = |id: &str| ResourceZone {
            uri: format!("/{id}"),
            id: id.into(),
            name: None,
        };
        let block = |zones: &[&str]| ResourceBlock {
            zones: zones.iter().map(|id| format!("/{id}")).collect(),
            ..ResourceBlock::default()
        };
        let zones = [zone("a"), zone("b")];
        for (blocks, expected) in [
            (vec![block(&["a"]), block(&["a", "b"])], Some("a")),
            (vec![block(&["a", "b"]), block(&["a", "b"])], None),
            (vec![block(&["a"]), block(&["b"])], None),
            (vec![block(&[])], None),
        ] {
            let common = common_zone(&blocks, &zones);
            assert_eq!(common.as_deref(), expected, "{blocks:?}");
        }
        assert_eq!(common_zone(&[], &[]), None);
    }

    #[test]
    fn every_place_that_is_told_of_is_one() {
        let chassis = Chassis {
            kind: Some("k".into()),
            serial_number: Some("s".into()),
            asset_tag: Some("a".into()),
            ..Chassis::default()
        };
        let all = Places {
            identity: OnceCell::from(Identity {
                manufacturer: Some("m".into()),
                model: Some("m".into()),
                sku: Some("s".into()),
                part_number: Some("p".into()),
                serial_number: Some("s".into()),
                uuid: Some("u".into()),
                asset_tag: Some("a".into()),
                host_name: Some("h".into()),
                bios_version: Some("b".into()),
                system_type: Some("t".into()),
                health: Some("h".into()),
                boot_mode: Some("b".into()),
            }),
            location: OnceCell::from(Location {
                row: Some("r".into()),
                rack: Some("r".into()),
                unit: Some(1),
                service_label: Some("l".into()),
                info: Some("i".into()),
            }),
            chassis: OnceCell::from(vec![Chassis::default(), chassis]),
            processors: OnceCell::from(vec![Processor {
                kind: "CPU".into(),
                model: Some("m".into()),
                architecture: Some("a".into()),
                ..Processor::default()
            }]),
            manager: OnceCell::from(Some(Manager {
                uri: "/".into(),
                model: Some("m".into()),
                firmware_version: Some("f".into()),
                host_name: Some("h".into()),
            })),
            zone: OnceCell::from(Some("z".into())),
            ..Places::default()
        };
        let of_valence = ["flavor", "node", "pod_manager", "address"];
        for place in Places::KNOWN {
            let known = all.get(place).unwrap();
            assert_eq!(known.is_none(), of_valence.contains(&place), "{place}");
        }
    }

    #[test]
    fn an_address_has_a_host() {
        for (address, expected) in [
            ("https://10.0.0.5", "10.0.0.5"),
            ("https://bmc-7.example:8443/redfish", "bmc-7.example"),
            ("https://[2001:db8::5]:443", "2001:db8::5"),
            ("bmc.invalid", "bmc.invalid"),
        ] {
            assert_eq!(host(address), expected);
        }
    }
}
