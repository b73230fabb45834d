//! Text that was read, made into a document's body.

use serde_json::Value;

use super::{ReadError, ResourcePath};
use crate::text::tame;

/// A value of two bytes in the text may take 600 in memory, so the number of
/// values is capped beside the number of bytes. Real documents stay far below.
const MOST_VALUES: usize = 50_000;

/// The JSON object in `text`, which came from `path`.
pub(super) fn object(path: &ResourcePath, text: &[u8]) -> Result<Value, ReadError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if values_at_most(text) > MOST_VALUES {
        return Err(ReadError::TooMuch {
            path: path.clone(),
            reason: format!("it holds more than {MOST_VALUES} values"),
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

/// No fewer than the values in `text`, found without parsing it.
fn values_at_most(text: &[u8]) -> usize {
    let (mut values, mut in_string, mut escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'{' | b'[' if !in_string => values += 1,
            _ => {}
        }
    }
    values
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
        let swelling = format!("{{\"a\":[{}{{}}]}}", "{},".repeat(200_000));
        assert!(matches!(
            parsed(swelling.as_bytes()).unwrap_err(),
            ReadError::TooMuch { .. }
        ));
    }
}
