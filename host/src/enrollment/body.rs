//! A JSON object that enrollments share.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Object;

/// The body of a request to Ironic: a JSON object, to be used as the map that it is.
/// Enrollments of one evaluation share those that no hook has changed: a copy copies
/// nothing, and one that is written to is the writer's own from then on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(Arc<Object>);

impl Body {
    /// Whether both are one and the same, and not merely alike.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The map itself.
    pub fn into_object(self) -> Object {
        Arc::unwrap_or_clone(self.0)
    }
}

impl Deref for Body {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.0
    }
}

impl DerefMut for Body {
    fn deref_mut(&mut self) -> &mut Object {
        Arc::make_mut(&mut self.0)
    }
}

impl From<Object> for Body {
    fn from(object: Object) -> Self {
        Self(Arc::new(object))
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || self.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_to_is_no_longer_shared() {
        let one = Body::from(Object::from_iter([("a".to_owned(), json!(1))]));
        let mut other = one.clone();
        assert!(other.is(&one));
        other.insert("a".into(), json!(2));
        assert_eq!(one.get("a"), Some(&json!(1)));
        assert!(!other.is(&one) && other != one);
        other.insert("a".into(), json!(1));
        assert!(!other.is(&one) && other == one);
        assert_eq!(serde_json::to_string(&one).unwrap(), r#"{"a":1}"#);
        assert_eq!(other.into_object(), *one);
    }
}
