//! What to do where something is there already.

use serde::{Deserialize, Serialize};

/// `on_conflict` of a register request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// Refuse.
    #[default]
    Fail,
    /// Take over a node that is in Ironic and is demonstrably the same machine.
    Adopt,
    /// Change the node that is registered.
    Update,
}

impl OnConflict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fail, Self::Adopt, Self::Update];

    /// The name in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Adopt => "adopt",
            Self::Update => "update",
        }
    }
}
