//! Ports, port groups and traits of a node, brought from what they are to what
//! they are to be. The way back is the same way.

use std::collections::BTreeMap;

use futures::future::join_all;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::compare::Deviation;
use super::patch::of_member;
use super::problem::Problem;
use super::resources::{belonging, create};
use super::saga::{Doubt, Saga};
use super::step::Step;
use super::uuids::{port_uuid, portgroup_uuid};
use super::whole::{Whole, uuid_of};
use crate::enrollment::{Object, segments};

/// Some of what belongs to a node: each as it is to be, or none. What is not
/// named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Belongings {
    ports: BTreeMap<String, Option<Object>>,
    portgroups: BTreeMap<String, Option<Object>>,
    traits: BTreeMap<String, bool>,
}

impl Belongings {
    /// Of `view`, all that `deviations` touch.
    pub(super) fn touched(deviations: &[Deviation], view: &Value) -> Self {
        let mut touched = Self::default();
        for deviation in deviations.iter().filter(|deviation| deviation.is_written()) {
            let path: Vec<_> = segments(&deviation.pointer).take(2).collect();
            let [section, key] = path.as_slice() else {
                continue;
            };
            let there = view.get(&**section).and_then(|members| members.get(&**key));
            let object = || there.and_then(Value::as_object).cloned();
            let key = key.clone().into_owned();
            match &**section {
                "ports" => drop(touched.ports.insert(key, object())),
                "portgroups" => drop(touched.portgroups.insert(key, object())),
                "traits" => drop(touched.traits.insert(key, there.is_some())),
                _ => {}
            }
        }
        touched
    }

    /// The same members as they are in `view`.
    pub(super) fn in_view(&self, view: &Value) -> Self {
        let there = |section: &str, key: &str| view.get(section)?.get(key);
        let object = |section, key: &String| {
            let object = there(section, key).and_then(Value::as_object);
            (key.clone(), object.cloned())
        };
        let is_there = |key: &String| (key.clone(), there("traits", key).is_some());
        Self {
            ports: self.ports.keys().map(|key| object("ports", key)).collect(),
            portgroups: self
                .portgroups
                .keys()
                .map(|key| object("portgroups", key))
                .collect(),
            traits: self.traits.keys().map(is_there).collect(),
        }
    }
}

/// Writes what makes `wanted` of what `found` has. Ironic locks the node for
/// most of it, so only what is created goes out side by side.
pub(super) async fn bring(
    saga: &Saga<'_>,
    found: &Whole,
    wanted: &Belongings,
) -> Result<(), Problem> {
    let bringing = Bringing {
        saga,
        found,
        wanted,
    };
    bringing.portgroups_there().await?;
    bringing.ports().await?;
    bringing.portgroups_gone().await?;
    bringing.traits().await
}

struct Bringing<'a, 'b> {
    saga: &'a Saga<'b>,
    found: &'a Whole,
    wanted: &'a Belongings,
}

impl Bringing<'_, '_> {
    fn there(&self, section: &str, key: &str) -> Option<&Object> {
        self.found.view().get(section)?.get(key)?.as_object()
    }

    async fn portgroups_there(&self) -> Result<(), Problem> {
        for (name, wanted) in &self.wanted.portgroups {
            let Some(wanted) = wanted else { continue };
            let there = self.there("portgroups", name);
            let uuid = self.portgroup_uuid(name);
            let name = name.clone();
            match there {
                None => {
                    let step = Step::CreatePortgroup { uuid, name };
                    self.create("portgroups", uuid, step, self.sent(wanted))
                        .await?;
                }
                Some(there) => {
                    let step = Step::AmendPortgroup { uuid, name };
                    self.amend("portgroups", uuid, step, there, wanted).await?;
                }
            }
        }
        Ok(())
    }

    async fn portgroups_gone(&self) -> Result<(), Problem> {
        for (name, wanted) in &self.wanted.portgroups {
            if wanted.is_none() && self.there("portgroups", name).is_some() {
                let uuid = self.portgroup_uuid(name);
                let name = name.clone();
                let step = Step::DeletePortgroup { uuid, name };
                self.delete("portgroups", uuid, step).await?;
            }
        }
        Ok(())
    }

