//! A JSON object that is parsed when it is first looked at.

use std::cell::OnceCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Object;

/// The body of a request to Ironic: a JSON object, to be used as the map that it
/// is. One that nobody looks at is never parsed, and one that nobody changes goes
/// back as the very text that came.
#[derive(Clone)]
pub struct Body {
    /// What came, as long as nobody has changed it.
    text: Option<String>,
    object: OnceCell<Object>,
}

impl Body {
    /// One that has come as text.
    pub(super) fn received(text: String) -> Self {
        Self {
            text: Some(text),
            object: OnceCell::new(),
        }
    }

    /// The map itself.
    pub fn into_object(self) -> Object {
        match self.object.into_inner() {
            Some(object) => object,
            None => self.text.as_deref().map(parse).unwrap_or_default(),
        }
    }

    pub(super) fn into_text(self) -> String {
        if let Some(text) = self.text {
            return text;
        }
        let object = self.object.into_inner().unwrap_or_default();
        // A map with keys of text always prints.
        let text = serde_json::to_string(&object).unwrap_or_default();
        // The memory of a component goes as a whole: there is nothing to tidy up.
        #[cfg(target_family = "wasm")]
        std::mem::forget(object);
        text
    }
}

#[expect(
    clippy::panic,
    reason = "the host promises json objects: a trap ends the call of a hook that would work on anything else"
)]
fn parse(text: &str) -> Object {
    serde_json::from_str(text)
        .unwrap_or_else(|error| panic!("a part of the enrollment is no JSON object: {error}"))
}

impl Deref for Body {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.object
            .get_or_init(|| self.text.as_deref().map(parse).unwrap_or_default())
    }
}

impl DerefMut for Body {
    fn deref_mut(&mut self) -> &mut Object {
        let text = self.text.take();
        if self.object.get().is_none() {
            let object = text.as_deref().map(parse).unwrap_or_default();
            // It was empty a line above.
            let _ = self.object.set(object);
        }
        #[expect(clippy::expect_used, reason = "it was filled just before")]
        self.object.get_mut().expect("it is there")
    }
}

impl From<Object> for Body {
    fn from(object: Object) -> Self {
        Self {
            text: None,
            object: OnceCell::from(object),
        }
    }
}

impl From<Body> for Value {
    fn from(body: Body) -> Self {
        Self::Object(body.into_object())
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl Default for Body {
    fn default() -> Self {
        Object::new().into()
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// No printer of ours would space it so.
    const TEXT: &str = r#"{ "b" : 1, "a" : [ ] }"#;

    #[test]
    fn what_is_only_read_goes_back_as_it_came() {
        let body = Body::received(TEXT.into());
        assert_eq!(body.get("b"), Some(&json!(1)));
        assert_eq!(body.clone(), Body::received(r#"{"a":[],"b":1}"#.into()));
        assert_eq!(body.into_text(), TEXT);
    }

    #[test]
    fn what_is_changed_is_printed_anew() {
        let mut body = Body::received(TEXT.into());
        body.insert("b".into(), json!(2));
        assert_eq!(body.clone().into_text(), r#"{"a":[],"b":2}"#);
        assert_eq!(Value::from(body), json!({"a": [], "b": 2}));
    }

    #[test]
    fn numbers_beside_what_is_changed_are_printed_as_they_came() {
        let numbers = r#""a":94.52706955539223,"b":9007199254740993,"c":100.0,"d":5e-324"#;
        let mut body = Body::received(format!("{{{numbers}}}"));
        body.insert("e".into(), json!(true));
        assert_eq!(body.into_text(), format!(r#"{{{numbers},"e":true}}"#));
    }

    #[test]
    fn one_of_ones_own_is_a_map() {
        assert_eq!(Body::default().into_text(), "{}");
        let body = Body::from(Object::from_iter([("a".to_owned(), json!(1))]));
        assert_eq!(body.into_text(), r#"{"a":1}"#);
    }
}
