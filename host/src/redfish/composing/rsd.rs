//! Intel RSD: a node is allocated, assembled, and given back with DELETE.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{ComposeError, Order, marked};
use crate::crash;
use crate::node::{CompositionRequest, PodManagerDriver};
use crate::redfish::find::collection;
use crate::redfish::{ResourcePath, Service, Snapshot, Source as _, Write};
use crate::text::tame;

/// How long a node may take from one state to the next but one. The request itself
/// ends after five minutes.
const LONGEST: Duration = Duration::from_secs(100);

/// Between two looks, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

pub(super) async fn order(
    snapshot: &Snapshot,
    request: &CompositionRequest,
    mark: &str,
) -> Result<Order, ComposeError> {
    let wanted = &request.properties;
    if !wanted.resource_blocks.is_empty() || wanted.resource_zone.is_some() {
        return Err(ComposeError::Unfit(
            "resource blocks and zones are for the driver `redfish-composition`".into(),
        ));
    }
    let nodes = collection(snapshot, PodManagerDriver::RedfishV1).await?;
    let document = snapshot.read(&nodes).await?;
    let told = document.text("/Actions/#ComposedNodeCollection.Allocate/target");
    let path = match told {
        Some(target) => target.parse()?,
        None => nodes.join("Actions")?.join("Allocate")?,
    };
    Ok(Order {
        path,
        body: body(request, mark),
        collection: nodes,
    })
}

fn body(request: &CompositionRequest, mark: &str) -> Value {
    let mut body = Map::new();
    body.insert("Name".into(), json!(request.name));
    body.insert("Description".into(), marked(request, mark));
    let wanted = &request.properties;
    if let Some(memory) = &wanted.memory {
        let mut of = Map::new();
        of.extend(
            memory
                .capacity_mib
                .map(|mib| ("CapacityMiB".into(), json!(mib))),
        );
        of.extend(
            memory
                .kind
                .as_ref()
                .map(|kind| ("MemoryDeviceType".into(), json!(kind))),
        );
        body.insert("Memory".into(), json!([of]));
    }
    let mut processors = Vec::new();
    if let Some(processor) = &wanted.processor {
        let mut of = Map::new();
        of.extend(
            processor
                .total_cores
                .map(|cores| ("TotalCores".into(), json!(cores))),
        );
        of.extend(
            processor
                .model
                .as_ref()
                .map(|model| ("Model".into(), json!(model))),
        );
        processors.push(Value::Object(of));
    }
    let devices = wanted.pci_device.iter().flat_map(|of| &of.kinds);
    for kind in devices {
        match kind.to_ascii_uppercase().as_str() {
            "NIC" => add(&mut body, "EthernetInterfaces", json!({})),
            "SSD" | "NVME" | "HDD" => add(&mut body, "LocalDrives", json!({})),
            other => processors.push(json!({"ProcessorType": other})),
        }
    }
    if !processors.is_empty() {
        body.insert("Processors".into(), json!(processors));
    }
    Value::Object(body)
}

fn add(body: &mut Map<String, Value>, key: &str, item: Value) {
    let list = body.entry(key).or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.push(item);
    }
}

pub(super) async fn complete(
    service: &Service,
    path: &ResourcePath,
    is_ours: &(dyn Fn() -> bool + Send + Sync),
) -> Result<(), ComposeError> {
    let node = wait_until(service, path, &["Allocated", "Assembled"]).await?;
    if state(&node) == Some("Assembled") {
        return Ok(());
    }
    let told = node
        .pointer("/Actions/#ComposedNode.Assemble/target")
        .and_then(Value::as_str);
    let target = match told {
        Some(target) => target.parse()?,
        None => path.join("Actions")?.join("ComposedNode.Assemble")?,
    };
    if !is_ours() {
        return Err(ComposeError::Stuck(format!(
            "the node `{path}` is another server's by now: it is not assembled"
        )));
    }
    let body = json!({});
    let write = Write::post(&target, &body).to_its_end();
    crash::sending("assemble", service.write(write)).await?;
    crash::point("compose", "assembling");
    wait_until(service, path, &["Assembled"]).await?;
    Ok(())
}

/// The node, once it is in one of `states`.
async fn wait_until(
    service: &Service,
    path: &ResourcePath,
    states: &[&str],
) -> Result<Value, ComposeError> {
    let deadline = Instant::now() + LONGEST;
    let mut pause = PAUSE.0;
    loop {
        let node = service.fetch(path).await?;
        match state(&node) {
            Some(now) if states.contains(&now) => return Ok(node),
            Some("Failed") => {
                return Err(ComposeError::Stuck(format!(
                    "the node `{path}` has `Failed` to become `{}`",
                    states.join("` or `")
                )));
            }
            // Simulators know no states.
            None if Instant::now() + LONGEST > deadline + PAUSE.1 => return Ok(node),
            now if Instant::now() > deadline => {
                return Err(ComposeError::Stuck(format!(
                    "the node `{path}` is `{}` after {} s, not `{}`",
                    tame(now.unwrap_or_default(), 60),
                    LONGEST.as_secs(),
                    states.join("` or `")
                )));
            }
            _ => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

fn state(node: &Value) -> Option<&str> {
    node.get("ComposedNodeState")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_as_rsd_has_it() {
        let request = CompositionRequest {
            name: "n".into(),
            description: Some("for tests".into()),
            flavor: None,
            properties: serde_json::from_value(json!({
                "memory": {"capacity_mib": "8192", "type": "DDR4"},
                "processor": {"total_cores": "4", "model": "Acme"},
                "pci_device": {"type": ["NIC", "nic", "FPGA"]},
            }))
            .unwrap(),
        };
        let expected = json!({
            "Name": "n",
            "Description": "for tests [valence 7]",
            "Memory": [{"CapacityMiB": 8192, "MemoryDeviceType": "DDR4"}],
            "Processors": [{"TotalCores": 4, "Model": "Acme"}, {"ProcessorType": "FPGA"}],
            "EthernetInterfaces": [{}, {}],
        });
        assert_eq!(body(&request, "7"), expected);
    }
}
