//! The documents of a service.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

/// Documents by their paths, which have no slash at the end.
#[derive(Clone, Debug, Default)]
pub struct Documents(BTreeMap<String, Value>);

impl Documents {
    /// Those of a recording: a single-file map, or a directory in DMTF's layout.
    ///
    /// # Errors
    /// If it cannot be read, or is neither.
    pub fn open(path: &Path) -> Result<Self> {
        let mut documents = Self::default();
        if path.is_dir() {
            documents.collect(path, path)?;
            if documents.0.is_empty() {
                bail!("`{}` holds no `index.json`", path.display());
            }
        } else {
            let Value::Object(map) = read(path)? else {
                bail!("`{}` is no map of documents", path.display());
            };
            documents.extend(map);
        }
        Ok(documents)
    }

    fn collect(&mut self, top: &Path, directory: &Path) -> Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                self.collect(top, &path)?;
            } else if path.ends_with("index.json") {
                let id = format!("/{}", directory.strip_prefix(top)?.display());
                self.0.insert(bare(&id).to_owned(), read(&path)?);
            }
        }
        Ok(())
    }

    /// Adds documents, each at its path.
    pub fn extend(&mut self, documents: Map<String, Value>) {
        for (path, document) in documents {
            self.0.insert(bare(&path).to_owned(), document);
        }
    }

    /// The one at `path`.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.0.get(bare(path))
    }

    /// The one at `path`, to be changed.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Value> {
        self.0.get_mut(bare(path))
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Puts `document` at `path`, which becomes its `@odata.id`.
    pub fn put(&mut self, path: &str, mut document: Value) {
        document["@odata.id"] = json!(path);
        self.0.insert(path.to_owned(), document);
    }

    /// Takes the one at `path` away, with all below it.
    pub fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0
            .retain(|other, _| other != path && !other.starts_with(&below));
    }

    /// The paths of the members of the collection at `path`.
    pub fn members(&self, path: &str) -> Vec<String> {
        let members = self.get(path).and_then(|of| of.get("Members")?.as_array());
        let id = |member: &Value| Some(bare(member.get("@odata.id")?.as_str()?).to_owned());
        members.into_iter().flatten().filter_map(id).collect()
    }

    /// Puts `document` at `path` and makes it a member of `collection`.
    pub fn put_member(&mut self, collection: &str, path: &str, document: Value) {
        self.put(path, document);
        let mut members = self.members(collection);
        members.push(path.to_owned());
        self.set_members(collection, &members);
    }

    /// Takes the one at `path` out of `collection`, and away.
    pub fn remove_member(&mut self, collection: &str, path: &str) {
        let mut members = self.members(collection);
        members.retain(|member| member != path);
        self.set_members(collection, &members);
        self.remove(path);
    }

    /// Has `collection` consist of `members`.
    pub fn set_members(&mut self, collection: &str, members: &[String]) {
        if let Some(of) = self.get_mut(collection) {
            of["Members@odata.count"] = json!(members.len());
            of["Members"] = links(members);
        }
    }
}

/// References to `paths`.
pub(super) fn links<T: AsRef<str>>(paths: &[T]) -> Value {
    paths.iter().map(|path| link(path.as_ref())).collect()
}

/// A reference to `path`.
pub(super) fn link(path: &str) -> Value {
    json!({"@odata.id": path})
}

/// An empty collection, of the type that `kind` is the member of.
pub(super) fn collection(kind: &str) -> Value {
    json!({
        "@odata.type": format!("#{kind}Collection.{kind}Collection"),
        "Name": format!("{kind} Collection"), "Members@odata.count": 0, "Members": [],
    })
}

/// `path` without a slash at the end.
pub(super) fn bare(path: &str) -> &str {
    path.trim_end_matches('/')
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}
