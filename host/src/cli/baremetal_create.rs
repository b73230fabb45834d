//! `-f baremetal-create`: an evaluation as the file that `openstack baremetal create`
//! takes, for a site that looks it through and lets OpenStack's own client create the
//! node.

mod yaml;

use clap::ArgMatches;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::enrollment::{Enrollment, Object};
use crate::failure::Failure;

use super::output::Form;
use super::trouble::Trouble;

/// What the commands that have this form say of it.
pub(super) const HELP: &str = "\
`-f baremetal-create` prints the file that `openstack baremetal create FILE.yaml` takes, with
REDFISH_USERNAME and REDFISH_PASSWORD where the credentials belong, which are never printed.";

const HEAD: &str = "\
# For `openstack baremetal create FILE.yaml`; it has to be called `.yaml`.
";

const CREDENTIALS: &str = "\
# Put the BMC's credentials in place of REDFISH_USERNAME and REDFISH_PASSWORD, or take
# both lines out where it asks for none.
";

/// Where the credentials belong, and what stands there.
const PLACEHOLDERS: [(&str, &str); 2] = [
    ("redfish_username", "REDFISH_USERNAME"),
    ("redfish_password", "REDFISH_PASSWORD"),
];

/// Refuses this form where there is no evaluation to be shown, before anything is done.
pub(super) fn check(matches: &ArgMatches) -> Result<(), Trouble> {
    let mut leaf = matches;
    let mut command = Vec::new();
    while let Some((name, below)) = leaf.subcommand() {
        command.push(name);
        leaf = below;
    }
    let form = leaf.try_get_one::<Form>("format").ok().flatten();
    if form != Some(&Form::BaremetalCreate) {
        return Ok(());
    }
    let is_dry = || leaf.try_get_one::<bool>("dry_run").ok().flatten() == Some(&true);
    match command.as_slice() {
        ["evaluate"] => Ok(()),
        ["node", "register"] | ["node-register"] if is_dry() => Ok(()),
        _ => Err(elsewhere()),
    }
}

/// There is nothing here that could be shown so.
pub(super) fn elsewhere() -> Trouble {
    Trouble::usage(
        "`-f baremetal-create` is for `valence evaluate` and `valence node register --dry-run`",
    )
}

/// The file for the enrollment of `report`.
pub(super) fn file(report: &Object) -> Result<String, Trouble> {
    let enrollment = report.get("enrollment").unwrap_or(&Value::Null);
    let enrollment = Enrollment::deserialize(enrollment).map_err(Failure::internal)?;
    let mut text = HEAD.to_owned();
    let node = node(&enrollment);
    if node
        .get("driver_info")
        .is_some_and(|info| PLACEHOLDERS.iter().any(|(_, word)| is_in(info, word)))
    {
        text.push_str(CREDENTIALS);
    }
    text.push_str(&yaml::written(&json!({"nodes": [node]})));
    Ok(text)
}

fn is_in(info: &Value, word: &str) -> bool {
    let mut values = info.as_object().into_iter().flat_map(Object::values);
    values.any(|value| value == word)
}

/// The node with its traits, ports and port groups in it, as the client nests them.
fn node(enrollment: &Enrollment) -> Object {
    let mut node = given(&enrollment.node);
    if let Some(Value::Object(info)) = node.get_mut("driver_info")
        && info.contains_key("redfish_address")
    {
        let [(username, name), (password, word)] = PLACEHOLDERS;
        info.entry(username).or_insert_with(|| json!(name));
        info.insert(password.to_owned(), json!(word));
    }
    if !enrollment.traits.is_empty() {
        node.insert("traits".into(), json!(enrollment.traits));
    }
    let (mut alone, mut grouped): (Vec<_>, Vec<_>) = enrollment
        .ports
        .iter()
        .map(|port| given(port))
        .partition(|port| !port.contains_key("portgroup"));
    let groups: Vec<_> = enrollment
        .portgroups
        .iter()
        .map(|group| {
            let mut group = given(group);
            let name = group.get("name").cloned();
            let (inside, others) = grouped
                .drain(..)
                .partition(|port| port.get("portgroup") == name.as_ref());
            grouped = others;
            let inside: Vec<Object> = inside;
            if !inside.is_empty() {
                group.insert(
                    "ports".into(),
                    inside.into_iter().map(without_group).collect(),
                );
            }
            group
        })
        .collect();
    if !groups.is_empty() {
        node.insert("portgroups".into(), json!(groups));
    }
    // The rules let no port name a group that there is not.
    alone.append(&mut grouped);
    if !alone.is_empty() {
        node.insert("ports".into(), json!(alone));
    }
    node
}

fn without_group(mut port: Object) -> Value {
    port.remove("portgroup");
    Value::Object(port)
}

/// What of `object` is not null, which Ironic takes for absent where it takes it.
fn given(object: &Object) -> Object {
    let given = object.iter().filter(|(_, value)| !value.is_null());
    given
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
#[path = "baremetal_create/tests.rs"]
mod tests;
