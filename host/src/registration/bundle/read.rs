//! Reading a bundle.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::cache::Cache;
use super::{BundledDecision, VERSION};
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot, Source};
use crate::text::tame;

/// Longer than any decision, and than any document that a service may send.
const LONGEST_LINE: u64 = 64 << 20;
/// Stands before the body of a document. In a text before it the quotes would be
/// escaped.
const BODY: &[u8] = b",\"body\":";

/// A bundle, of which nothing is in memory but where what stands.
pub struct Bundle {
    file: File,
    documents: Vec<Entry>,
    paths: Vec<ResourcePath>,
    decisions: Vec<Span>,
    cache: Cache,
}

/// A part of the file.
#[derive(Clone, Copy)]
struct Span {
    offset: u64,
    length: usize,
}

struct Entry {
    /// Its place in `paths`.
    path: u32,
    body: Span,
}

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file.
    #[error("`{path}` cannot be read: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It is none.
    #[error("`{0}` is no bundle: it does not begin with `{{\"bundle\": …}}`")]
    NoBundle(String),
    /// It is one, in another form.
    #[error("`{path}` is a bundle of version {found}, and this valence reads version {VERSION}")]
    Version {
        /// Which.
        path: String,
        /// Its version.
        found: u32,
    },
    /// A line is not as it should be.
    #[error("`{path}`, line {line}: {reason}")]
    Line {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// There is no end to it.
    #[error("`{0}` breaks off: its last line is not there, so neither may be what stood before it")]
    BreaksOff(String),
    /// A decision in it is none.
    #[error("a decision of the bundle cannot be read: {0}")]
    Decision(String),
}

impl BundleError {
    /// A decision is none, for this reason.
    pub(in crate::registration) fn decision(reason: impl ToString) -> Self {
        Self::Decision(tame(&reason.to_string(), 300))
    }
}

#[derive(Deserialize)]
struct Head {
    bundle: u32,
}

#[derive(Deserialize)]
struct DocumentHead {
    document: u32,
    path: ResourcePath,
}

#[derive(Deserialize)]
struct Decided {
    decision: BundledDecision,
}

#[derive(Deserialize)]
struct End {
    end: Counts,
}

#[derive(Deserialize)]
struct Counts {
    decisions: usize,
    documents: usize,
}

impl Bundle {
    /// Opens the bundle at `path`.
    ///
    /// # Errors
    /// If it cannot be read, is none, or is not whole.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let name = tame(&path.display().to_string(), 500);
        let file = File::open(path).map_err(|source| BundleError::File {
            path: name.clone(),
            source,
        })?;
        Self::read(file, name)
    }

    /// Reads the bundle in `file`, which goes by `name`.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn read(file: File, name: String) -> Result<Self, BundleError> {
        let mut indexing = Indexing::new(&name);
        let failed = |source| BundleError::File {
            path: name.clone(),
            source,
        };
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line);
            match read.map_err(failed)? {
                0 => break,
                length => indexing.line(&line, length)?,
            }
        }
        let Indexing {
            documents,
            paths,
            decisions,
            ended,
            ..
        } = indexing;
        if !ended {
            return Err(BundleError::BreaksOff(name));
        }
        Ok(Self {
            file,
            documents,
            paths,
            decisions,
            cache: Cache::default(),
        })
    }

    /// How many decisions it holds.
    pub fn len(&self) -> usize {
        self.decisions.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }

    /// The decision at `place`, if there are so many.
    pub(in crate::registration) fn decision(
        &self,
        place: usize,
    ) -> Option<Result<BundledDecision, BundleError>> {
        let span = self.decisions.get(place)?;
        let read = self.bytes(*span).map_err(|error| error.to_string());
        let decided = read.and_then(|bytes| {
            serde_json::from_slice::<Decided>(&bytes).map_err(|error| error.to_string())
        });
        Some(match decided {
            Ok(decided) => Ok(decided.decision),
            Err(reason) => Err(BundleError::decision(reason)),
        })
    }

    /// What was read for `decision`, to be read again: a document that was not is
    /// [`ReadError::NotRecorded`].
    pub(in crate::registration) fn snapshot(
        self: &Arc<Self>,
        decision: &mut BundledDecision,
    ) -> Arc<Snapshot> {
        decision
            .documents
            .sort_by(|a, b| self.path(*a).cmp(&self.path(*b)));
        let source = OfDecision {
            bundle: Arc::clone(self),
            documents: std::mem::take(&mut decision.documents),
            unread: std::mem::take(&mut decision.unread).into_iter().collect(),
        };
        Arc::new(Snapshot::new(Arc::new(source), Default::default()))
    }

    fn path(&self, number: u32) -> Option<&ResourcePath> {
        let entry = self.documents.get(number as usize)?;
        self.paths.get(entry.path as usize)
    }

    /// The document `number`, which is at `path`, parsed the first time that it is
    /// asked for.
    fn document(&self, number: u32, path: &ResourcePath) -> Result<Arc<Document>, ReadError> {
        if let Some(kept) = self.cache.get(number) {
            return Ok(kept);
        }
        let not_recorded = || ReadError::NotRecorded { path: path.clone() };
        let entry = self.documents.get(number as usize);
        let span = entry.ok_or_else(not_recorded)?.body;
        let bytes = self.bytes(span).map_err(|_| not_recorded())?;
        let body: Value = serde_json::from_slice(&bytes).map_err(|_| not_recorded())?;
        let document = Arc::new(Document::from_record(path.clone(), body));
        self.cache.read(number, &document);
        Ok(document)
    }

    fn bytes(&self, span: Span) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; span.length];
        self.file.read_exact_at(&mut bytes, span.offset)?;
        Ok(bytes)
    }
}

