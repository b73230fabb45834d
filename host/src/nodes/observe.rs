//! What Valence's `GET /v1/nodes/{ID}` tells beside our own record.

use serde_json::{Map, Value, json};

use crate::enrollment::Object;
use crate::inventory::Inventory;
use crate::redfish::{ReadError, ResourcePath, Snapshot};

/// Valence's fields for a node, from its pod manager. What the service does not
/// say is `null`, as it was there.
pub(super) async fn observe(
    snapshot: &Snapshot,
    inventory: &Inventory,
    node: &ResourcePath,
    system: &ResourcePath,
) -> Result<Object, ReadError> {
    let node = snapshot.read(node).await?;
    let system = snapshot.read(system).await?;
    let at = |pointer: &str| {
        node.get(pointer)
            .or_else(|| system.get(pointer))
            .cloned()
            .unwrap_or(Value::Null)
    };
    let observed = json!({
        "node_power_state": at("/PowerState"),
        "node_state": node.get("/ComposedNodeState").or_else(|| node.get("/Status/State")).cloned(),
        "boot_source": at("/Boot/BootSourceOverrideTarget"),
        "target_boot_source": at("/Boot/BootSourceOverrideTarget"),
        "health_status": inventory.identity().await?.health,
        "description": at("/Description"),
        "pooled_group_id": node.get("/Oem/Intel_RackScale/PooledGroupId").cloned(),
        "computer_system": {"@odata.id": system.path().as_str()},
        "links": [{"rel": "self", "href": node.path().as_str()}],
        "metadata": metadata(inventory).await?,
    });
    Ok(match observed {
        Value::Object(observed) => observed,
        _ => Map::new(),
    })
}

async fn metadata(inventory: &Inventory) -> Result<Value, ReadError> {
    let processors: Vec<_> = inventory
        .processors()
        .await?
        .iter()
        .map(|processor| {
            json!({
                "instruction_set": processor.architecture,
                "model": processor.model,
                "speed_mhz": processor.speed_mhz,
                "total_core": processor.cores,
            })
        })
        .collect();
    let networks: Vec<_> = inventory
        .nics()
        .await?
        .iter()
        .map(|nic| {
            json!({
                "mac": nic.mac,
                "speed_mbps": nic.speed_mbps,
                "status": nic.link_up.map(|up| if up { "LinkUp" } else { "LinkDown" }),
            })
        })
        .collect();
    Ok(json!({
        "processor": processors,
        "memory": [{"total_memory_mb": inventory.memory_mib().await?}],
        "network": networks,
    }))
}
