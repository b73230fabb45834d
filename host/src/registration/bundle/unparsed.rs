//! Parts of a decision that stay text until somebody looks at them.

use std::io::{self, Write};
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::enrollment::Enrollment;

/// A `T` as JSON text. Most decisions come to what they came to then, which their
/// text tells: nobody looks at more of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Unparsed<T> {
    text: Box<RawValue>,
    #[serde(skip)]
    of: PhantomData<T>,
}

impl<T> PartialEq for Unparsed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text.get() == other.text.get()
    }
}

impl<T: Serialize + DeserializeOwned> Unparsed<T> {
    /// `value` as text.
    ///
    /// # Errors
    /// If it is nothing that JSON can say.
    pub fn of(value: &T) -> serde_json::Result<Self> {
        Ok(Self {
            text: serde_json::value::to_raw_value(value)?,
            of: PhantomData,
        })
    }

    /// What the text says.
    ///
    /// # Errors
    /// If it says no `T`.
    pub fn parsed(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.text.get())
    }
}

/// An enrollment's parts, in whichever order they stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts<'a> {
    #[serde(borrow)]
    node: &'a RawValue,
    #[serde(borrow)]
    portgroups: &'a RawValue,
    #[serde(borrow)]
    ports: &'a RawValue,
    #[serde(borrow)]
    traits: &'a RawValue,
    #[serde(borrow)]
    credentials: Option<&'a RawValue>,
    #[serde(borrow)]
    extension: Option<&'a RawValue>,
}

impl Unparsed<Enrollment> {
    /// Whether it is written as `enrollment` is. If not it may still be the same.
    pub(in crate::registration) fn is_written_as(&self, enrollment: &Enrollment) -> bool {
        let Ok(parts) = serde_json::from_str::<Parts<'_>>(self.text.get()) else {
            return false;
        };
        is(&enrollment.node, parts.node)
            && is(&enrollment.portgroups, parts.portgroups)
            && is(&enrollment.ports, parts.ports)
            && is(&enrollment.traits, parts.traits)
            && is(
                &enrollment.credentials,
                parts.credentials.unwrap_or(RawValue::NULL),
            )
            && is(
                &enrollment.extension,
                parts.extension.unwrap_or(RawValue::NULL),
            )
    }
}

/// Whether `value` is written as `text`. Nothing is put together for it.
fn is(value: &impl Serialize, text: &RawValue) -> bool {
    let mut rest = Rest(text.get().as_bytes());
    serde_json::to_writer(&mut rest, value).is_ok() && rest.0.is_empty()
}

/// What is still to be written.
struct Rest<'a>(&'a [u8]);

impl Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .strip_prefix(bytes)
            .ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn enrollment(value: Value) -> Enrollment {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_enrollment_is_known_by_its_text_in_either_order() {
        let one = enrollment(json!({
            "node": {"name": "a", "extra": {"x": [1, null, 2.5]}},
            "ports": [{"address": "aa:00:00:00:00:01"}],
            "traits": ["HW_X"],
        }));
        let as_declared = serde_json::to_string(&one).unwrap();
        let sorted = serde_json::to_value(&one).unwrap().to_string();
        assert_ne!(as_declared, sorted);
        for text in [as_declared, sorted] {
            let unparsed: Unparsed<Enrollment> = serde_json::from_str(&text).unwrap();
            assert!(unparsed.is_written_as(&one));
            assert_eq!(unparsed.parsed().unwrap(), one);
            for (key, value) in [
                ("node", json!({"name": "b"})),
                ("ports", json!([])),
                ("traits", json!(["HW_X", "HW_Y"])),
                ("credentials", json!("rack-a")),
                ("extension", json!({"later": 1})),
            ] {
                let mut other = serde_json::to_value(&one).unwrap();
                other[key] = value;
                assert!(!unparsed.is_written_as(&enrollment(other)), "{key}");
            }
        }
    }

    #[test]
    fn other_words_for_the_same_are_left_to_be_parsed() {
        let text = r#"{"node": {"a": 1.0e0}, "portgroups":[],"ports":[],"traits":[]}"#;
        let unparsed: Unparsed<Enrollment> = serde_json::from_str(text).unwrap();
        let one = enrollment(json!({"node": {"a": 1.0}}));
        assert!(!unparsed.is_written_as(&one));
        assert_eq!(unparsed.parsed().unwrap(), one);
    }
}
