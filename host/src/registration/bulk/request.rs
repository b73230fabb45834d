//! What is asked for, and which nodes that are.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::node::Node;
use crate::nodes::NodeFilter;
use crate::store::{self, BulkState, ItemState};
use crate::text::names_secret;

use super::super::RegisterOptions;
use super::Bulks;

/// Which nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Those with these uuids or names, in this order. One that there is not fails,
    /// as one does that cannot be registered.
    Nodes(Vec<String>),
    /// All that are under management.
    All(bool),
    /// All behind the pod manager with this uuid or name.
    PodManager(String),
}

/// A request to register many nodes.
#[derive(Clone, Debug)]
pub struct BulkRequest {
    /// Which.
    pub selection: Selection,
    /// Fields of Ironic's node, for each of them.
    pub parameters: Object,
    /// How, for each of them.
    pub options: RegisterOptions,
}

impl Bulks {
    /// The records of `request`.
    pub(super) async fn resolve(
        &self,
        request: &BulkRequest,
    ) -> Result<(store::Bulk, Vec<store::BulkItem>), Failure> {
        refuse_secrets(&Value::Object(request.parameters.clone()), "")?;
        let text = |value: Result<String, _>| value.map_err(Failure::internal);
        let now = store::now();
        let record = store::Bulk {
            id: Uuid::new_v4(),
            state: BulkState::Running,
            selector: text(serde_json::to_string(&request.selection))?,
            parameters: text(serde_json::to_string(&request.parameters))?,
            options: text(serde_json::to_string(&request.options))?,
            created_at: now,
            updated_at: now,
        };
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for (name, node) in self.selected(&request.selection).await? {
            let is = node
                .as_ref()
                .map_or(name.clone(), |node| node.uuid.to_string());
            if !seen.insert(is) {
                continue;
            }
            items.push(store::BulkItem {
                place: u32::try_from(items.len()).map_err(Failure::internal)?,
                node: node.as_ref().map(|node| node.uuid),
                pod_manager: node.as_ref().map(|node| node.podm_id),
                name: node.map_or(name, |node| node.name),
                state: ItemState::Waiting,
                result: None,
                begun: None,
                ended: None,
            });
        }
        Ok((record, items))
    }

    /// What was asked for, and the node that it is, if there is one.
    async fn selected(
        &self,
        selection: &Selection,
    ) -> Result<Vec<(String, Option<Node>)>, Failure> {
        let mut filter = NodeFilter::default();
        match selection {
            Selection::Nodes(names) => {
                let known = self.nodes.list(&filter).await?;
                let is = |node: &&Node, name: &str| {
                    node.name.eq_ignore_ascii_case(name) || node.uuid.to_string() == *name
                };
                return Ok(names
                    .iter()
                    .map(|name| {
                        (
                            name.clone(),
                            known.iter().find(|node| is(node, name)).cloned(),
                        )
                    })
                    .collect());
            }
            Selection::All(_) => {}
            Selection::PodManager(id) => {
                filter.podm_id = Some(self.pod_managers.get(id).await?.uuid);
            }
        }
        let nodes = self.nodes.list(&filter).await?.into_iter();
        Ok(nodes.map(|node| (node.name.clone(), Some(node))).collect())
    }
}

/// What is asked of many nodes is on record for long, and their passwords differ.
pub(in crate::registration) fn refuse_secrets(value: &Value, at: &str) -> Result<(), Failure> {
    let object = match value {
        Value::Object(object) => object,
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                refuse_secrets(item, &format!("{at}/{place}"))?;
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    for (key, value) in object {
        let at = crate::enrollment::child(at, key);
        if names_secret(key) {
            return Err(Failure::new(
                Cause::BadRequest,
                format!(
                    "`{key}` cannot be given for many nodes, where it would be stored: let their pod manager's \
                     credentials do it, or register the node alone"
                ),
            )
            .at(at));
        }
        refuse_secrets(value, &at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_refused_wherever_it_is_and_whatever_it_is_wrapped_in() {
        for (parameters, at) in [
            (
                json!({"driver_info": {"redfish_password": "x"}}),
                "/driver_info/redfish_password",
            ),
            (
                json!({"extra": {"logins": [{"a": 1}, {"password": "x"}]}}),
                "/extra/logins/1/password",
            ),
            (
                json!({"extra": {"password": {"value": "x"}}}),
                "/extra/password",
            ),
            (json!({"extra": [[{"token": ["x"]}]]}), "/extra/0/0/token"),
        ] {
            let failure = refuse_secrets(&parameters, "").unwrap_err();
            assert_eq!(failure.field.as_deref(), Some(at), "{parameters}");
        }
        let harmless = json!({"extra": {"rack": ["a", {"row": 1}]}, "name": "x"});
        assert!(refuse_secrets(&harmless, "").is_ok());
    }
}
