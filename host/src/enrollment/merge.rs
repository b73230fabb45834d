//! Laying a request's body, or the configured defaults, over an enrollment.

use serde_json::Value;

use super::{Body, Enrollment, Object};

/// Keys of a node that merge key by key; any other key replaces. Valence's own
/// rule since its first release.
const MERGED: [&str; 3] = ["driver_info", "properties", "extra"];

/// Lays `body`, fields of Ironic's node, over `enrollment`. `ports`,
/// `portgroups` and `traits` replace those of the enrollment.
pub fn lay_over(enrollment: &mut Enrollment, body: &Object) -> Result<(), String> {
    for (key, value) in body {
        match key.as_str() {
            "ports" => enrollment.ports = objects(key, value)?,
            "portgroups" => enrollment.portgroups = objects(key, value)?,
            "traits" => {
                enrollment.traits = serde_json::from_value(value.clone())
                    .map_err(|_| "`traits` is to be a list of strings".to_owned())?;
            }
            key if MERGED.contains(&key) => merge(&mut enrollment.node, key, value)?,
            key => {
                enrollment.node.insert(key.to_owned(), value.clone());
            }
        }
    }
    Ok(())
}

fn objects(key: &str, value: &Value) -> Result<Vec<Body>, String> {
    serde_json::from_value(value.clone()).map_err(|_| format!("`{key}` is to be a list of objects"))
}

fn merge(node: &mut Object, key: &str, value: &Value) -> Result<(), String> {
    let Value::Object(over) = value else {
        return Err(format!("`{key}` is to be an object"));
    };
    match node.get_mut(key) {
        Some(Value::Object(under)) => under.extend(over.clone()),
        _ => {
            node.insert(key.to_owned(), value.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn driver_info_properties_and_extra_merge_and_the_rest_replaces() {
        let mut enrollment = Enrollment {
            node: json!({"name": "a", "driver_info": {"x": 1, "y": 2}, "network_data": {"a": 1}})
                .as_object()
                .cloned()
                .unwrap_or_default(),
            ..Enrollment::default()
        };
        let body = json!({"name": "b", "driver_info": {"y": 3}, "network_data": {"b": 1}, "extra": {"k": 1}});
        assert_eq!(
            lay_over(&mut enrollment, body.as_object().unwrap_or(&Object::new())),
            Ok(())
        );
        assert_eq!(
            Value::Object(enrollment.node),
            json!({"name": "b", "driver_info": {"x": 1, "y": 3}, "network_data": {"b": 1}, "extra": {"k": 1}})
        );
    }

    #[test]
    fn what_merges_must_be_an_object() {
        let body = json!({"properties": null});
        let refused = lay_over(
            &mut Enrollment::default(),
            body.as_object().unwrap_or(&Object::new()),
        );
        assert_eq!(refused, Err("`properties` is to be an object".into()));
    }
}
