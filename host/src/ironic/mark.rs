//! How Valence knows again what it has created: `extra.valence` of the node.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The mark on a node in Ironic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The registration that created it.
    pub registration: Uuid,
    /// The digest of the enrollment that it was created from.
    #[serde(default)]
    pub digest: String,
    /// The digests of the hooks that made the enrollment, in their order.
    #[serde(default)]
    pub hooks: Vec<String>,
    /// The update or adoption that last wrote it; none for one that is as the
    /// node was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Uuid>,
}

impl Mark {
    /// The mark that `node`, as Ironic shows it, bears.
    pub fn of(node: &Value) -> Option<Self> {
        Self::deserialize(node.pointer("/extra/valence")?).ok()
    }

    /// Whether `node` bears one, of whichever registration.
    pub(super) fn stands_on(node: &Value) -> bool {
        Self::of(node).is_some()
    }

    pub(super) fn to_value(&self) -> Value {
        let mut mark = json!({
            "registration": self.registration,
            "digest": self.digest,
            "hooks": self.hooks,
        });
        if let (Some(update), Some(mark)) = (self.update, mark.as_object_mut()) {
            mark.insert("update".into(), json!(update));
        }
        mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mark_with_a_registration_is_one() {
        let mark = Mark {
            registration: Uuid::from_u128(7),
            digest: "d".into(),
            hooks: vec!["sha256:a".into()],
            update: Some(Uuid::from_u128(8)),
        };
        let bears = |extra: Value| Mark::of(&json!({"extra": extra}));
        assert_eq!(bears(json!({"valence": mark.to_value()})), Some(mark));
        for other in [
            json!({}),
            json!({"valence": "yes"}),
            json!({"valence": {}}),
            json!({"valence": {"registration": "me"}}),
        ] {
            assert_eq!(bears(other), None);
        }
    }
}
