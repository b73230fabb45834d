//! What of a document is of one moment only.

use serde_json::Value;

/// Drops the entity tags of `value`, at any depth: they change with every reading.
pub(super) fn drop_entity_tags(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| !(key.ends_with("@odata.etag") || key == "ETag"));
            object.values_mut().for_each(drop_entity_tags);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_entity_tags),
        _ => {}
    }
}
