//! A single file that maps each `@odata.id` to its document.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::Value;

use super::super::path::fold;
use super::super::{ReadError, ResourcePath, parse};
use super::MockupError;

/// Far above any recording seen (150 KB), in MiB.
const MOST: u64 = 64;

pub(super) struct Map {
    documents: BTreeMap<String, Value>,
    /// From what a careless service takes for the same path to the path.
    folded: HashMap<String, String>,
}

impl Map {
    pub(super) fn open(path: &Path) -> Result<Self, MockupError> {
        let unreadable = |source| MockupError::Unreadable {
            path: path.into(),
            source,
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > MOST << 20 {
            return Err(MockupError::TooLarge {
                path: path.into(),
                most: MOST,
            });
        }
        let text = std::fs::read(path).map_err(unreadable)?;
        let parsed = serde_json::from_slice(&text).map_err(|source| MockupError::NoJson {
            path: path.into(),
            source,
        })?;
        match parsed {
            Value::Object(map) if map.keys().any(|key| key.starts_with("/redfish")) => {
                Ok(Self::new(map))
            }
            _ => Err(MockupError::NoMap { path: path.into() }),
        }
    }

    pub(super) fn new(map: serde_json::Map<String, Value>) -> Self {
        let documents: BTreeMap<String, Value> = map
            .into_iter()
            .map(|(path, body)| (path.trim_end_matches('/').to_owned(), body))
            .collect();
        let folded = documents
            .keys()
            .map(|path| (fold(path), path.clone()))
            .collect();
        Self { documents, folded }
    }

    pub(super) fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let body = self
            .documents
            .get(path.as_str())
            .or_else(|| self.documents.get(self.folded.get(&fold(path.as_str()))?));
        match body {
            Some(body) => parse::accepted(path, body.clone()),
            None => Err(ReadError::Absent { path: path.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_found_by_slash_case_and_escape() {
        let Value::Object(map) = json!({
            "/redfish/v1/": {"Id": "root"},
            "/redfish/v1/Systems/Node 1": {"Id": "Node 1"},
            "/redfish/v1/systems/1/bios": {"Id": "bios"},
            "/redfish/v1/Systems?$skip=1": {"Id": "page"},
        }) else {
            unreachable!()
        };
        let map = Map::new(map);
        for (link, id) in [
            ("/redfish/v1", "root"),
            ("/redfish/v1/Systems/Node%201", "Node 1"),
            ("/redfish/v1/Systems/1/Bios/", "bios"),
            ("/redfish/v1/Systems?$skip=1", "page"),
        ] {
            let path = ResourcePath::page(link).unwrap();
            assert_eq!(map.fetch(&path).unwrap()["Id"], id, "{link}");
        }
        let missing = "/redfish/v1/Chassis".parse().unwrap();
        assert!(map.fetch(&missing).unwrap_err().is_absent());
    }

    #[test]
    fn a_file_that_is_no_map_says_so() {
        for (text, wanted) in [
            ("{", "is no JSON"),
            ("[]", "maps no `@odata.id`"),
            ("{\"Id\": \"1\"}", "maps no `@odata.id`"),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let error = Map::open(file.path()).err().unwrap().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
