//! What will be created in Ironic for one node, who set it, and how two of them
//! differ.

mod body;
mod change;
mod difference;
mod merge;
mod order;
mod pattern;
mod pointer;
mod prose;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use body::Body;
pub use change::{Author, Change, Reading, last_change};
pub use difference::{Difference, differences, each_leaf};
pub use merge::lay_over;
pub(crate) use pattern::glob;
pub use pattern::{Pattern, PatternError};
pub(crate) use pointer::{Key, port_key, portgroup_key, with_lower_mac};
pub use pointer::{Place, child, field, segments, view};
pub use prose::{LONGEST_POINTER, PROSE, misplaced};

/// A JSON object.
pub type Object = Map<String, Value>;

/// Everything that Valence will create in Ironic for one node.
///
/// It holds no secret: credentials are put in when a request is sent. One that was
/// evaluated or read has its ports and port groups in one order, so that the same
/// values are the same enrollment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrollment {
    /// The body of `POST /v1/nodes`.
    pub node: Object,
    /// The bodies of `POST /v1/portgroups`; they name no node.
    #[serde(default, deserialize_with = "order::portgroups")]
    pub portgroups: Vec<Body>,
    /// The bodies of `POST /v1/ports`; they name no node, and a port group by
    /// its `name`, in `portgroup`.
    #[serde(default, deserialize_with = "order::ports")]
    pub ports: Vec<Body>,
    /// The body of `PUT /v1/nodes/{uuid}/traits`.
    #[serde(default)]
    pub traits: BTreeSet<String>,
    /// The name of the credentials with which Ironic will reach the BMC. None:
    /// those of the pod manager.
    #[serde(default)]
    pub credentials: Option<String>,
    /// What later versions of the hook contract may add.
    #[serde(
        default,
        deserialize_with = "order::extension",
        skip_serializing_if = "Option::is_none"
    )]
    pub extension: Option<Object>,
}
