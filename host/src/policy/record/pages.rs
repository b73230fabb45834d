//! Collections in one piece.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::redfish::ResourcePath;

const NEXT: [&str; 2] = ["Members@odata.nextLink", "@odata.nextLink"];
const COUNT: &str = "Members@odata.count";

/// Collections whose members are nodes, of which a recording has one.
const OF_NODES: [&str; 2] = ["Systems", "Nodes"];

type Documents = BTreeMap<ResourcePath, Value>;

/// Puts the members of further pages into the first, and takes those pages out.
pub(super) fn merge(documents: &mut Documents) {
    let further: BTreeSet<_> = documents.values().filter_map(next).collect();
    let firsts: Vec<_> = documents
        .iter()
        .filter(|(path, body)| next(body).is_some() && !further.contains(*path))
        .map(|(path, _)| path.clone())
        .collect();
    for first in firsts {
        let mut members: Vec<Value> = Vec::new();
        let mut page = documents.get(&first);
        let mut pages = BTreeSet::new();
        while let Some(body) = page {
            for member in listed(body) {
                if !members.contains(member) {
                    members.push(member.clone());
                }
            }
            page = next(body)
                .filter(|link| pages.insert(link.clone()))
                .and_then(|link| documents.get(&link));
        }
        if let Some(Value::Object(body)) = documents.get_mut(&first) {
            NEXT.iter().for_each(|key| drop(body.remove(*key)));
            body.insert(COUNT.into(), json!(members.len()));
            body.insert("Members".into(), Value::Array(members));
        }
    }
    // A mockup has no place for a path with a query.
    documents.retain(|path, _| !further.contains(path) && !path.as_str().contains('?'));
}

/// Takes the members that were not recorded out of the collections of nodes: the
/// others are other nodes, and a mockup of one system needs no choice.
pub(super) fn keep_what_is_recorded(documents: &mut Documents) {
    for name in OF_NODES {
        let linked = documents
            .get(&ResourcePath::root())
            .and_then(|root| root.get(name)?.get("@odata.id")?.as_str()?.parse().ok());
        let Some(path) = linked.or_else(|| ResourcePath::root().join(name).ok()) else {
            continue;
        };
        let Some(collection) = documents.get(&path) else {
            continue;
        };
        let is_recorded = |member: &&Value| {
            let link = member.get("@odata.id").and_then(Value::as_str);
            let link = link.and_then(|link| link.parse::<ResourcePath>().ok());
            let id = || path.join(member.get("Id")?.as_str()?).ok();
            let member = link.or_else(id);
            member.is_some_and(|member| documents.contains_key(&member))
        };
        let members: Vec<_> = listed(collection).filter(is_recorded).cloned().collect();
        if let Some(Value::Object(body)) = documents.get_mut(&path)
            && body.contains_key("Members")
        {
            body.insert(COUNT.into(), json!(members.len()));
            body.insert("Members".into(), Value::Array(members));
        }
    }
}

fn listed(body: &Value) -> impl Iterator<Item = &Value> {
    body.get("Members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Where the next page of the collection `body` is.
fn next(body: &Value) -> Option<ResourcePath> {
    NEXT.iter()
        .find_map(|key| body.get(*key)?.as_str())
        .and_then(|link| ResourcePath::page(link).ok())
}
