//! What hooks may not see of a node's documents.

pub(super) use crate::redfish::forbidden_to_hooks;
