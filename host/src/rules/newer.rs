//! Fields that an Ironic does not know yet. It would answer 400 or 406 without
//! naming the field.

use serde_json::Value;

use super::check::{Violation, port_pointer, portgroup_pointer};
use super::field::Schema;
use super::link;
use super::microversion::Microversion;
use super::node::NODE;
use super::port::PORT;
use super::portgroup::PORTGROUP;
use crate::enrollment::{Enrollment, Object, child};
use crate::text::tame;

const LINK: &str = "local_link_connection";

/// The values in fields of `enrollment` that came after `api`.
pub fn newer(enrollment: &Enrollment, api: Microversion) -> Vec<Violation> {
    // There is seldom anything: pointers are put together where there is.
    let node = || "/node".to_owned();
    let mut found: Vec<_> = of_object(&NODE, node, &enrollment.node, api).collect();
    for (place, group) in enrollment.portgroups.iter().enumerate() {
        let at = || portgroup_pointer(group, place);
        found.extend(of_object(&PORTGROUP, at, group, api));
    }
    for (place, port) in enrollment.ports.iter().enumerate() {
        let at = || port_pointer(port, place);
        found.extend(of_object(&PORT, at, port, api));
        for key in newer_keys(port, api) {
            let message = needs(&format!("`{}`", tame(key, 60)), link::since(key), api);
            let at = child(&at(), LINK);
            found.push(Violation::at(child(&at, key), message));
        }
    }
    found
}

/// Takes what [`newer`] finds out of `enrollment`, and gives it.
pub fn leave_out_newer(enrollment: &mut Enrollment, api: Microversion) -> Vec<Violation> {
    let found = newer(enrollment, api);
    if found.is_empty() {
        return found;
    }
    leave_out(&NODE, &mut enrollment.node, api);
    for group in &mut enrollment.portgroups {
        leave_out(&PORTGROUP, group, api);
    }
    for port in &mut enrollment.ports {
        leave_out(&PORT, port, api);
        let keys: Vec<_> = newer_keys(port, api).cloned().collect();
        for key in keys {
            if let Some(Value::Object(connection)) = port.get_mut(LINK) {
                connection.remove(&key);
            }
        }
    }
    found
}

fn of_object(
    schema: &Schema,
    at: impl Fn() -> String,
    object: &Object,
    api: Microversion,
) -> impl Iterator<Item = Violation> {
    schema.newer(object, api).map(move |field| {
        let what = format!("`{}` of a {}", field.name, schema.of);
        Violation::at(child(&at(), field.name), needs(&what, field.since, api))
    })
}

fn needs(what: &str, since: Microversion, api: Microversion) -> String {
    format!("{what} needs Ironic's API {since}, and this Ironic has {api}")
}

fn leave_out(schema: &Schema, object: &mut Object, api: Microversion) {
    let names: Vec<_> = schema.newer(object, api).map(|field| field.name).collect();
    for name in names {
        object.remove(name);
    }
}

fn newer_keys(port: &Object, api: Microversion) -> impl Iterator<Item = &String> {
    let connection = port.get(LINK).and_then(Value::as_object);
    connection
        .into_iter()
        .flat_map(Object::keys)
        .filter(move |key| link::since(key) > api)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_newer_is_left_out_and_nothing_else() {
        let mut enrollment: Enrollment = serde_json::from_value(json!({
            "node": {"driver": "redfish", "disable_power_off": true, "instance_name": null, "shard": "s"},
            "portgroups": [{"name": "bond0", "category": "c", "mode": "802.3ad"}],
            "ports": [{
                "address": "B8:3F:D2:90:97:C4", "name": "p", "portgroup": "bond0",
                "local_link_connection": {"port_id": "1", "vtep-logical-switch": "a", "vtep-physical-switch": "b"},
            }],
        }))
        .unwrap();
        let left_out: Vec<_> = leave_out_newer(&mut enrollment, Microversion(82))
            .into_iter()
            .map(|violation| violation.pointer)
            .collect();
        let port = "/ports/b8:3f:d2:90:97:c4";
        assert_eq!(
            left_out,
            [
                "/node/disable_power_off".to_owned(),
                "/portgroups/bond0/category".to_owned(),
                format!("{port}/name"),
                format!("{port}/local_link_connection/vtep-logical-switch"),
                format!("{port}/local_link_connection/vtep-physical-switch"),
            ]
        );
        assert_eq!(
            serde_json::to_value(&enrollment).unwrap(),
            json!({
                "node": {"driver": "redfish", "instance_name": null, "shard": "s"},
                "portgroups": [{"name": "bond0", "mode": "802.3ad"}],
                "ports": [{
                    "address": "B8:3F:D2:90:97:C4", "portgroup": "bond0",
                    "local_link_connection": {"port_id": "1"},
                }],
                "traits": [],
                "credentials": null,
            })
        );
        assert_eq!(newer(&enrollment, Microversion(82)), []);
    }
}
