use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::enrollment::Reading;
use crate::inventory::{Inventory, InventoryPart};
use crate::redfish::{Mockup, ReadLimits, ResourcePath, Snapshot};

const SYSTEM: &str = "/redfish/v1/Systems/1";
const NODE: &str = "/redfish/v1/Nodes/7";
const BLOCKS: &str = "/redfish/v1/CompositionService/ResourceBlocks";
const ZONES: &str = "/redfish/v1/CompositionService/ResourceZones";

fn snapshot(documents: Value) -> Arc<Snapshot> {
    let documents: Map<String, Value> = serde_json::from_value(documents).unwrap();
    let mockup = Arc::new(Mockup::from_map(documents));
    Arc::new(Snapshot::new(mockup, ReadLimits::default()))
}

fn inventory(documents: Value) -> Inventory {
    Inventory::new(snapshot(documents), SYSTEM.parse().unwrap())
}

fn link(path: &str) -> Value {
    json!({"@odata.id": path})
}

/// A system of two blocks and one that is gone.
fn composed() -> Value {
    let [compute, gpu, gone] = ["c", "g", "x"].map(|id| format!("{BLOCKS}/{id}"));
    let [zone, other] = ["A", "B"].map(|id| format!("{ZONES}/{id}"));
    json!({
        SYSTEM: {"Links": {"ResourceBlocks": [link(&compute), link(&gpu), link(&gone)]}},
        compute.clone(): {
            "Id": "c", "Name": " Compute ", "ResourceBlockType": ["Compute", " "], "Pool": "Active",
            "CompositionStatus": {"CompositionState": "Composed"}, "Status": {"Health": "OK"},
            "Processors": [link("/redfish/v1/Systems/1/Processors/1")],
            "EthernetInterfaces": [link("/redfish/v1/Systems/1/EthernetInterfaces/1")],
            "Links": {"Zones": [link(&zone)], "Chassis": [link("/redfish/v1/Chassis/1")]},
        },
        // What a service has nothing to say of is left out.
        gpu.clone(): {
            "Name": "N/A",
            "Processors": [link("/redfish/v1/Systems/1/Processors/1"), link(&format!("{gpu}/Processors/1"))],
            "Links": {"Zones": [link(&zone), link(&other)]},
        },
        zone: {"Id": "A", "Name": "Zone A"},
        other: {},
    })
}

#[tokio::test]
async fn a_composed_system_has_blocks_zones_and_devices() {
    let inventory = inventory(composed());
    let blocks = inventory.resource_blocks().await.unwrap();
    let told = serde_json::to_value(blocks).unwrap();
    assert_eq!(
        told,
        json!([
            {
                "uri": format!("{BLOCKS}/c"), "id": "c", "name": "Compute", "kinds": ["Compute"],
                "composition_state": "Composed", "pool": "Active", "health": "OK",
                "zones": [format!("{ZONES}/A")], "chassis": ["/redfish/v1/Chassis/1"],
            },
            {
                "uri": format!("{BLOCKS}/g"), "id": "g", "name": null, "kinds": [],
                "composition_state": null, "pool": null, "health": null,
                "zones": [format!("{ZONES}/A"), format!("{ZONES}/B")], "chassis": [],
            },
        ])
    );
    let zones = inventory.resource_zones().await.unwrap();
    let zones: Vec<_> = zones
        .iter()
        .map(|zone| (zone.id.as_str(), zone.name.as_deref()))
        .collect();
    assert_eq!(zones, [("A", Some("Zone A")), ("B", None)]);
    let devices = inventory.attached_devices().await.unwrap();
    let devices: Vec<_> = devices
        .iter()
        .map(|one| {
            let block = one.block.as_deref().and_then(|uri| uri.rsplit('/').next());
            (one.kind.as_str(), one.uri.as_str(), block)
        })
        .collect();
    assert_eq!(
        devices,
        [
            ("Processor", "/redfish/v1/Systems/1/Processors/1", Some("c")),
            (
                "EthernetInterface",
                "/redfish/v1/Systems/1/EthernetInterfaces/1",
                Some("c")
            ),
            (
                "Processor",
                "/redfish/v1/CompositionService/ResourceBlocks/g/Processors/1",
                Some("g")
            ),
        ]
    );
}

