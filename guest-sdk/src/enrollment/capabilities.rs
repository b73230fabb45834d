//! Ironic's `properties.capabilities`: `key:value,key:value`.

use std::collections::BTreeMap;

use serde_json::Value;

/// Reads a text, or the object that Ironic takes as well.
pub(super) fn parse(value: &Value) -> BTreeMap<String, String> {
    match value {
        Value::String(text) => text.split(',').filter_map(pair).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect(),
        _ => BTreeMap::new(),
    }
}

pub(super) fn print(all: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = all
        .iter()
        .map(|(key, value)| format!("{key}:{value}"))
        .collect();
    pairs.join(",")
}

fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once(':')?;
    Some((key.trim().to_owned(), value.trim().to_owned()))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_both_forms() {
        let expected = BTreeMap::from([
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "x:y".to_owned()),
        ]);
        assert_eq!(parse(&json!("a:1, b:x:y,")), expected);
        assert_eq!(parse(&json!({"a": 1, "b": "x:y"})), expected);
        assert_eq!(print(&expected), "a:1,b:x:y");
    }
}
