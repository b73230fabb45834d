//! Where the system stands.

use std::sync::Arc;

use serde_json::Value;

use super::neighbours;
use super::read::{count32, present, text};
use super::types::Location;
use crate::redfish::{Document, ReadError, Snapshot};

/// How many chassis contain one another at most: a node in a sled in an enclosure
/// in a rack in a row is five.
const DEEPEST: usize = 8;

/// What the nearest chassis says of each. Row, rack and unit belong together and
/// come from one chassis.
pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Location, ReadError> {
    let mut location = Location::default();
    for chassis in neighbours::chassis(snapshot, system).await? {
        let mut next = Some(chassis);
        for _ in 0..DEEPEST {
            let Some(chassis) = next else { break };
            add(&mut location, chassis.body());
            next = container(snapshot, &chassis).await?;
        }
    }
    Ok(location)
}

fn add(location: &mut Location, chassis: &Value) {
    if location.row.is_none() && location.rack.is_none() && location.unit.is_none() {
        location.row = text(chassis, "/Location/Placement/Row");
        location.rack = text(chassis, "/Location/Placement/Rack");
        // Units are counted from 1; 0 stands for a value nobody has set.
        location.unit = count32(chassis, "/Location/Placement/RackOffset");
    }
    location.service_label = location
        .service_label
        .take()
        .or_else(|| text(chassis, "/Location/PartLocation/ServiceLabel"));
    location.info = location
        .info
        .take()
        .or_else(|| text(chassis, "/Location/Info"));
}

async fn container(
    snapshot: &Snapshot,
    chassis: &Document,
) -> Result<Option<Arc<Document>>, ReadError> {
    match chassis.link("/Links/ContainedBy").transpose()? {
        Some(path) => present(snapshot.read(&path).await),
        None => Ok(None),
    }
}
