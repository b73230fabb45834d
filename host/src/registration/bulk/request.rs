//! What is asked for, and which nodes that are.

use std::collections::{HashMap, HashSet};

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
                return Ok(named(names, &self.nodes.list(&filter).await?));
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

/// Which of `known` have these uuids or else names, without regard to case.
fn named(names: &[String], known: &[Node]) -> Vec<(String, Option<Node>)> {
    let by_uuid: HashMap<String, &Node> = known
        .iter()
        .map(|node| (node.uuid.to_string(), node))
        .collect();
    let by_name: HashMap<String, &Node> = known
        .iter()
        .map(|node| (node.name.to_lowercase(), node))
        .collect();
    let find = |name: &String| {
        let folded = name.to_lowercase();
        let found = by_uuid.get(&folded).or_else(|| by_name.get(&folded));
        (name.clone(), found.map(|node| Node::clone(node)))
    };
    names.iter().map(find).collect()
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

    fn node(uuid: Uuid, name: &str) -> Node {
        Node {
            uuid,
            name: name.into(),
            podm_id: Uuid::from_u128(1),
            index: "1".into(),
            resource_uri: "/redfish/v1/Systems/1".into(),
            system_uri: "/redfish/v1/Systems/1".into(),
            description: None,
            managed_by: None,
            epoch: 0,
            created_at: store::now(),
            updated_at: store::now(),
        }
    }

    #[test]
    fn nodes_are_found_by_uuid_and_by_name_whatever_their_case() {
        let [one, other, third] = [0xa1, 0xb2, 0xc3].map(Uuid::from_u128);
        // Whoever is called like another's uuid is not that one.
        let known = [
            node(other, &one.to_string()),
            node(one, "Rack-A.1"),
            node(third, "Ä"),
        ];
        let upper = one.to_string().to_uppercase();
        for (wanted, expected) in [
            (upper.as_str(), Some(one)),
            ("rACK-a.1", Some(one)),
            ("ä", Some(third)),
            (&other.to_string(), Some(other)),
            ("rack-a", None),
        ] {
            let found = named(&[wanted.to_owned()], &known);
            let [(asked, found)] = &found[..] else {
                panic!("{found:?}");
            };
            assert_eq!(asked, wanted);
            assert_eq!(found.as_ref().map(|node| node.uuid), expected, "{wanted}");
        }
    }

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