    async fn ports(&self) -> Result<(), Problem> {
        let mut new = Vec::new();
        for (mac, wanted) in &self.wanted.ports {
            let there = self.there("ports", mac);
            let known = [there, wanted.as_ref()].into_iter().flatten();
            let uuid = known
                .filter_map(|port| port.get("uuid")?.as_str()?.parse().ok())
                .next()
                .unwrap_or_else(|| port_uuid(self.found.uuid, mac));
            let address = mac.clone();
            match (there, wanted) {
                (None, None) => {}
                (Some(_), None) => {
                    let step = Step::DeletePort { uuid, address };
                    self.delete("ports", uuid, step).await?;
                }
                (Some(there), Some(wanted)) => {
                    let step = Step::AmendPort { uuid, address };
                    self.amend("ports", uuid, step, there, wanted).await?;
                }
                (None, Some(wanted)) => {
                    let step = Step::CreatePort { uuid, address };
                    new.push(self.create("ports", uuid, step, self.sent(wanted)));
                }
            }
        }
        // What was sent is waited for even if something beside it failed.
        join_all(new).await.into_iter().collect()
    }

    async fn traits(&self) -> Result<(), Problem> {
        let node = self.found.uuid;
        // One by one: a list of all would take along what others set meanwhile.
        for (name, wanted) in &self.wanted.traits {
            let there = self.found.view().get("traits");
            let is_there = there.is_some_and(|traits| traits.get(name).is_some());
            let (uuid, name) = (node, name.clone());
            let path = ["nodes", &node.to_string(), "traits", &name];
            match (is_there, wanted) {
                (false, true) => {
                    let call = Call::new(Method::PUT, path);
                    let step = Step::AddTrait { uuid, name };
                    self.saga
                        .write(step, &call, Doubt::Repeat(Value::is_null))
                        .await?;
                }
                (true, false) => {
                    let call = Call::new(Method::DELETE, path);
                    let step = Step::RemoveTrait { uuid, name };
                    self.saga.write(step, &call, Doubt::Gone).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        what: &'static str,
        uuid: Uuid,
        step: Step,
        mut body: Object,
    ) -> Result<(), Problem> {
        body.retain(|_, value| !value.is_null());
        body.insert("uuid".into(), json!(uuid));
        body.insert("node_uuid".into(), json!(self.found.uuid));
        let look = Doubt::Look(belonging(what, uuid), belongs_to, self.found.uuid);
        let call = create(what, Value::Object(body));
        self.saga.write(step, &call, look).await.map(drop)
    }

    async fn amend(
        &self,
        what: &str,
        uuid: Uuid,
        step: Step,
        there: &Object,
        wanted: &Object,
    ) -> Result<(), Problem> {
        let operations = of_member(&self.sent(there), &self.sent(wanted));
        if operations.is_empty() {
            return Ok(());
        }
        let call =
            Call::new(Method::PATCH, [what, &uuid.to_string()]).body(Value::Array(operations));
        let again = Doubt::Repeat(|answer| answer.get("uuid").is_some());
        self.saga.write(step, &call, again).await.map(drop)
    }

    async fn delete(&self, what: &str, uuid: Uuid, step: Step) -> Result<(), Problem> {
        let call = Call::new(Method::DELETE, [what, &uuid.to_string()]);
        self.saga.write(step, &call, Doubt::Gone).await.map(drop)
    }

    /// A port or port group of the view as Ironic is sent it.
    fn sent(&self, member: &Object) -> Object {
        let mut body = member.clone();
        body.remove("uuid");
        if let Some(group) = body.remove("portgroup") {
            let uuid = group.as_str().map(|name| self.portgroup_uuid(name));
            body.insert("portgroup_uuid".into(), json!(uuid));
        }
        body
    }

    fn portgroup_uuid(&self, name: &str) -> Uuid {
        let there = self.there("portgroups", name);
        let wanted = self.wanted.portgroups.get(name).and_then(Option::as_ref);
        [there, wanted]
            .into_iter()
            .flatten()
            .find_map(|group| uuid_of(&Value::Object(group.clone())))
            .unwrap_or_else(|| portgroup_uuid(self.found.uuid, name))
    }
}

fn belongs_to(resource: &Value, node: Uuid) -> bool {
    resource.get("node_uuid").and_then(Value::as_str) == Some(node.to_string().as_str())
}
