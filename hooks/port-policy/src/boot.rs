//! Which network interfaces the BIOS boots from.

use valence_hook::{ReadError, Registration, Value};

/// The ids of the interfaces, by attributes that Dell's BIOSes have for UEFI, four
/// pairs of them. None where there are no such attributes.
pub(crate) fn bootable(registration: &Registration) -> Result<Option<Vec<String>>, ReadError> {
    let Some(bios) = registration.system().follow("/Bios")? else {
        return Ok(None);
    };
    let attributes = bios.get_many([
        "/Attributes/PxeDev1EnDis",
        "/Attributes/PxeDev1Interface",
        "/Attributes/PxeDev2EnDis",
        "/Attributes/PxeDev2Interface",
        "/Attributes/PxeDev3EnDis",
        "/Attributes/PxeDev3Interface",
        "/Attributes/PxeDev4EnDis",
        "/Attributes/PxeDev4Interface",
    ]);
    match attributes {
        Err(error) if error.is_not_found() => Ok(None),
        other => Ok(enabled(&other?)),
    }
}

fn enabled(attributes: &[Option<Value>]) -> Option<Vec<String>> {
    let mut found = None;
    for pair in attributes.chunks(2) {
        let [Some(Value::String(state)), Some(Value::String(interface))] = pair else {
            continue;
        };
        let known: &mut Vec<_> = found.get_or_insert_default();
        if state == "Enabled" {
            known.push(interface.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use valence_hook::json;

    use super::*;

    #[test]
    fn no_attributes_is_not_none_enabled() {
        let text = |text: &str| Some(json!(text));
        let off = [text("Disabled"), text("NIC.1")];
        let on = [text("Enabled"), text("NIC.2")];
        assert_eq!(enabled(&[None, None]), None);
        assert_eq!(enabled(&off), Some(vec![]));
        assert_eq!(enabled(&[off, on].concat()), Some(vec!["NIC.2".into()]));
    }
}
