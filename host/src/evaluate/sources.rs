//! What the values of the seed's draft were made from, and how.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::ledger::Reasons;
use crate::enrollment::{Enrollment, Reading, child};
use crate::inventory::{Inventory, InventoryPart, Processor, Subject};
use crate::rules::legal_name;
use crate::text::tame;

/// The values that those of `drafted` were made from, by pointer. What is of the
/// configuration alone has none. All of it has been read by then.
pub(super) async fn of(
    drafted: &Enrollment,
    subject: &Subject,
    inventory: &Inventory,
) -> BTreeMap<String, Arc<[Reading]>> {
    let mut sources = BTreeMap::new();
    let properties = drafted.node.get("properties");
    for name in [
        "cpus",
        "cpu_arch",
        "memory_mb",
        "local_gb",
        "vendor",
        "capabilities",
    ] {
        if properties.is_none_or(|properties| properties.get(name).is_none()) {
            continue;
        }
        let readings = match name {
            "memory_mb" => inventory.readings(InventoryPart::Memory),
            "local_gb" => some_of(inventory, InventoryPart::Drives, |reading| {
                reading.pointer.contains("/Capacity")
            }),
            "vendor" => some_of(inventory, InventoryPart::Identity, |reading| {
                reading.pointer == "/Manufacturer"
            }),
            "capabilities" => some_of(inventory, InventoryPart::Identity, |reading| {
                reading.pointer.contains("Boot")
            }),
            property => processors(property, subject, inventory).await,
        };
        sources.insert(child("/node/properties", name), readings);
    }
    let of_nics = inventory.readings(InventoryPart::Nics);
    for nic in inventory.nics().await.unwrap_or_default() {
        if let Some(mac) = &nic.mac {
            let pointer = child(&child("/ports", mac), "address");
            // The first of its fields that is one: its own before the permanent one.
            let is_its = |reading: &&Reading| {
                *reading.document == *nic.uri
                    && (reading.pointer.contains("MACAddress")
                        || reading.pointer.contains("NetworkAddresses"))
            };
            let from = of_nics.iter().find(is_its).into_iter();
            sources.insert(pointer, from.cloned().collect());
        }
    }
    sources
}

/// Why the draft is as it is, `sources` being what it was made from.
pub(super) fn reasons(subject: &Subject, sources: BTreeMap<String, Arc<[Reading]>>) -> Reasons {
    let name = &subject.node_name;
    let mut because = BTreeMap::new();
    if legal_name(name) != *name {
        let name = tame(name, 100);
        because.insert(
            "/node/name".to_owned(),
            format!("`{name}` made legal: a name has letters, digits, `-`, `.`, `_` and `~` only"),
        );
    }
    Reasons {
        because,
        sources,
        ..Reasons::default()
    }
}

/// How the draft comes by the value at `pointer`, in words.
pub(super) fn how(pointer: &str) -> Option<&'static str> {
    Some(match pointer {
        "/node/driver" => "the node is a System behind Redfish",
        "/node/name" => "the node's name in Valence",
        "/node/driver_info/redfish_address" => "the address of the pod manager",
        "/node/driver_info/redfish_system_id" => "the path of the System",
        "/node/driver_info/redfish_verify_ca" => {
            "how Ironic is to check the pod manager's certificate"
        }
        "/node/properties/cpus" => "the threads of its processors",
        "/node/properties/cpu_arch" => "the architecture of its processors",
        "/node/properties/memory_mb" => "its main memory, in MiB",
        "/node/properties/local_gb" => {
            "its smallest disk of 4 GiB or more, in whole GiB, less one for partition tables"
        }
        "/node/properties/vendor" => "its manufacturer",
        "/node/properties/capabilities" => "how it boots",
        _ if pointer.starts_with("/ports/") && pointer.ends_with("/address") => {
            "a network interface of the System with a MAC of its own"
        }
        _ => return None,
    })
}

fn some_of(
    inventory: &Inventory,
    part: InventoryPart,
    is_of_it: impl Fn(&&Reading) -> bool,
) -> Arc<[Reading]> {
    let all = inventory.readings(part);
    all.iter().filter(is_of_it).cloned().collect()
}

/// Of the CPUs themselves, else of the system's summary of them.
async fn processors(property: &str, subject: &Subject, inventory: &Inventory) -> Arc<[Reading]> {
    let (of_each, of_summary): (&[&str], _) = match property {
        "cpus" => (
            &["/TotalThreads"],
            "/ProcessorSummary/LogicalProcessorCount",
        ),
        _ => (ARCHITECTURE, "/ProcessorSummary/Model"),
    };
    let all = inventory.processors().await.unwrap_or_default();
    let cpus: Vec<_> = all.iter().filter(|one| one.kind == "CPU").collect();
    let tell = |cpu: &&Processor| property != "cpus" || cpu.threads.is_some();
    if cpus.is_empty() || !cpus.iter().all(tell) {
        return [reading(subject.system.as_str(), of_summary)].into();
    }
    let all = inventory.readings(InventoryPart::Processors);
    let of = |cpu: &&Processor| {
        let at = |pointer: &&str| {
            let is_it = |one: &&Reading| *one.document == *cpu.uri && one.pointer == *pointer;
            all.iter().find(is_it).cloned()
        };
        of_each.iter().find_map(at)
    };
    cpus.iter().filter_map(of).collect()
}

/// What of a processor tells its architecture, the first that does.
const ARCHITECTURE: &[&str] = &[
    "/InstructionSet",
    "/ProcessorArchitecture",
    "/ProcessorId",
    "/Model",
];

fn reading(document: &str, pointer: &'static str) -> Reading {
    Reading {
        document: document.into(),
        pointer: Cow::Borrowed(pointer),
    }
}
