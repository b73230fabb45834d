//! Values of documents, cleaned, and documents that others lead to.

use std::borrow::Cow;
use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;

use super::quirks::{PLACEHOLDER_TEXTS, look_up};
use crate::enrollment::misplaced;
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot, value_at};
use crate::text::{is_bidirectional_control, tame};

/// How many reads go out together.
const TOGETHER: usize = 8;

/// Longer texts are no names of anything.
const LONGEST_TEXT: usize = 1024;

/// `Ok(None)` where the service said that there is no such resource.
pub(super) fn present<T>(read: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The documents at `paths`, in their order, each once. Links that lead nowhere
/// are passed over: three in fifty-six services have some.
pub(super) async fn read_all(
    snapshot: &Snapshot,
    paths: Vec<ResourcePath>,
) -> Result<Vec<Arc<Document>>, ReadError> {
    let mut documents = Vec::new();
    let mut once: Vec<ResourcePath> = Vec::new();
    for path in paths {
        if !once.contains(&path) {
            once.push(path);
        }
    }
    for some in once.chunks(TOGETHER) {
        // From a record there is nothing to wait for.
        let at_hand: Option<Vec<_>> = some.iter().map(|path| snapshot.at_hand(path)).collect();
        let reads = match at_hand {
            Some(reads) => reads,
            None => join_all(some.iter().map(|path| snapshot.read(path))).await,
        };
        for read in reads {
            documents.extend(present(read)?);
        }
    }
    Ok(documents)
}

/// The documents that the property at `pointer` leads to: a collection's members,
/// or an array of references. None where there is no such property.
pub(super) async fn linked(
    snapshot: &Snapshot,
    from: &Document,
    pointer: &str,
) -> Result<Vec<Arc<Document>>, ReadError> {
    let paths = match from.get(pointer) {
        Some(Value::Array(_)) => references(from.body(), pointer)?,
        Some(Value::Object(_)) => match from.link(pointer).transpose()? {
            Some(collection) => {
                snapshot.expand(&collection).await;
                members(snapshot, &collection).await?
            }
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    read_all(snapshot, paths).await
}

/// The members of the collection at `path`; none if there is no such collection.
pub(super) async fn members(
    snapshot: &Snapshot,
    path: &ResourcePath,
) -> Result<Vec<ResourcePath>, ReadError> {
    let Some(members) = present(snapshot.members(path).await)? else {
        return Ok(Vec::new());
    };
    if let Some(members) = members {
        return Ok(members);
    }
    let document = snapshot.read(path).await?;
    match document.text("/@odata.type") {
        Some(kind) if !kind.contains("Collection") => Err(ReadError::Malformed {
            path: path.clone(),
            reason: format!("a collection was meant, and it is a `{}`", tame(kind, 80)),
        }),
        // Some leave everything out that they have nothing to say of.
        _ => Ok(Vec::new()),
    }
}

/// The paths in the array of references at `pointer`.
pub(super) fn references(value: &Value, pointer: &str) -> Result<Vec<ResourcePath>, ReadError> {
    let Some(Value::Array(listed)) = value_at(value, pointer) else {
        return Ok(Vec::new());
    };
    listed
        .iter()
        .filter_map(|reference| reference.get("@odata.id")?.as_str())
        .map(|link| link.parse().map_err(ReadError::from))
        .collect()
}

/// Whether the part is there to be used: a socket, slot or bay may be listed and
/// be empty.
pub(super) fn is_there(value: &Value) -> bool {
    !matches!(
        value_at(value, "/Status/State").and_then(Value::as_str),
        Some("Absent" | "Disabled")
    )
}

/// The text at `pointer`, [cleaned](clean); none for a placeholder.
/// Services write some identifiers as numbers.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    match value_at(value, pointer)? {
        Value::String(text) => clean(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `text` if it says something, without the spaces around it and what no value may
/// hold: nobody could mend a label that was pasted with it.
pub(crate) fn clean(text: &str) -> Option<String> {
    let text = match misplaced(text, false) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(without_controls(text)),
    };
    let text = text.trim();
    let says_something = text.chars().any(char::is_alphanumeric)
        && !(text.len() >= 4 && text.bytes().all(|b| b == b'0'))
        && look_up(PLACEHOLDER_TEXTS, text).is_none();
    (says_something && text.len() <= LONGEST_TEXT).then(|| text.to_owned())
}

fn without_controls(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_bidirectional_control(*c));
    let spaced = |c: char| if c.is_control() { ' ' } else { c };
    shown.map(spaced).collect()
}

/// The whole number at `pointer`; none for zero, which services write for "not
/// known". Some write numbers as text, or with a `.0`.
pub(super) fn count(value: &Value, pointer: &str) -> Option<u64> {
    let number = match value_at(value, pointer)? {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| *number > 0)
}

/// As [`count`], for what fits into 32 bits.
pub(super) fn count32(value: &Value, pointer: &str) -> Option<u32> {
    count(value, pointer).and_then(|number| number.try_into().ok())
}

/// `number` without what stands behind the point, if it is one that can be
/// counted to.
pub(super) fn whole(number: f64) -> Option<u64> {
    // Above 2^53 a double no longer tells neighbours apart.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (number.is_finite() && (0.0..9_007_199_254_740_992.0).contains(&number))
        .then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_that_say_nothing_are_none() {
        for nothing in [
            "",
            "   ",
            "Not Available",
            " N/A ",
            "To be filled by O.E.M.",
            "Default string",
            "----",
            "00000000",
            "unknown",
        ] {
            assert_eq!(clean(nothing), None, "{nothing:?}");
        }
        assert_eq!(clean(" MXQ1 "), Some("MXQ1".into()));
        // Names that merely contain a placeholder are names.
        assert_eq!(clean("None Such Corp"), Some("None Such Corp".into()));
        assert_eq!(clean(";;;;1"), Some(";;;;1".into()));
        assert_eq!(
            clean("\u{200e}Dell\tInc\u{202c}\0"),
            Some("Dell Inc".into())
        );
        assert_eq!(clean("\u{200e}\u{1b}"), None);
    }

    #[test]
    fn numbers_are_counts_and_zero_is_none() {
        let value = json!({"a": 16, "b": 16.0, "c": "16", "d": 0, "e": null, "f": -4, "g": "many", "h": 1e300});
        for pointer in ["/a", "/b", "/c"] {
            assert_eq!(count(&value, pointer), Some(16), "{pointer}");
        }
        for pointer in ["/d", "/e", "/f", "/g", "/h", "/absent"] {
            assert_eq!(count(&value, pointer), None, "{pointer}");
        }
    }

    #[test]
    fn identifiers_may_be_numbers() {
        assert_eq!(text(&json!({"Id": 7}), "/Id"), Some("7".into()));
    }
}