/// A bundle while it is gone through.
struct Indexing<'a> {
    name: &'a str,
    line: usize,
    offset: u64,
    documents: Vec<Entry>,
    paths: Vec<ResourcePath>,
    places: HashMap<ResourcePath, u32>,
    decisions: Vec<Span>,
    ended: bool,
}

impl<'a> Indexing<'a> {
    fn new(name: &'a str) -> Self {
        Self {
            name,
            line: 0,
            offset: 0,
            documents: Vec::new(),
            paths: Vec::new(),
            places: HashMap::new(),
            decisions: Vec::new(),
            ended: false,
        }
    }

    fn line(&mut self, line: &[u8], length: usize) -> Result<(), BundleError> {
        self.line += 1;
        let offset = self.offset;
        self.offset += length as u64;
        let text = line.trim_ascii_end();
        if self.line == 1 {
            let head = serde_json::from_slice::<Head>(text);
            return match head.map(|head| head.bundle) {
                Ok(VERSION) => Ok(()),
                Ok(found) => Err(BundleError::Version {
                    path: self.name.to_owned(),
                    found,
                }),
                Err(_) => Err(BundleError::NoBundle(self.name.to_owned())),
            };
        }
        if !line.ends_with(b"\n") {
            return Err(match length as u64 == LONGEST_LINE {
                true => self.wrong("it is longer than any line of a bundle"),
                false => BundleError::BreaksOff(self.name.to_owned()),
            });
        }
        if text.starts_with(b"{\"document\":") {
            self.document(text, offset)
        } else if text.starts_with(b"{\"decision\":") {
            self.decisions.push(Span {
                offset,
                length: text.len(),
            });
            Ok(())
        } else {
            match serde_json::from_slice::<End>(text) {
                Ok(End { end }) => self.end(&end),
                Err(_) => Err(self.wrong("it is neither a document nor a decision")),
            }
        }
    }

    fn document(&mut self, text: &[u8], offset: u64) -> Result<(), BundleError> {
        let body = memchr::memmem::find(text, BODY);
        let parts = body.and_then(|place| {
            let from = place + BODY.len();
            let length = text.len().checked_sub(from + 1)?;
            Some((text.get(..place)?, from, length))
        });
        let Some((head, from, length)) = parts else {
            return Err(self.wrong("it is a document without a body"));
        };
        let head = [head, b"}"].concat();
        let head: DocumentHead =
            serde_json::from_slice(&head).map_err(|error| self.wrong(&error.to_string()))?;
        if head.document as usize != self.documents.len() {
            return Err(self.wrong("its number is not the next"));
        }
        let path = match self.places.get(&head.path) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(self.paths.len()).unwrap_or(u32::MAX);
                self.places.insert(head.path.clone(), place);
                self.paths.push(head.path);
                place
            }
        };
        let offset = offset + from as u64;
        self.documents.push(Entry {
            path,
            body: Span { offset, length },
        });
        Ok(())
    }

    fn end(&mut self, end: &Counts) -> Result<(), BundleError> {
        self.ended = true;
        if (end.decisions, end.documents) == (self.decisions.len(), self.documents.len()) {
            return Ok(());
        }
        Err(self.wrong("there are not as many decisions and documents as it says"))
    }

    fn wrong(&self, reason: &str) -> BundleError {
        BundleError::Line {
            path: self.name.to_owned(),
            line: self.line,
            reason: tame(reason, 300),
        }
    }
}

/// What one decision was of.
struct OfDecision {
    bundle: Arc<Bundle>,
    /// In the order of their paths.
    documents: Vec<u32>,
    unread: Vec<(ResourcePath, ReadError)>,
}

#[async_trait]
impl Source for OfDecision {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        Err(ReadError::NotRecorded { path: path.clone() })
    }

    fn known(&self, path: &ResourcePath) -> Option<Result<Arc<Document>, ReadError>> {
        let found = self
            .documents
            .binary_search_by(|number| self.bundle.path(*number).cmp(&Some(path)));
        if let Ok(place) = found {
            let number = self.documents.get(place)?;
            return Some(self.bundle.document(*number, path));
        }
        let unread = self.unread.binary_search_by(|(other, _)| other.cmp(path));
        let (_, error) = self.unread.get(unread.ok()?)?;
        Some(Err(error.clone()))
    }
}
