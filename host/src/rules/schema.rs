//! What editors are told of an enrollment: the fields that the rules know.

use serde_json::{Map, Value, json};

use super::field::{Kind, Schema};
use super::node::NODE;
use super::port::PORT;
use super::portgroup::PORTGROUP;

/// The JSON Schema (2020-12) of an enrollment as pointers see it: all of one, or the
/// parts of one that a policy case expects. There, `null` means nothing.
pub fn enrollment_schema() -> Value {
    let named = |description: &str, names: Value, of: Value| {
        json!({
            "description": description,
            "type": ["object", "null"],
            "propertyNames": names,
            "additionalProperties": of,
        })
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Enrollment",
        "description": "What is created in Ironic for one node.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "$schema": {"description": "Where this schema is.", "type": "string"},
            "node": object("The node, as in Ironic.", &NODE),
            "ports": named(
                "The ports, by MAC address.",
                json!({"pattern": "^([0-9a-f]{2}:){5}[0-9a-f]{2}$"}),
                object("A port, as in Ironic.", &PORT),
            ),
            "portgroups": named(
                "The port groups, by name.",
                json!({}),
                object("A port group, as in Ironic.", &PORTGROUP),
            ),
            "traits": named(
                "The node's traits.",
                json!({"pattern": "^[A-Z0-9_]{1,255}$"}),
                json!({"enum": [true, null]}),
            ),
            "credentials": {
                "description": "The name of the credentials for the BMC, if not those of the pod manager.",
                "type": ["string", "null"],
            },
            "extension": {"description": "What hooks hand on to each other."},
        },
    })
}

fn object(description: &str, schema: &Schema) -> Value {
    let fields = schema.fields.iter();
    let properties: Map<_, _> = fields
        .map(|field| {
            let mut kind = kind(field.kind);
            if let Some(parts) = kind.as_object_mut() {
                let since = format!("Ironic's API since {}.", field.since);
                parts.insert("description".into(), since.into());
            }
            (field.name.to_owned(), kind)
        })
        .collect();
    json!({
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text(usize::MAX) => json!({"type": ["string", "null"]}),
        Kind::Text(most) => json!({"type": ["string", "null"], "maxLength": most}),
        Kind::Word(most) => {
            json!({"type": ["string", "null"], "minLength": 1, "maxLength": most})
        }
        Kind::Flag => json!({"type": ["boolean", "string", "null"]}),
        Kind::Boolean => json!({"type": ["boolean", "null"]}),
        Kind::Map => json!({"type": ["object", "null"]}),
        Kind::Uuid => json!({"type": ["string", "null"], "format": "uuid"}),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::enrollment::{Enrollment, view};

    fn expected(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                expected(&path, found);
            } else if path.ends_with("expected.json") {
                found.push(path);
            }
        }
    }

    #[test]
    fn what_policy_cases_expect_fits_it() {
        let validator = jsonschema::validator_for(&enrollment_schema()).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut files = Vec::new();
        expected(&root.join("hooks"), &mut files);
        assert!(files.len() > 5, "{files:?}");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.display());
        }
        assert!(validator.is_valid(&view(&Enrollment::default())));
    }

    #[test]
    fn a_field_that_ironic_has_not_does_not() {
        let validator = jsonschema::validator_for(&enrollment_schema()).unwrap();
        let mac = "aa:00:00:00:00:01";
        for wrong in [
            json!({"nodes": {}}),
            json!({"node": {"drivr": "redfish"}}),
            json!({"node": {"properties": "x"}}),
            json!({"ports": {(mac): {"mac": mac}}}),
            json!({"ports": {"AA": {}}}),
            json!({"traits": ["HW_CPU_X86_VMX"]}),
            json!({"traits": {"HW_CPU_X86_VMX": false}}),
        ] {
            assert!(!validator.is_valid(&wrong), "{wrong}");
        }
        for right in [
            json!({"$schema": "x", "node": {"owner": null}, "ports": null}),
            json!({"ports": {(mac): {"pxe_enabled": true}}, "traits": {"CUSTOM_A": null}}),
        ] {
            assert!(validator.is_valid(&right), "{right}");
        }
    }
}
