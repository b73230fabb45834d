//! Every quirk, and every entry of the tables, by what becomes of it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{Inventory, bmc, hosts, mac, processors, read};
use super::*;
use crate::redfish::{Document, Mockup, ReadLimits, Snapshot};

/// What a service does, who does it, and what the inventory makes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    quirk: String,
    seen: String,
    #[serde(default)]
    system: Map<String, Value>,
    /// Collections below the system, by name, with their members.
    #[serde(default)]
    collections: Map<String, Value>,
    /// Other documents, by path.
    #[serde(default)]
    documents: Map<String, Value>,
    expected: Map<String, Value>,
}

const SYSTEM: &str = "/redfish/v1/Systems/1";

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

impl Case {
    fn inventory(&self) -> Inventory {
        let mut documents = self.documents.clone();
        let mut system = self.system.clone();
        for (name, listed) in &self.collections {
            let collection = format!("{SYSTEM}/{name}");
            system.insert(name.clone(), json!({"@odata.id": collection}));
            let mut members = Vec::new();
            for (n, member) in listed.as_array().unwrap().iter().enumerate() {
                let path = format!("{collection}/{}", n + 1);
                members.push(json!({"@odata.id": path}));
                documents.insert(path, member.clone());
            }
            documents.insert(collection, json!({"Members": members}));
        }
        documents.insert(SYSTEM.into(), Value::Object(system));
        let mockup = Arc::new(Mockup::from_map(documents));
        let snapshot = Arc::new(Snapshot::new(mockup, ReadLimits::default()));
        Inventory::new(snapshot, SYSTEM.parse().unwrap())
    }
}

/// What is expected of anything in any case.
async fn found(inventory: &Inventory) -> Value {
    let identity = inventory.identity().await.unwrap();
    let nics = inventory.nics().await;
    let of_nics = nics.clone().unwrap_or_default();
    let left_out = inventory.left_out().await.unwrap_or_default();
    let (nics, with_mac) = (of_nics, |nic: &&crate::inventory::Nic| nic.mac.is_some());
    let nics: Vec<_> = nics.iter().filter(with_mac).collect();
    json!({
        "uuid": identity.uuid, "serial_number": identity.serial_number,
        "manufacturer": identity.manufacturer, "boot_mode": identity.boot_mode,
        "nics_error": inventory.nics().await.err().map(|error| error.to_string()),
        "macs": nics.iter().map(|nic| nic.mac.clone()).collect::<Vec<_>>(),
        "permanent_macs": nics.iter().map(|nic| nic.permanent_mac.clone()).collect::<Vec<_>>(),
        "links": nics.iter().map(|nic| nic.link_up).collect::<Vec<_>>(),
        "left_out": left_out.iter().map(|left| left.id.clone()).collect::<Vec<_>>(),
        "cpus": inventory.logical_processors().await.unwrap(),
        "architecture": inventory.architecture().await.unwrap(),
        "memory_mib": inventory.memory_mib().await.unwrap(),
    })
}

#[tokio::test]
async fn every_quirk_is_mended() {
    for case in cases() {
        let found = found(&case.inventory()).await;
        for (key, expected) in &case.expected {
            assert_eq!(&found[key], expected, "{}: `{key}`", case.quirk);
        }
        assert!(
            !case.expected.is_empty() && !case.seen.is_empty(),
            "{}",
            case.quirk
        );
    }
}

#[test]
fn every_quirk_is_in_the_operators_list() {
    let list = include_str!("../../../../docs/redfish.md");
    for case in cases() {
        let row = format!("| {} | {} |", case.quirk, case.seen);
        assert!(list.contains(&row), "docs/redfish.md lacks `{row}`");
    }
}

#[test]
fn every_entry_of_the_tables_is_known_and_has_a_reason() {
    for (text, _) in PLACEHOLDER_TEXTS {
        assert_eq!(
            read::clean(&format!(" {} ", text.to_uppercase())),
            None,
            "{text}"
        );
    }
    for (uuid, _) in PLACEHOLDER_UUIDS {
        assert!(is_placeholder_uuid(&uuid.to_uppercase()), "{uuid}");
    }
    for (address, _) in PLACEHOLDER_MACS {
        assert!(mac::parse(address).is_err(), "{address}");
    }
    for (name, _) in BMC_NIC_NAMES {
        assert!(
            bmc::is_bmc_name(&format!("{}0", name.to_uppercase())),
            "{name}"
        );
    }
    let system = |body: Value| Document::new(SYSTEM.parse().unwrap(), body);
    for (name, what) in NO_HOST_NAMES {
        let why = hosts::no_host(&system(json!({"Id": format!("{}_x", name.to_uppercase())})));
        assert!(why.is_some_and(|why| why.ends_with(what)), "{name}");
    }
    for (kind, what) in NO_HOST_TYPES {
        let why = hosts::no_host(&system(json!({"SystemType": kind})));
        assert!(why.is_some_and(|why| why.ends_with(what)), "{kind}");
    }
    for (word, architecture, _) in MODEL_WORDS {
        let body = json!({"Model": format!("The {} 9", word.to_uppercase())});
        assert_eq!(
            processors::architecture_of(body),
            Some(*architecture),
            "{word}"
        );
    }
    for (vendor, family, architecture, _) in PROCESSOR_IDS {
        let family = family.map(|family| family.to_string());
        let body = json!({"ProcessorId": {"VendorId": vendor, "EffectiveFamily": family}});
        assert_eq!(
            processors::architecture_of(body),
            Some(*architecture),
            "{vendor}"
        );
    }
    for (said, architecture) in INSTRUCTION_SETS {
        let body = json!({"InstructionSet": said});
        assert_eq!(
            processors::architecture_of(body),
            Some(*architecture),
            "{said}"
        );
    }
    for (said, architecture) in ARCHITECTURES {
        let body = json!({"ProcessorArchitecture": said});
        assert_eq!(
            processors::architecture_of(body),
            Some(*architecture),
            "{said}"
        );
    }
    let reasons = [
        PLACEHOLDER_TEXTS,
        PLACEHOLDER_UUIDS,
        PLACEHOLDER_MACS,
        BMC_NIC_NAMES,
        NO_HOST_NAMES,
        NO_HOST_TYPES,
    ];
    for (entry, reason) in reasons.into_iter().flatten() {
        assert!(!reason.is_empty(), "{entry}");
    }
}
