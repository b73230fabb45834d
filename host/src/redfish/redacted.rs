//! A document as hooks may see it.

use std::collections::HashSet;
use std::sync::OnceLock;

use serde_json::Value;

use super::{Document, ResourcePath, weight};

/// A document without its secrets: see [`redact`](super::redact).
#[derive(Debug)]
pub struct Redacted {
    document: Document,
    links: OnceLock<HashSet<ResourcePath>>,
    weight: OnceLock<usize>,
}

impl Redacted {
    /// `document` without its secrets.
    pub(super) fn of(document: &Document) -> Self {
        Self {
            document: document.without_secrets(),
            links: OnceLock::new(),
            weight: OnceLock::new(),
        }
    }

    /// It with no more of its members than what they are called: some services put
    /// all of them into their collection.
    pub fn with_bare_members(&self) -> Self {
        let mut body = self.document.body().clone();
        let members = body.get_mut("Members").and_then(Value::as_array_mut);
        for member in members
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            member.retain(|key, _| matches!(key.as_str(), "@odata.id" | "Id"));
        }
        Self {
            document: Document::new(self.document.path().clone(), body),
            links: OnceLock::new(),
            weight: OnceLock::new(),
        }
    }

    /// What is left.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Roughly the bytes that it takes in memory.
    pub fn weight(&self) -> usize {
        *self.weight.get_or_init(|| weight(self.document.body()))
    }

    /// Whether it has a reference to `path`.
    pub fn names(&self, path: &ResourcePath) -> bool {
        self.links
            .get_or_init(|| {
                let mut links = HashSet::new();
                collect_links(self.document.body(), &mut links);
                links
            })
            .contains(path)
    }
}

fn collect_links(value: &Value, links: &mut HashSet<ResourcePath>) {
    match value {
        Value::Object(object) => {
            if let Some(Ok(path)) = object
                .get("@odata.id")
                .and_then(Value::as_str)
                .map(str::parse)
            {
                links.insert(path);
            }
            object
                .values()
                .for_each(|inner| collect_links(inner, links));
        }
        Value::Array(values) => values.iter().for_each(|inner| collect_links(inner, links)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn links_are_found_at_any_depth() {
        let document = Document::new(
            ResourcePath::root(),
            serde_json::json!({"Links": {"Chassis": [{"@odata.id": "/redfish/v1/Chassis/1/"}]}}),
        );
        let redacted = document.redacted();
        assert!(redacted.names(&"/redfish/v1/Chassis/1".parse().unwrap()));
        assert!(!redacted.names(&"/redfish/v1/Chassis/2".parse().unwrap()));
    }

    #[test]
    fn bare_members_have_a_link_and_an_id() {
        let members = serde_json::json!([
            {"@odata.id": "/redfish/v1/Systems/1", "Id": "1", "SerialNumber": "S1"},
            {"Id": "2", "SerialNumber": "S2"},
        ]);
        let collection = serde_json::json!({"Name": "Systems", "Members": members});
        let document = Document::new(ResourcePath::root(), collection);
        let bare = document.redacted().with_bare_members();
        assert_eq!(
            bare.document().body(),
            &serde_json::json!({"Name": "Systems", "Members": [
                {"@odata.id": "/redfish/v1/Systems/1", "Id": "1"}, {"Id": "2"},
            ]})
        );
    }

    #[test]
    fn it_is_made_once_and_has_no_secrets() {
        let body = serde_json::json!({"Password": "x", "Name": "y"});
        let document = Document::new(ResourcePath::root(), body);
        let [first, second] = [document.redacted(), document.redacted()];
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(first.document().text("/Password"), Some("******"));
        assert_eq!(first.document().text("/Name"), Some("y"));
        assert_eq!(document.text("/Password"), Some("x"));
    }
}
