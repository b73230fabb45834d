//! From an enrollment to the bodies of requests. The only place where
//! credentials meet an enrollment.

use serde_json::{Value, json};
use uuid::Uuid;

use super::apply::Plan;
use super::mark::Mark;
use super::problem::Problem;
use super::step::Step;
use super::uuids::{port_uuid, portgroup_uuid};
use crate::enrollment::{Object, child};
use crate::secret::Credentials;

/// The body that creates the node, with our mark, and with `credentials` put in
/// last.
pub(super) fn node(plan: &Plan, credentials: Option<&Credentials>) -> Result<Object, Problem> {
    let mut node = given(&plan.enrollment.node);
    node.insert("uuid".into(), json!(plan.node_uuid));
    object(&mut node, "extra")?.insert("valence".into(), mark(plan).to_value());
    if let Some(credentials) = credentials {
        let driver_info = object(&mut node, "driver_info")?;
        for (key, value) in logins(credentials) {
            driver_info.insert(key.into(), value);
        }
    }
    Ok(node)
}

/// The keys of `driver_info` that hold `credentials`.
pub(super) fn logins(credentials: &Credentials) -> [(&'static str, Value); 2] {
    [
        ("redfish_username", json!(credentials.username)),
        ("redfish_password", json!(credentials.password.expose())),
    ]
}

pub(super) fn mark(plan: &Plan) -> Mark {
    Mark {
        registration: plan.registration,
        digest: plan.digest.clone(),
        hooks: plan.hooks.clone(),
        update: None,
    }
}

/// The requests that create the port groups.
pub(super) fn portgroups(plan: &Plan) -> Result<Vec<(Step, Value)>, Problem> {
    plan.enrollment
        .portgroups
        .iter()
        .enumerate()
        .map(|(place, portgroup)| {
            let name = text(portgroup, "name")
                .ok_or_else(|| lacks(format!("/portgroups/#{place}"), "name"))?;
            let uuid = portgroup_uuid(plan.node_uuid, name);
            let step = Step::CreatePortgroup {
                uuid,
                name: name.to_owned(),
            };
            Ok((step, of_node(given(portgroup), uuid, plan)))
        })
        .collect()
}

/// The requests that create the ports. A port group, which the enrollment names,
/// becomes its uuid.
pub(super) fn ports(plan: &Plan) -> Result<Vec<(Step, Value)>, Problem> {
    let groups: Vec<_> = plan
        .enrollment
        .portgroups
        .iter()
        .filter_map(|portgroup| text(portgroup, "name"))
        .collect();
    plan.enrollment
        .ports
        .iter()
        .enumerate()
        .map(|(place, port)| {
            let address = text(port, "address")
                .ok_or_else(|| lacks(format!("/ports/#{place}"), "address"))?;
            let uuid = port_uuid(plan.node_uuid, address);
            let mut body = given(port);
            if let Some(group) = body.remove("portgroup") {
                let group = group
                    .as_str()
                    .filter(|group| groups.contains(group))
                    .ok_or_else(|| Problem::Unfit {
                        pointer: child(&child("/ports", &address.to_lowercase()), "portgroup"),
                        message: "it is to name one of the enrollment's port groups".into(),
                    })?;
                let group = portgroup_uuid(plan.node_uuid, group);
                body.insert("portgroup_uuid".into(), json!(group));
            }
            let step = Step::CreatePort {
                uuid,
                address: address.to_owned(),
            };
            Ok((step, of_node(body, uuid, plan)))
        })
        .collect()
}

/// What of `object` is not null. To Ironic that is as good as absent, except in a
/// field that it does not know yet.
fn given(object: &Object) -> Object {
    let given = object.iter().filter(|(_, value)| !value.is_null());
    given
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn of_node(mut body: Object, uuid: Uuid, plan: &Plan) -> Value {
    body.insert("uuid".into(), json!(uuid));
    body.insert("node_uuid".into(), json!(plan.node_uuid));
    Value::Object(body)
}

fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

fn lacks(pointer: String, key: &str) -> Problem {
    Problem::Unfit {
        pointer,
        message: format!("`{key}` is missing"),
    }
}

fn object<'a>(node: &'a mut Object, key: &str) -> Result<&'a mut Object, Problem> {
    node.entry(key)
        .or_insert_with(|| Value::Object(Object::new()))
        .as_object_mut()
        .ok_or_else(|| Problem::Unfit {
            pointer: child("/node", key),
            message: "it is to be an object".into(),
        })
}
