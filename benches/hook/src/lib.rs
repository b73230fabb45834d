//! The policy of benches/src/policy.rs as a hook. Its settings say which parts
//! of it this one sees to: one hook does all, or several share the work.

use serde::Deserialize;
use valence_hook::inventory::Identity;
use valence_hook::{Enrollment, Error, Map, Registration, Result};

#[derive(Deserialize)]
struct Settings {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Part {
    Name,
    Class,
    Properties,
    Traits,
    Ports,
    /// Reads what nobody answers: for counting what a call holds.
    Wait,
}

struct Measured;

impl Map for Measured {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let has = |part| settings.parts.contains(&part);
        let identity = registration.identity()?;
        let vendor = word(identity.manufacturer.as_deref().unwrap_or_default());
        if has(Part::Name) {
            name(&identity, &vendor, enrollment)?;
        }
        if has(Part::Class) || has(Part::Properties) {
            let memory = registration.memory()?.unwrap_or_default();
            if has(Part::Class) {
                let class = format!("baremetal-{vendor}-{}g", memory / 1024);
                enrollment.set_resource_class(class);
            }
            if has(Part::Properties) {
                enrollment.set_property("memory_mb", memory);
                properties(&identity, &vendor, enrollment);
            }
        }
        if has(Part::Traits) {
            traits(&identity, &vendor, enrollment);
        }
        if has(Part::Ports) {
            ports(registration, enrollment)?;
        }
        if has(Part::Wait) {
            registration.service_root().text("/Name")?;
        }
        Ok(())
    }
}

fn name(identity: &Identity, vendor: &str, enrollment: &mut Enrollment) -> Result {
    if identity.system_type.as_deref() == Some("Virtual") {
        return Err(Error::Denied("it is virtual".into()));
    }
    // Dell's serial number is that of the board.
    let tag = match (vendor, &identity.sku) {
        ("dell", Some(sku)) => Some(sku),
        _ => identity.serial_number.as_ref(),
    };
    let tag = tag.ok_or_else(|| Error::Denied("it has no serial number".into()))?;
    enrollment.set_name(format!("{vendor}-{}", tag.to_lowercase()));
    Ok(())
}

fn properties(identity: &Identity, vendor: &str, enrollment: &mut Enrollment) {
    enrollment.set_property("vendor", vendor);
    enrollment.set_property("model", identity.model.as_deref());
    enrollment.set_property("serial_number", identity.serial_number.as_deref());
    enrollment.set_property("bios_version", identity.bios_version.as_deref());
    enrollment.set_extra("health", identity.health.as_deref());
    enrollment.set_extra("uuid", identity.uuid.as_deref());
    enrollment.set_extra("asset_tag", identity.asset_tag.as_deref());
    enrollment.set_extra("part_number", identity.part_number.as_deref());
}

fn traits(identity: &Identity, vendor: &str, enrollment: &mut Enrollment) {
    enrollment.add_trait(format!("CUSTOM_{}", upper(vendor)));
    if let Some(model) = &identity.model {
        enrollment.add_trait(format!("CUSTOM_{}", upper(model)));
    }
    if let Some(version) = &identity.bios_version {
        enrollment.add_trait(format!("CUSTOM_BIOS_{}", upper(version)));
    }
}

fn ports(registration: &Registration, enrollment: &mut Enrollment) -> Result {
    for nic in registration.nics()? {
        let Some(mac) = &nic.mac else { continue };
        let port = enrollment.port_mut(mac);
        port.set_pxe_enabled(nic.link_up == Some(true));
        port.set_physical_network(match nic.speed_mbps {
            Some(10_000..) => "data",
            _ => "management",
        });
        port.set_extra("nic", nic.id);
    }
    Ok(())
}

valence_hook::export!(Measured: Map);

/// The first word of `text`, in lower case.
fn word(text: &str) -> String {
    let word = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
    word.unwrap_or_default().to_ascii_lowercase()
}

/// `text` as a part of a trait.
fn upper(text: &str) -> String {
    let legal = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    text.chars().map(legal).collect()
}
