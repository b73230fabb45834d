//! Names a node.
#![allow(unsafe_code, missing_docs)]
wit_bindgen::generate!({ path: "../../wit/since_v0.1.0", world: "map-hook" });
use exports::valence::hooks::mapping::{Error, Guest};
use valence::hooks::registration::Registration;
use valence::hooks::types::Enrollment;

struct Hook;
impl Guest for Hook {
    fn map_node(registration: &Registration, mut enrollment: Enrollment) -> Result<Enrollment, Error> {
        let location = registration.location().map_err(|e| Error::Failed(format!("{e:?}")))?;
        let rack = location.rack.ok_or_else(|| Error::Denied("no rack is known for this node".into()))?;
        let mut node: serde_json::Value =
            serde_json::from_str(&enrollment.node).map_err(|e| Error::Failed(e.to_string()))?;
        node["name"] = format!("{rack}-u{:02}", location.unit.unwrap_or(0)).into();
        enrollment.node = node.to_string();
        Ok(enrollment)
    }
}
export!(Hook);
