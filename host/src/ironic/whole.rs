//! A node in Ironic with all that belongs to it, in the view of an enrollment.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::mark::Mark;
use super::{Client, IronicError};
use crate::enrollment::Object;

/// What Ironic tells of a port or port group that is none of its fields, or that
/// stands elsewhere in the view.
const NOT_FIELDS: [&str; 8] = [
    "links",
    "ports",
    "created_at",
    "updated_at",
    "internal_info",
    "node_uuid",
    "node_ident",
    "portgroup_uuid",
];

/// The states in which nobody uses a node and Ironic is not at work on it.
const AT_REST: [&str; 5] = [
    "enroll",
    "manageable",
    "available",
    "inspect failed",
    "clean failed",
];

/// A node as Ironic has it: passwords masked.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The node's uuid.
    pub uuid: Uuid,
    view: Value,
}

impl Client {
    /// The node with this uuid, its ports, port groups and traits, in one round
    /// of reads. `None` if there is none.
    pub async fn whole(&self, uuid: Uuid) -> Result<Option<Whole>, IronicError> {
        let call = Call::get(["nodes", &uuid.to_string()]);
        let (node, ports, portgroups) = futures::join!(
            self.find(&call),
            self.listed("ports", uuid),
            self.listed("portgroups", uuid),
        );
        // Of a node that is gone Ironic lists no ports: it answers 404.
        let Some(node) = node? else {
            return Ok(None);
        };
        // Whoever took a stranger's answer for a node without ports would make
        // them all again.
        if uuid_of(&node) != Some(uuid) {
            return Err(self.garbage(&call, "the answer shows something else than was asked for"));
        }
        Ok(Some(Whole::new(uuid, node, ports?, portgroups?)))
    }

    async fn listed(&self, what: &'static str, node: Uuid) -> Result<Vec<Value>, IronicError> {
        let call = Call::get([what])
            .query("node", node.to_string())
            .query("detail", "true");
        let mut answer = self.send(&call).await?;
        match answer.get_mut(what).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.garbage(&call, "the answer lists something else than was asked for")),
        }
    }
}

impl Whole {
    /// A node of which no more was asked than its own fields.
    pub fn of_node(uuid: Uuid, node: Value) -> Self {
        Self::new(uuid, node, Vec::new(), Vec::new())
    }

    pub(super) fn new(uuid: Uuid, node: Value, ports: Vec<Value>, portgroups: Vec<Value>) -> Self {
        let name_of = |group: &Value| {
            portgroups
                .iter()
                .find(|portgroup| portgroup.get("uuid") == Some(group))
                .and_then(|portgroup| portgroup.get("name").cloned())
        };
        let listed: Map<_, _> = ports
            .iter()
            .filter_map(|port| {
                let mac = port.get("address")?.as_str()?.to_lowercase();
                let mut fields = fields(port);
                let group = port.get("portgroup_uuid").and_then(name_of);
                fields.insert("portgroup".into(), group.unwrap_or_default());
                Some((mac, Value::Object(fields)))
            })
            .collect();
        let groups: Map<_, _> = portgroups
            .iter()
            .map(|portgroup| {
                let text = |key: &str| Some(portgroup.get(key)?.as_str()?.to_owned());
                // One without a name can only be somebody else's.
                let key = text("name").or_else(|| text("uuid")).unwrap_or_default();
                (key, Value::Object(fields(portgroup)))
            })
            .collect();
        let traits: Map<_, _> = node
            .get("traits")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| Some((name.as_str()?.to_owned(), Value::Bool(true))))
            .collect();
        let view = json!({"node": node, "ports": listed, "portgroups": groups, "traits": traits});
        Self { uuid, view }
    }

    /// It in the canonical view of an enrollment. Ports and port groups have
    /// their `uuid` beside their fields.
    pub fn view(&self) -> &Value {
        &self.view
    }

    /// The mark that it bears.
    pub fn mark(&self) -> Option<Mark> {
        Mark::of(self.view.get("node")?)
    }

    /// A text among the node's own fields, as it is.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.view.get("node")?.get(field)?.as_str()
    }

    /// Why it is not to be changed now: the state that it is in, if it is in use
    /// or under way to another.
    pub fn busy(&self) -> Option<String> {
        busy(self.view.get("node")?)
    }

    /// Its ports or port groups with their uuids, sorted.
    pub fn uuids(&self, section: &str) -> Vec<(String, Uuid)> {
        let members = self.view.get(section).and_then(Value::as_object);
        members
            .into_iter()
            .flatten()
            .filter_map(|(key, member)| Some((key.clone(), uuid_of(member)?)))
            .collect()
    }
}

/// Why `node`, as Ironic shows it, is not to be changed now: [`Whole::busy`].
pub(super) fn busy(node: &Value) -> Option<String> {
    let text = |key: &str| node.get(key).and_then(Value::as_str);
    let carries = text("instance_uuid").is_some();
    let state = crate::text::tame(text("provision_state").unwrap_or_default(), 40);
    match (carries, AT_REST.contains(&state.as_str())) {
        (true, _) => Some(format!("`{state}`, with an instance")),
        (false, false) => Some(format!("`{state}`")),
        (false, true) => None,
    }
}

/// The uuid of a port or port group of the view.
pub(super) fn uuid_of(member: &Value) -> Option<Uuid> {
    member.get("uuid")?.as_str()?.parse().ok()
}

fn fields(of: &Value) -> Object {
    let mut fields = of.as_object().cloned().unwrap_or_default();
    fields.retain(|key, _| !NOT_FIELDS.contains(&key.as_str()));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_go_by_mac_and_name_their_port_group() {
        let group = Uuid::from_u128(3).to_string();
        let whole = Whole::new(
            Uuid::from_u128(1),
            json!({"name": "a", "traits": ["CUSTOM_A"]}),
            vec![
                json!({"uuid": Uuid::from_u128(2), "address": "AA:00:00:00:00:01",
                "portgroup_uuid": group, "links": [], "internal_info": {}}),
            ],
            vec![json!({"uuid": group, "name": "bond0", "mode": "802.3ad"})],
        );
        assert_eq!(
            whole.view(),
            &json!({
                "node": {"name": "a", "traits": ["CUSTOM_A"]},
                "ports": {"aa:00:00:00:00:01": {"uuid": Uuid::from_u128(2),
                    "address": "AA:00:00:00:00:01", "portgroup": "bond0"}},
                "portgroups": {"bond0": {"uuid": group, "name": "bond0", "mode": "802.3ad"}},
                "traits": {"CUSTOM_A": true},
            })
        );
        let mac = "aa:00:00:00:00:01".to_owned();
        assert_eq!(whole.uuids("ports"), [(mac, Uuid::from_u128(2))]);
    }
}
