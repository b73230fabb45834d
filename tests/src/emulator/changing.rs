//! What a system can be told: its power, and what it boots from.

use serde_json::{Value, json};

use super::answer::{Answer, Asked};
use super::documents::Documents;
use super::fault::merge;

/// The path of the system or node that `asked` resets; none where it resets none.
pub(super) fn reset_of(asked: &Asked) -> Option<&str> {
    ["ComputerSystem", "ComposedNode"]
        .iter()
        .find_map(|kind| asked.path.strip_suffix(&format!("/Actions/{kind}.Reset")))
}

/// Resets the system or node at `path`, of which there may be two documents.
pub(super) fn reset(asked: &Asked, path: &str, documents: &mut Documents) -> Answer {
    let Some(document) = documents.get(path) else {
        return Answer::missing(path);
    };
    let Some(kind) = asked.body.get("ResetType").and_then(Value::as_str) else {
        return Answer::refused("`ResetType` is missing");
    };
    let allowed = document
        .pointer("/Actions")
        .and_then(Value::as_object)
        .and_then(|actions| {
            actions
                .values()
                .find_map(|action| action.get("ResetType@Redfish.AllowableValues"))
        });
    if !allows(allowed, kind) {
        return Answer::refused(format!("`{kind}` is no `ResetType` of `{path}`"));
    }
    let on = document.get("PowerState").and_then(Value::as_str) == Some("On");
    let state = match kind {
        "ForceOff" | "GracefulShutdown" => "Off",
        "PushPowerButton" if on => "Off",
        "Nmi" if !on => "Off",
        _ => "On",
    };
    for path in both(path, documents) {
        if let Some(document) = documents.get_mut(&path) {
            document["PowerState"] = json!(state);
        }
    }
    Answer::done()
}

/// Changes the document at the path of `asked`, in keys that it has.
pub(super) fn patch(asked: &Asked, documents: &mut Documents) -> Answer {
    let Some(document) = documents.get(&asked.path) else {
        return Answer::missing(&asked.path);
    };
    let Some(keys) = asked.body.as_object() else {
        return Answer::refused("the body is no object");
    };
    if let Some(unknown) = keys.keys().find(|key| document.get(key).is_none()) {
        return Answer::refused(format!("`{unknown}` cannot be written"));
    }
    if let Some(boot) = asked.body.get("Boot") {
        for key in ["BootSourceOverrideTarget", "BootSourceOverrideEnabled"] {
            let allowed = document.pointer(&format!("/Boot/{key}@Redfish.AllowableValues"));
            if let Some(value) = boot.get(key).and_then(Value::as_str)
                && !allows(allowed, value)
            {
                return Answer::refused(format!("`{value}` is no `{key}` of `{}`", asked.path));
            }
        }
    }
    for path in both(&asked.path, documents) {
        if let Some(document) = documents.get_mut(&path) {
            merge(document, &asked.body);
        }
    }
    let changed = documents.get(&asked.path).cloned();
    changed.map_or_else(Answer::done, Answer::of)
}

/// What is said of an RSD node holds for its system.
fn both(path: &str, documents: &Documents) -> Vec<String> {
    let system = documents
        .get(path)
        .and_then(|node| node.pointer("/Links/ComputerSystem/@odata.id")?.as_str());
    let is_node = path.starts_with("/redfish/v1/Nodes/");
    let system = system.filter(|_| is_node).map(str::to_owned);
    std::iter::once(path.to_owned()).chain(system).collect()
}

fn allows(allowed: Option<&Value>, value: &str) -> bool {
    let Some(allowed) = allowed.and_then(Value::as_array) else {
        return true;
    };
    allowed.iter().any(|one| one == value)
}
