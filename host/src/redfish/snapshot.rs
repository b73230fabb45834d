//! Everything that one registration reads, each document once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::members::{self, Inline};
use super::{Document, ReadError, ResourcePath, Source, parse};

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

/// More members than any real service of ours has in one collection.
const MOST_MEMBERS: usize = 1_000;

/// What documents may take in memory, in bytes for each that may be read. All of the
/// largest machine seen take under 1 MiB.
const MEMORY: usize = 20 << 10;

/// How many documents are asked for at a time when many are wanted. A service
/// may allow fewer.
const AT_ONCE: usize = 8;

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

/// What a document is read for.
#[derive(Clone, Copy)]
enum For {
    /// What every registration needs.
    All,
    /// What a hook goes after by itself.
    Hook,
}

type Slot = Arc<OnceCell<Result<Arc<Document>, ReadError>>>;

/// All documents of one registration. Each is fetched when it is first read, and
/// then is what it is for everyone: the seed, all hooks, the record.
pub struct Snapshot {
    source: Arc<dyn Source>,
    limits: ReadLimits,
    started: OnceCell<Instant>,
    memory: AtomicUsize,
    slots: Mutex<HashMap<ResourcePath, Slot>>,
    inline: Mutex<HashMap<ResourcePath, Inline>>,
}

impl Snapshot {
    /// A snapshot that reads from `source`.
    pub fn new(source: Arc<dyn Source>, limits: ReadLimits) -> Self {
        Self {
            source,
            limits,
            started: OnceCell::new(),
            memory: AtomicUsize::new(0),
            // About as many as an evaluation reads.
            slots: Mutex::new(HashMap::with_capacity(64)),
            inline: Mutex::default(),
        }
    }

    /// A snapshot that reads what [`Snapshot::recorded`] gave earlier. What was
    /// not read then is [`ReadError::NotRecorded`].
    pub fn from_records(records: BTreeMap<ResourcePath, Recorded>) -> Self {
        let limits = ReadLimits {
            documents: ReadLimits::default()
                .documents
                .saturating_add(records.len()),
            ..ReadLimits::default()
        };
        let slots = records
            .into_iter()
            .map(|(path, recorded)| {
                let read = match recorded {
                    Recorded::Read { body } => Ok(Arc::new(Document::new(path.clone(), body))),
                    Recorded::Not(error) => Err(error),
                };
                (path, Arc::new(OnceCell::from(read)))
            })
            .collect();
        Self {
            slots: Mutex::new(slots),
            ..Self::new(Arc::new(NothingElse), limits)
        }
    }

    /// A snapshot that has all that this one has read by then, and reads more by
    /// itself, within limits of its own: whoever reads from it takes nothing away
    /// from those who read from this one, and they do not see it.
    pub fn beside(self: &Arc<Self>) -> Self {
        Self::new(Arc::new(Beside(Arc::clone(self))), self.limits)
    }

    /// The document at `path`.
    pub async fn read(&self, path: &ResourcePath) -> Result<Arc<Document>, ReadError> {
        self.read_for(path, For::All).await
    }

    /// The same for who must not hold up others, see [`Source::fetch_extra`].
    pub async fn read_extra(&self, path: &ResourcePath) -> Result<Arc<Document>, ReadError> {
        self.read_for(path, For::Hook).await
    }

    async fn read_for(&self, path: &ResourcePath, whom: For) -> Result<Arc<Document>, ReadError> {
        let slot = self.slot(path)?;
        match self.at_hand_in(&slot, path) {
            Some(read) => read,
            None => slot.get_or_init(|| self.fetch(path, whom)).await.clone(),
        }
    }

    /// As [`Snapshot::read`]; none where it would have to wait.
    pub(crate) fn at_hand(&self, path: &ResourcePath) -> Option<Result<Arc<Document>, ReadError>> {
        match self.slot(path) {
            Ok(slot) => self.at_hand_in(&slot, path),
            Err(error) => Some(Err(error)),
        }
    }

    fn at_hand_in(
        &self,
        slot: &Slot,
        path: &ResourcePath,
    ) -> Option<Result<Arc<Document>, ReadError>> {
        if let Some(read) = slot.get() {
            return Some(read.clone());
        }
        let known = self.source.known(path)?;
        // Somebody else may have been quicker: then it is what they found.
        let _ = slot.set(known.clone());
        Some(slot.get().cloned().unwrap_or(known))
    }

