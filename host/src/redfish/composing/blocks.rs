//! Resource blocks, as a composition service describes them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::redfish::{Document, ReadError, ResourcePath, Snapshot, present};

/// The properties by which a block names its parts.
const PARTS: [&str; 7] = [
    "Processors",
    "Memory",
    "EthernetInterfaces",
    "NetworkInterfaces",
    "Drives",
    "SimpleStorage",
    "Storage",
];

/// A block of resources (DSP0268, "ResourceBlock").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it is.
    pub path: ResourcePath,
    /// Its `Id`.
    pub id: String,
    /// Its `Name`.
    pub name: Option<String>,
    /// Its `ResourceBlockType`: `Compute`, `Network`, …
    pub kinds: Vec<String>,
    /// Whether a system can be composed of it now.
    pub free: bool,
    /// The zones that it is of.
    pub zones: Vec<ResourcePath>,
    /// What is in it, by the property that names it.
    pub parts: BTreeMap<&'static str, Vec<ResourcePath>>,
}

/// The blocks at `paths`. One that is not there is left out.
pub async fn resource_blocks(
    snapshot: &Snapshot,
    paths: &[ResourcePath],
) -> Result<Vec<Block>, ReadError> {
    snapshot.prefetch(paths.to_vec()).await;
    let mut blocks = Vec::new();
    for path in paths {
        if let Some(document) = present(snapshot.read(path).await)? {
            blocks.push(block(&document));
        }
    }
    Ok(blocks)
}

fn block(document: &Document) -> Block {
    let text = |pointer: &str| document.text(pointer).map(str::to_owned);
    let kinds = document.get("/ResourceBlockType").and_then(Value::as_array);
    let kinds = kinds.into_iter().flatten().filter_map(Value::as_str);
    let parts = PARTS
        .into_iter()
        .map(|name| (name, links(document, &format!("/{name}"))))
        .filter(|(_, parts)| !parts.is_empty());
    Block {
        path: document.path().clone(),
        id: text("/Id").unwrap_or_else(|| document.path().last_segment().to_owned()),
        name: text("/Name"),
        kinds: kinds.map(str::to_owned).collect(),
        free: is_free(document),
        zones: links(document, "/Links/Zones"),
        parts: parts.collect(),
    }
}

fn is_free(block: &Document) -> bool {
    let reserved = block.get("/CompositionStatus/Reserved") == Some(&Value::Bool(true));
    let state = block.text("/CompositionStatus/CompositionState");
    let shared = block.get("/CompositionStatus/SharingCapable") == Some(&Value::Bool(true));
    let usable = match state {
        None | Some("Unused" | "Available") => true,
        Some("ComposedAndAvailable") => shared,
        Some(_) => false,
    };
    usable && !reserved
}

/// The links in the list at `pointer`; those that lead nowhere we go are left out.
pub(super) fn links(document: &Document, pointer: &str) -> Vec<ResourcePath> {
    let listed = document.get(pointer).and_then(Value::as_array);
    let link = |item: &Value| item.get("@odata.id")?.as_str()?.parse().ok();
    listed.into_iter().flatten().filter_map(link).collect()
}
