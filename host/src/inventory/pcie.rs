//! PCIe functions.

use std::sync::Arc;

use serde_json::Value;

use super::fields::Fields;
use super::found::Source;
use super::neighbours;
use super::read::{linked, read_all};
use super::types::PcieFunction;
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot, value_at};

/// The functions of the system's PCIe devices, else of its chassis'.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Vec<PcieFunction>, Vec<Source>), ReadError> {
    let mut devices = linked(snapshot, system, "/PCIeDevices").await?;
    if devices.is_empty() {
        for chassis in neighbours::chassis(snapshot, system).await? {
            devices.extend(linked(snapshot, &chassis, "/PCIeDevices").await?);
        }
    }
    let mut found: Vec<PcieFunction> = Vec::new();
    let mut sources = Vec::new();
    for device in &devices {
        let mut functions = linked(snapshot, device, "/PCIeFunctions").await?;
        if functions.is_empty() {
            functions = linked(snapshot, device, "/Links/PCIeFunctions").await?;
        }
        for one in &functions {
            found.push(function(one, Some(device), &mut sources));
        }
    }
    for one in linked(snapshot, system, "/PCIeFunctions").await? {
        if found.iter().all(|known| known.uri != one.path().as_str()) {
            let device = device_of(snapshot, &one).await?;
            found.push(function(&one, device.as_ref(), &mut sources));
        }
    }
    Ok((found, sources))
}

async fn device_of(
    snapshot: &Snapshot,
    function: &Document,
) -> Result<Option<Arc<Document>>, ReadError> {
    let path: Option<ResourcePath> = function.link("/Links/PCIeDevice").transpose()?;
    let read = read_all(snapshot, path.into_iter().collect()).await?;
    Ok(read.into_iter().next())
}

fn function(
    document: &Arc<Document>,
    device: Option<&Arc<Document>>,
    sources: &mut Vec<Source>,
) -> PcieFunction {
    let mut fields = Fields::of(document, sources);
    let mut hex =
        |pointer, digits| fields.by(pointer, |body, pointer| number(body, pointer, digits));
    let mut function = PcieFunction {
        uri: document.path().to_string(),
        vendor_id: hex("/VendorId", 4),
        device_id: hex("/DeviceId", 4),
        subsystem_vendor_id: hex("/SubsystemVendorId", 4),
        subsystem_id: hex("/SubsystemId", 4),
        class_code: hex("/ClassCode", 6),
        device_class: fields.text("/DeviceClass"),
        ..PcieFunction::default()
    };
    if let Some(device) = device {
        let mut of_device = Fields::of(device, sources);
        function.part_number = of_device.text("/PartNumber");
        function.serial_number = of_device.text("/SerialNumber");
    }
    function
}

/// A number of the PCI configuration space: `0x8086`, `8086h` and `8086` are the
/// same. All ones is what a bus answers for a device that is not there, and zero
/// is a register that nobody has set.
fn number(body: &Value, pointer: &str, digits: usize) -> Option<String> {
    let written = value_at(body, pointer)?.as_str()?.trim().to_lowercase();
    let hex = written.trim_start_matches("0x").trim_end_matches('h');
    let value = u32::from_str_radix(hex, 16).ok()?;
    let all_ones = u32::MAX >> (32 - 4 * digits);
    (value != 0 && value < all_ones).then(|| format!("{value:0digits$x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_lower_case_hexadecimal_or_none() {
        for (written, digits, expected) in [
            (json!("0x8086"), 4, Some("8086")),
            (json!("10DE"), 4, Some("10de")),
            (json!("0x15b"), 4, Some("015b")),
            (json!("0x020000"), 6, Some("020000")),
            (json!("0xFFFF"), 4, None),
            (json!("0x0000"), 4, None),
            (json!("N/A"), 4, None),
            (json!(32902), 4, None),
            (json!("0x123456"), 4, None),
        ] {
            let body = json!({"VendorId": written});
            assert_eq!(
                number(&body, "/VendorId", digits).as_deref(),
                expected,
                "{body}"
            );
        }
    }
}
