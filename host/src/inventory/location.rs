//! Where the system stands.

use std::borrow::Cow;
use std::sync::Arc;

use super::found::Source;
use super::neighbours;
use super::read::{count32, text};
use super::types::Location;
use crate::redfish::{Document, ReadError, Snapshot};

/// What the nearest chassis says of each. Row, rack and unit belong together and
/// come from one chassis.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Location, Vec<Source>), ReadError> {
    let (mut location, mut sources) = (Location::default(), Vec::new());
    for chassis in neighbours::chassis_around(snapshot, system).await? {
        add(&mut location, &chassis, &mut sources);
    }
    Ok((location, sources))
}

fn add(location: &mut Location, chassis: &Arc<Document>, sources: &mut Vec<Source>) {
    let mut said = |pointer| {
        let said = text(chassis.body(), pointer)?;
        sources.push((Arc::clone(chassis), Cow::Borrowed(pointer)));
        Some(said)
    };
    let stands_nowhere =
        location.row.is_none() && location.rack.is_none() && location.unit.is_none();
    if stands_nowhere {
        location.row = said("/Location/Placement/Row");
        location.rack = said("/Location/Placement/Rack");
    }
    if location.service_label.is_none() {
        location.service_label = said("/Location/PartLocation/ServiceLabel");
    }
    if location.info.is_none() {
        location.info = said("/Location/Info");
    }
    if stands_nowhere {
        // Units are counted from 1; 0 stands for a value nobody has set.
        location.unit = count32(chassis.body(), UNIT);
        if location.unit.is_some() {
            sources.push((Arc::clone(chassis), Cow::Borrowed(UNIT)));
        }
    }
}

const UNIT: &str = "/Location/Placement/RackOffset";
