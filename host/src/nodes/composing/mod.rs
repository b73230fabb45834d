//! Composing nodes. The intent is on record before the pod manager is asked, and what
//! is made bears our mark, so that nothing is left behind by whatever cuts it off.

mod giving_back;
mod making;

use uuid::Uuid;

use crate::node::Requirements;

/// `POST /v1/nodes`.
#[derive(Clone, Debug)]
pub struct ComposeRequest {
    /// The uuid that the node is to have.
    pub node: Uuid,
    /// The pod manager's uuid or name. None: the only one that there is.
    pub podm_id: Option<String>,
    /// What to call the node.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it is to have.
    pub wanted: Wanted,
    /// How it is to be registered once it is composed, as JSON.
    pub registering: Option<String>,
}

/// What a node is to have.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// What this flavour says: its uuid or name.
    Flavor(String),
    /// This.
    Properties(Requirements),
}
