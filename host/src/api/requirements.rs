//! `properties` of compose requests and flavours: what a node is to have.

use serde_json::Value;

use crate::node::{DevicesWanted, MemoryWanted, ProcessorWanted, Requirements};

use super::fields::{Fields, at, wrong};
use super::problem::Refusal;

/// No more devices or blocks than these are named.
const MOST: usize = 256;

/// The requirements in `value`, which stands at `pointer`.
pub(super) fn requirements(value: Value, pointer: &str) -> Result<Requirements, Refusal> {
    let known = [
        "memory",
        "processor",
        "pci_device",
        "resource_blocks",
        "resource_zone",
    ];
    let mut fields = Fields::of(value, pointer.to_owned(), &known)?;
    let part = |fields: &mut Fields, key: &str, known: &[&str]| {
        let place = fields.pointer(key);
        fields
            .take(key)
            .map(|value| Fields::of(value, place, known))
            .transpose()
    };
    let mut memory = part(&mut fields, "memory", &["capacity_mib", "type"])?;
    let mut processor = part(&mut fields, "processor", &["total_cores", "model"])?;
    let mut devices = part(&mut fields, "pci_device", &["type"])?;
    Ok(Requirements {
        memory: memory
            .as_mut()
            .map(|of| {
                Ok::<_, Refusal>(MemoryWanted {
                    capacity_mib: number(of, "capacity_mib")?,
                    kind: of.optional_text("type")?,
                })
            })
            .transpose()?,
        processor: processor
            .as_mut()
            .map(|of| {
                Ok::<_, Refusal>(ProcessorWanted {
                    total_cores: number(of, "total_cores")?,
                    model: of.optional_text("model")?,
                })
            })
            .transpose()?,
        pci_device: devices
            .as_mut()
            .map(|of| {
                Ok::<_, Refusal>(DevicesWanted {
                    kinds: texts(of, "type")?,
                })
            })
            .transpose()?,
        resource_blocks: texts(&mut fields, "resource_blocks")?,
        resource_zone: fields.optional_text("resource_zone")?,
    })
}

/// A number above 0, which Valence's clients write as text.
fn number(fields: &mut Fields, key: &str) -> Result<Option<u64>, Refusal> {
    let pointer = fields.pointer(key);
    let Some(value) = fields.take(key) else {
        return Ok(None);
    };
    let number = match &value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    // As large as the description of the API says, which has no larger integers.
    match number.filter(|number| *number > 0 && i64::try_from(*number).is_ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(wrong(&pointer, "a whole number above 0", &value)),
    }
}

/// A list of texts; one text is a list of one.
fn texts(fields: &mut Fields, key: &str) -> Result<Vec<String>, Refusal> {
    let pointer = fields.pointer(key);
    let items = match fields.take(key) {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(one) => vec![one],
    };
    if items.len() > MOST {
        return Err(at(pointer, format!("no more than {MOST} can be named")));
    }
    items
        .into_iter()
        .map(|item| match item {
            Value::String(text) if !text.is_empty() => Ok(text),
            other => Err(wrong(&pointer, "a list of texts", &other)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_texts_or_numbers_and_what_is_wrong_is_named() {
        let read = requirements(
            json!({"memory": {"capacity_mib": "8192"}, "processor": {"total_cores": 4}, "pci_device": {"type": "NIC"}}),
            "/properties",
        )
        .unwrap_or_default();
        assert_eq!(read.memory.and_then(|of| of.capacity_mib), Some(8192));
        assert_eq!(read.processor.and_then(|of| of.total_cores), Some(4));
        assert_eq!(read.pci_device.map(|of| of.kinds), Some(vec!["NIC".into()]));
        for wrong in [
            json!([]),
            json!({"ram": 1}),
            json!({"memory": {"capacity_mib": "much"}}),
            json!({"memory": {"capacity_mib": -1}}),
            json!({"memory": {"speed": "1"}}),
            json!({"pci_device": {"type": [1]}}),
            json!({"resource_blocks": [""]}),
        ] {
            assert!(
                requirements(wrong.clone(), "/properties").is_err(),
                "{wrong}"
            );
        }
    }
}