    /// Reads the collection at `path` with all its members in one request, where
    /// the source can do that and does it rightly. Whoever then reads the members
    /// finds them at hand; nothing else differs.
    pub async fn expand(&self, path: &ResourcePath) {
        let Ok(slot) = self.slot(path) else {
            return;
        };
        if self.at_hand_in(&slot, path).is_some() {
            return;
        }
        let _ = slot.get_or_init(|| self.fetch_expanded(path)).await;
    }

    /// Reads all of `paths`, several at a time. How each read ended stays in the
    /// snapshot, for [`Snapshot::read`].
    pub async fn prefetch(&self, paths: impl IntoIterator<Item = ResourcePath>) {
        futures::stream::iter(paths)
            .map(|path| async move {
                let _ = self.read(&path).await;
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }

    /// The paths of the members of the collection at `path`, on all of its
    /// pages, each once; none if the document is no collection. The members
    /// themselves are not read.
    pub async fn members(
        &self,
        path: &ResourcePath,
    ) -> Result<Option<Vec<ResourcePath>>, ReadError> {
        let no_end = |_: &ResourcePath, _: Option<&Arc<Document>>| Ok::<_, ReadError>(());
        self.pages(path, no_end, For::All).await
    }

    /// As [`Snapshot::members`] by [`Snapshot::read_extra`]. `may_go_on` is asked
    /// before each page after the first is read, and again with what was read; its
    /// error ends it.
    pub async fn members_while<E: From<ReadError>>(
        &self,
        path: &ResourcePath,
        may_go_on: impl FnMut(&ResourcePath, Option<&Arc<Document>>) -> Result<(), E>,
    ) -> Result<Option<Vec<ResourcePath>>, E> {
        self.pages(path, may_go_on, For::Hook).await
    }

    async fn pages<E: From<ReadError>>(
        &self,
        path: &ResourcePath,
        mut may_go_on: impl FnMut(&ResourcePath, Option<&Arc<Document>>) -> Result<(), E>,
        whom: For,
    ) -> Result<Option<Vec<ResourcePath>>, E> {
        let malformed = |path: ResourcePath, reason: &str| {
            Err(E::from(ReadError::Malformed {
                path,
                reason: reason.into(),
            }))
        };
        let Some(first) = members::page(&*self.read_for(path, whom).await?)? else {
            return Ok(None);
        };
        let mut members = Vec::new();
        let mut listed = HashSet::new();
        let mut pages = HashSet::from([path.clone()]);
        let mut page = first;
        loop {
            listed.reserve(page.members.len());
            members.reserve(page.members.len());
            for member in page.members {
                if let Some(inline) = member.inline {
                    guard(&self.inline).insert(member.path.clone(), inline);
                }
                if listed.insert(member.path.clone()) {
                    members.push(member.path);
                }
            }
            if members.len() > MOST_MEMBERS {
                return Err(E::from(ReadError::TooMuch {
                    path: path.clone(),
                    reason: format!("it has more than {MOST_MEMBERS} members"),
                }));
            }
            let Some(next) = page.next.transpose().map_err(ReadError::from)? else {
                return Ok(Some(members));
            };
            if !pages.insert(next.clone()) {
                return malformed(next, "the pages of this collection go round in a circle");
            }
            may_go_on(&next, None)?;
            page = match self.read_for(&next, whom).await {
                Ok(document) => {
                    may_go_on(&next, Some(&document))?;
                    match members::page(&document)? {
                        Some(page) => page,
                        None => return malformed(next, "a page of a collection without `Members`"),
                    }
                }
                Err(error) if error.is_absent() => {
                    return malformed(next, "this page of a collection does not exist");
                }
                Err(error) => return Err(error.into()),
            };
        }
    }

    /// The value at `pointer` of a document that has been read, without its secrets.
    /// None where there is none, or where nobody has read it.
    pub fn known(&self, document: &str, pointer: &str) -> Option<Value> {
        let path: ResourcePath = document.parse().ok()?;
        let slot = guard(&self.slots).get(&path).cloned()?;
        let document = slot.get()?.as_ref().ok()?.redacted();
        document.document().get(pointer).cloned()
    }

    /// How every read so far ended, sorted by path.
    pub fn recorded(&self) -> BTreeMap<ResourcePath, Recorded> {
        guard(&self.slots)
            .iter()
            .filter_map(|(path, slot)| {
                let recorded = match slot.get()? {
                    Ok(document) => Recorded::Read {
                        body: document.body().clone(),
                    },
                    Err(ReadError::NotRecorded { .. }) => return None,
                    Err(error) => Recorded::Not(error.clone()),
                };
                Some((path.clone(), recorded))
            })
            .collect()
    }

    fn slot(&self, path: &ResourcePath) -> Result<Slot, ReadError> {
        let mut slots = guard(&self.slots);
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

    async fn fetch_expanded(&self, path: &ResourcePath) -> Result<Arc<Document>, ReadError> {
        let expanded = self.in_time(path, async { Ok(self.source.fetch_expanded(path).await) });
        match expanded.await? {
            Some(body) => self.document(path, body, true),
            None => self.fetch(path, For::All).await,
        }
    }

    async fn fetch(&self, path: &ResourcePath, whom: For) -> Result<Arc<Document>, ReadError> {
        if let Some(known) = self.source.known(path) {
            return known;
        }
        let body = self.body(path, whom).await?;
        // The further pages of a collection that was read with its members.
        let expanded = path.as_str().contains("$expand=");
        self.document(path, body, expanded)
    }

    /// The document at `path`, if there is room for it. The members in one that is
    /// `expanded` are put aside, so that it is what it would be without them.
    fn document(
        &self,
        path: &ResourcePath,
        body: Value,
        expanded: bool,
    ) -> Result<Arc<Document>, ReadError> {
        let mut body = parse::accepted(path, body)?;
        let weight = parse::weight(&body);
        let most = self.limits.documents.saturating_mul(MEMORY);
        if self.memory.fetch_add(weight, Ordering::Relaxed) + weight > most {
            return Err(ReadError::TooMuch {
                path: path.clone(),
                reason: format!(
                    "all documents of this node would take more than {} KiB; `[redfish] max_documents` raises this",
                    most >> 10
                ),
            });
        }
        if expanded {
            guard(&self.inline).extend(members::taken_out(&mut body));
        }
        Ok(Arc::new(Document::new(path.clone(), body)))
    }

    async fn body(&self, path: &ResourcePath, whom: For) -> Result<Value, ReadError> {
        let inline = guard(&self.inline).get(path).cloned();
        if let Some(Inline { body, whole: true }) = inline {
            return Ok(body);
        }
        let fetched = match whom {
            For::All => self.source.fetch(path),
            For::Hook => self.source.fetch_extra(path),
        };
        match self.in_time(path, fetched).await {
            Err(error) if error.is_absent() => inline.map(|inline| inline.body).ok_or(error),
            read => read,
        }
    }

    /// What `read` comes to, within the time that there is for all reads.
    async fn in_time<T>(
        &self,
        path: &ResourcePath,
        read: impl Future<Output = Result<T, ReadError>>,
    ) -> Result<T, ReadError> {
        let started = *self.started.get_or_init(|| async { Instant::now() }).await;
        let deadline = started + self.limits.time;
        tokio::time::timeout_at(deadline, read)
            .await
            .unwrap_or_else(|_| {
                Err(ReadError::TimedOut {
                    path: path.clone(),
                    reason: format!(
                        "reading this node took more than {:?}; `[redfish] total_timeout` raises this",
                        self.limits.time
                    ),
                })
            })
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The source of a snapshot that stands beside another.
struct Beside(Arc<Snapshot>);

#[async_trait]
impl Source for Beside {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        self.0.source.fetch(path).await
    }

    async fn fetch_extra(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        self.0.source.fetch_extra(path).await
    }

    fn known(&self, path: &ResourcePath) -> Option<Result<Arc<Document>, ReadError>> {
        let slot = guard(&self.0.slots).get(path).cloned();
        let read = slot.and_then(|slot| slot.get().cloned());
        read.or_else(|| self.0.source.known(path))
    }
}

/// The source behind records: it has nothing beside them.
struct NothingElse;

#[async_trait]
impl Source for NothingElse {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        Err(ReadError::NotRecorded { path: path.clone() })
    }
}

#[cfg(test)]
mod tests;