#[tokio::test]
async fn what_they_were_made_from_is_known() {
    let inventory = inventory(composed());
    assert!(inventory.readings(InventoryPart::ResourceBlocks).is_empty());
    inventory.resource_blocks().await.unwrap();
    inventory.resource_zones().await.unwrap();
    inventory.attached_devices().await.unwrap();
    let reading = |document: &str, pointer: &'static str| Reading {
        document: document.into(),
        pointer: pointer.into(),
    };
    let compute = format!("{BLOCKS}/c");
    for (part, document, pointer) in [
        (
            InventoryPart::ResourceBlocks,
            SYSTEM,
            "/Links/ResourceBlocks",
        ),
        (InventoryPart::ResourceBlocks, &compute, "/Pool"),
        (InventoryPart::ResourceBlocks, &compute, "/Links/Zones"),
        (InventoryPart::ResourceZones, &compute, "/Links/Zones"),
        (InventoryPart::AttachedDevices, &compute, "/Processors"),
    ] {
        let readings = inventory.readings(part);
        assert!(
            readings.contains(&reading(document, pointer)),
            "{part:?} {document} {pointer}: {readings:?}"
        );
    }
}

#[tokio::test]
async fn a_node_of_rsd_names_its_devices() {
    let node: ResourcePath = NODE.parse().unwrap();
    let documents = json!({
        SYSTEM: {"Links": {}},
        NODE: {"Links": {
            "ComputerSystem": link(SYSTEM),
            "Processors": [link("/redfish/v1/Systems/1/Processors/1")],
            "LocalDrives": [link("/redfish/v1/Chassis/d/Drives/1")],
            "RemoteDrives": [link("/redfish/v1/StorageServices/1/Volumes/4"), link("/redfish/v1/Chassis/d/Drives/1")],
            "ManagedBy": [link("/redfish/v1/Managers/1")],
        }},
    });
    let alone = inventory(documents.clone());
    assert_eq!(alone.attached_devices().await.unwrap(), []);
    let inventory = inventory(documents).of_node(&node);
    let devices = inventory.attached_devices().await.unwrap();
    let kinds: Vec<_> = devices.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["Processor", "Drive", "RemoteDrive"]);
    assert!(devices.iter().all(|one| one.block.is_none()));
    assert_eq!(inventory.resource_blocks().await.unwrap(), []);
}

#[tokio::test]
async fn blocks_zones_and_node_are_recorded_whether_they_are_asked_for_or_not() {
    let node: ResourcePath = NODE.parse().unwrap();
    let mut documents = composed();
    documents[NODE] = json!({"Links": {"ComputerSystem": link(SYSTEM)}});
    let snapshot = snapshot(documents);
    let inventory = Inventory::new(Arc::clone(&snapshot), SYSTEM.parse().unwrap());
    inventory.of_node(&node).read_standard_set().await;
    let recorded = snapshot.recorded();
    for path in [
        NODE.to_owned(),
        format!("{BLOCKS}/c"),
        format!("{BLOCKS}/x"),
        format!("{ZONES}/B"),
    ] {
        let path: ResourcePath = path.parse().unwrap();
        assert!(recorded.contains_key(&path), "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error() {
    let mut documents = composed();
    documents[SYSTEM]["Links"]["ResourceBlocks"][1] =
        link("https://elsewhere.invalid/redfish/v1/B");
    let inventory = inventory(documents);
    assert!(inventory.resource_blocks().await.is_err());
    assert!(inventory.resource_zones().await.is_err());
    assert!(inventory.attached_devices().await.is_err());
}
