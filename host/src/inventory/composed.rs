//! What a node is composed of: resource blocks, the zones that they are of, and the
//! devices that it got with them, or of the pod manager itself.

use std::collections::HashSet;
use std::sync::Arc;

use super::fields::Fields;
use super::found::Source;
use super::read::{clean, linked, read_all, references};
use super::types::{AttachedDevice, ResourceBlock, ResourceZone};
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot};

const BLOCKS: &str = "/Links/ResourceBlocks";
const ZONES: &str = "/Links/Zones";
const CHASSIS: &str = "/Links/Chassis";
const KINDS: &str = "/ResourceBlockType";

/// The lists by which a block names its devices, and what one of them is.
const OF_BLOCKS: [(&str, &str); 8] = [
    ("/Processors", "Processor"),
    ("/Memory", "Memory"),
    ("/EthernetInterfaces", "EthernetInterface"),
    ("/NetworkInterfaces", "NetworkInterface"),
    ("/Drives", "Drive"),
    ("/Storage", "Storage"),
    ("/SimpleStorage", "SimpleStorage"),
    ("/ComputerSystems", "ComputerSystem"),
];

/// The same of a node of Intel RSD.
const OF_NODES: [(&str, &str); 6] = [
    ("/Links/Processors", "Processor"),
    ("/Links/Memory", "Memory"),
    ("/Links/EthernetInterfaces", "EthernetInterface"),
    ("/Links/LocalDrives", "Drive"),
    ("/Links/RemoteDrives", "RemoteDrive"),
    ("/Links/Storage", "Storage"),
];

/// The blocks that `system` is composed of.
pub(super) async fn blocks(
    snapshot: &Snapshot,
    system: &Arc<Document>,
) -> Result<(Vec<ResourceBlock>, Vec<Source>), ReadError> {
    let mut sources = vec![(Arc::clone(system), BLOCKS.into())];
    let mut found = Vec::new();
    for document in linked(snapshot, system, BLOCKS).await? {
        found.push(block(&document, &mut sources)?);
    }
    Ok((found, sources))
}

fn block(document: &Arc<Document>, sources: &mut Vec<Source>) -> Result<ResourceBlock, ReadError> {
    let mut fields = Fields::of(document, sources);
    let kinds = fields.by(KINDS, |body, pointer| body.pointer(pointer)?.as_array());
    let kinds = kinds.into_iter().flatten();
    Ok(ResourceBlock {
        uri: document.path().to_string(),
        id: id(document, &mut fields),
        name: fields.text("/Name"),
        kinds: kinds.filter_map(|kind| clean(kind.as_str()?)).collect(),
        composition_state: fields.text("/CompositionStatus/CompositionState"),
        pool: fields.text("/Pool"),
        health: fields
            .text("/Status/HealthRollup")
            .or_else(|| fields.text("/Status/Health")),
        zones: uris(document, ZONES, &mut fields)?,
        chassis: uris(document, CHASSIS, &mut fields)?,
    })
}

fn id(document: &Document, fields: &mut Fields<'_>) -> String {
    let last = || document.path().last_segment().to_owned();
    fields.text("/Id").unwrap_or_else(last)
}

fn uris(
    document: &Document,
    pointer: &'static str,
    fields: &mut Fields<'_>,
) -> Result<Vec<String>, ReadError> {
    let paths = references(document.body(), pointer)?;
    if !paths.is_empty() {
        fields.note(pointer);
    }
    Ok(paths.iter().map(ToString::to_string).collect())
}

/// The zones that the blocks of `system` are of, each once.
pub(super) async fn zones(
    snapshot: &Snapshot,
    system: &Arc<Document>,
) -> Result<(Vec<ResourceZone>, Vec<Source>), ReadError> {
    let mut sources = vec![(Arc::clone(system), BLOCKS.into())];
    let mut paths = Vec::new();
    for block in linked(snapshot, system, BLOCKS).await? {
        paths.extend(references(block.body(), ZONES)?);
        sources.push((block, ZONES.into()));
    }
    let mut found = Vec::new();
    for document in read_all(snapshot, paths).await? {
        let mut fields = Fields::of(&document, &mut sources);
        found.push(ResourceZone {
            uri: document.path().to_string(),
            id: id(&document, &mut fields),
            name: fields.text("/Name"),
        });
    }
    Ok((found, sources))
}

/// The devices of the blocks of `system`, and those that `node` names, which is how a
/// pod manager describes it. Each once.
pub(super) async fn devices(
    snapshot: &Snapshot,
    system: &Arc<Document>,
    node: Option<&Arc<Document>>,
) -> Result<(Vec<AttachedDevice>, Vec<Source>), ReadError> {
    let mut devices = Devices::default();
    devices.sources.push((Arc::clone(system), BLOCKS.into()));
    for block in linked(snapshot, system, BLOCKS).await? {
        devices.take(&block, &OF_BLOCKS, Some(block.path()))?;
    }
    if let Some(node) = node {
        devices.take(node, &OF_NODES, None)?;
    }
    Ok((devices.found, devices.sources))
}

#[derive(Default)]
struct Devices {
    found: Vec<AttachedDevice>,
    known: HashSet<ResourcePath>,
    sources: Vec<Source>,
}

impl Devices {
    /// Adds what `document` names in `lists`.
    fn take(
        &mut self,
        document: &Arc<Document>,
        lists: &[(&'static str, &str)],
        block: Option<&ResourcePath>,
    ) -> Result<(), ReadError> {
        for (pointer, kind) in lists {
            let paths = references(document.body(), pointer)?;
            if !paths.is_empty() {
                let source = (Arc::clone(document), (*pointer).into());
                self.sources.push(source);
            }
            for path in paths {
                let uri = path.to_string();
                if self.known.insert(path) {
                    self.found.push(AttachedDevice {
                        uri,
                        kind: (*kind).to_owned(),
                        block: block.map(ToString::to_string),
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
