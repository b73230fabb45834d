//! Everything that one registration reads, each document once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{Document, ReadError, ResourcePath, Source};

/// What one registration may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// How many documents.
    pub documents: usize,
    /// For how long, from the first read to the last.
    pub time: Duration,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            documents: 400,
            time: Duration::from_secs(30),
        }
    }
}

/// How a read ended, to be kept and to be read from again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recorded {
    /// There was no such document, or it could not be read.
    Not(ReadError),
    /// The document.
    Read {
        /// Its body.
        body: Value,
    },
}

type Slot = Arc<OnceCell<Result<Arc<Document>, ReadError>>>;

/// All documents of one registration. Each is fetched when it is first read, and
/// then is what it is for everyone: the seed, all hooks, the record.
pub struct Snapshot {
    source: Arc<dyn Source>,
    limits: ReadLimits,
    started: OnceCell<Instant>,
    slots: Mutex<HashMap<ResourcePath, Slot>>,
}

impl Snapshot {
    /// A snapshot that reads from `source`.
    pub fn new(source: Arc<dyn Source>, limits: ReadLimits) -> Self {
        Self {
            source,
            limits,
            started: OnceCell::new(),
            slots: Mutex::default(),
        }
    }

    /// The document at `path`.
    pub async fn read(&self, path: &ResourcePath) -> Result<Arc<Document>, ReadError> {
        let slot = self.slot(path)?;
        slot.get_or_init(|| self.fetch(path)).await.clone()
    }

    /// The paths of the members of the collection at `path`, on all of its
    /// pages; none if the document is no collection.
    pub async fn members(
        &self,
        path: &ResourcePath,
    ) -> Result<Option<Vec<ResourcePath>>, ReadError> {
        let mut members = Vec::new();
        let mut page = path.clone();
        let mut seen = Vec::new();
        loop {
            let document = self.read(&page).await?;
            let Some(listed) = document.get("/Members").and_then(Value::as_array) else {
                return if seen.is_empty() {
                    Ok(None)
                } else {
                    Err(ReadError::Malformed {
                        path: page,
                        reason: "a page of a collection without `Members`".into(),
                    })
                };
            };
            for member in listed {
                let link = member
                    .get("@odata.id")
                    .and_then(Value::as_str)
                    .ok_or_else(|| ReadError::Malformed {
                        path: page.clone(),
                        reason: "a member without `@odata.id`".into(),
                    })?;
                members.push(link.parse()?);
            }
            seen.push(page);
            let Some(next) = document.text("/Members@odata.nextLink") else {
                return Ok(Some(members));
            };
            page = next.parse()?;
            if seen.contains(&page) {
                return Err(ReadError::Malformed {
                    path: page,
                    reason: "its pages go round in a circle".into(),
                });
            }
        }
    }

    /// How every read so far ended, sorted by path.
    pub fn recorded(&self) -> BTreeMap<ResourcePath, Recorded> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots
            .iter()
            .filter_map(|(path, slot)| {
                let recorded = match slot.get()? {
                    Ok(document) => Recorded::Read {
                        body: document.body().clone(),
                    },
                    Err(error) => Recorded::Not(error.clone()),
                };
                Some((path.clone(), recorded))
            })
            .collect()
    }

    fn slot(&self, path: &ResourcePath) -> Result<Slot, ReadError> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(path) {
            return Ok(Arc::clone(slot));
        }
        if slots.len() >= self.limits.documents {
            return Err(ReadError::TooMuch {
                path: path.clone(),
                reason: format!(
                    "{} documents have been read for this node; `[redfish] max_documents` raises this",
                    self.limits.documents
                ),
            });
        }
        Ok(Arc::clone(slots.entry(path.clone()).or_default()))
    }

    async fn fetch(&self, path: &ResourcePath) -> Result<Arc<Document>, ReadError> {
        let started = *self.started.get_or_init(|| async { Instant::now() }).await;
        let deadline = started + self.limits.time;
        match tokio::time::timeout_at(deadline, self.source.fetch(path)).await {
            Ok(Ok(body)) if body.is_object() => Ok(Arc::new(Document::new(path.clone(), body))),
            Ok(Ok(_)) => Err(ReadError::Malformed {
                path: path.clone(),
                reason: "it is no JSON object".into(),
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ReadError::TimedOut {
                path: path.clone(),
                reason: format!(
                    "reading this node took more than {} s; `[redfish] total_timeout` raises this",
                    self.limits.time.as_secs()
                ),
            }),
        }
    }
}
