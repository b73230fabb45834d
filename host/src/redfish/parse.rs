//! Text that was read, made into a document's body.

use serde_json::Value;

use super::{ReadError, ResourcePath};
use crate::text::tame;

/// A value of two bytes in the text may take 600 in memory, so what values take beside
/// their text is capped too. Real documents stay far below: those of the largest
/// machine seen have 500 values each.
const MOST_MEMORY: usize = 3 << 20;

/// What an object takes in memory with its first entry: a node for eleven.
const OBJECT: usize = 640;

/// What any other value takes beside its text.
const VALUE: usize = 40;

/// The JSON object in `text`, which came from `path`.
pub(super) fn object(path: &ResourcePath, text: &[u8]) -> Result<Value, ReadError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if weight_beside(text) > MOST_MEMORY {
        return Err(ReadError::TooMuch {
            path: path.clone(),
            reason: format!(
                "its values would take more than {} MiB in memory",
                MOST_MEMORY >> 20
            ),
        });
    }
    match serde_json::from_slice::<Value>(text) {
        Ok(body) => accepted(path, body),
        Err(error) => Err(ReadError::Malformed {
            path: path.clone(),
            reason: format!("it is no JSON: {}", tame(&error.to_string(), 200)),
        }),
    }
}

/// `body` if it is what a resource may be.
pub(super) fn accepted(path: &ResourcePath, body: Value) -> Result<Value, ReadError> {
    let refuse = |reason: &str| {
        Err(ReadError::Malformed {
            path: path.clone(),
            reason: reason.into(),
        })
    };
    match &body {
        // Some services send their errors with the status of a success.
        Value::Object(object) if object.len() == 1 && object.contains_key("error") => {
            refuse("it holds an error instead of a resource")
        }
        Value::Object(_) => Ok(body),
        _ => refuse("it is no JSON object"),
    }
}

/// Roughly the bytes that the values in `text` would take in memory beside it, found
/// without parsing it.
fn weight_beside(text: &[u8]) -> usize {
    let (mut weight, mut in_string, mut escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => weight += OBJECT,
            b',' | b'[' if !in_string => weight += VALUE,
            _ => {}
        }
    }
    weight
}

/// Roughly the bytes that `value` takes in memory.
pub(crate) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            // A map of one entry already has a node for eleven.
            Value::Object(entries) => {
                512 + entries
                    .iter()
                    .map(|(key, value)| size_of::<String>() + key.len() + weight(value))
                    .sum::<usize>()
            }
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Result<Value, ReadError> {
        object(&ResourcePath::root(), text)
    }

    #[test]
    fn an_object_is_taken_with_and_without_byte_order_mark() {
        for text in [
            &b"{\"Id\":\"1,{[\\\"\"}"[..],
            b"\xef\xbb\xbf{\"Id\":\"1,{[\\\"\"}",
        ] {
            assert_eq!(parsed(text).unwrap()["Id"], "1,{[\"");
        }
    }

    #[test]
    fn what_is_no_resource_is_malformed() {
        let deep = "[".repeat(10_000);
        for text in [
            "",
            "[]",
            "null",
            "{\"Id\":",
            "<html>",
            "{\"error\":{\"code\":\"Base.1.0.GeneralError\"}}",
            &deep,
        ] {
            let error = parsed(text.as_bytes()).unwrap_err();
            assert!(matches!(error, ReadError::Malformed { .. }), "{text:.20}");
        }
        assert!(matches!(
            parsed(b"{\"Id\":\"\xff\"}").unwrap_err(),
            ReadError::Malformed { .. }
        ));
    }

    #[test]
    fn a_text_that_would_swell_in_memory_is_too_much() {
        for (value, number, taken) in [
            ("{\"b\":1}", 20_000, false),
            ("{\"b\":1}", 4_000, true),
            ("[]", 200_000, false),
            ("\"{,[\"", 50_000, true),
        ] {
            let text = format!("{{\"a\":[{}1]}}", format!("{value},").repeat(number));
            let parsed = parsed(text.as_bytes());
            let refused = matches!(parsed, Err(ReadError::TooMuch { .. }));
            assert_eq!((parsed.is_ok(), refused), (taken, !taken), "{value}");
        }
    }
}
