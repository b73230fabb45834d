//! Documents that were read before, for services that can tell that they have not
//! changed since.
//!
//! Only a strong ETag says that a document is still the same, byte for byte
//! (RFC 9110, 8.8.1); a weak one says that it still means the same to its service,
//! which may leave out the power state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{ETAG, HeaderMap, HeaderValue};

use super::super::ResourcePath;

/// After so long a document is read as if it were new, to find out whether the
/// service's ETags can be believed.
const BELIEVED: Duration = Duration::from_secs(600);

/// What each entry takes beside its document, roughly.
const ENTRY: usize = 512;

/// Documents with their ETags, of all services. It is bounded by what they take.
#[derive(Clone)]
pub struct Cache {
    /// None: nothing is kept.
    documents: Option<moka::sync::Cache<(u64, ResourcePath), Arc<Kept>>>,
    services: Arc<AtomicU64>,
}

/// A document as it came.
pub(super) struct Kept {
    pub(super) etag: HeaderValue,
    pub(super) text: Vec<u8>,
    read_at: Instant,
}

/// The part of a [`Cache`] that belongs to one service, as one account.
pub(super) struct Shelf {
    cache: Cache,
    service: u64,
    distrusted: AtomicBool,
}

impl Cache {
    /// One that takes `bytes` at most; with 0 nothing is kept.
    pub fn new(bytes: usize) -> Self {
        let documents = (bytes > 0).then(|| {
            moka::sync::Cache::builder()
                .max_capacity(bytes as u64)
                .weigher(|(_, path): &(u64, ResourcePath), kept: &Arc<Kept>| {
                    let bytes = ENTRY + path.as_str().len() + kept.text.len();
                    bytes.try_into().unwrap_or(u32::MAX)
                })
                .build()
        });
        Self {
            documents,
            services: Arc::default(),
        }
    }

    pub(super) fn shelf(&self) -> Shelf {
        Shelf {
            cache: self.clone(),
            service: self.services.fetch_add(1, Ordering::Relaxed),
            distrusted: AtomicBool::new(false),
        }
    }
}

impl Shelf {
    /// What is kept of `path`, if the service may be asked whether it still holds.
    pub(super) fn get(&self, path: &ResourcePath) -> Option<Arc<Kept>> {
        self.known(path)
            .filter(|kept| kept.read_at.elapsed() < BELIEVED)
    }

    /// Keeps the document `text`, which came from `path` with `headers`, if it has
    /// a strong ETag.
    pub(super) fn put(&self, path: &ResourcePath, headers: &HeaderMap, text: Vec<u8>) {
        let Some(documents) = &self.cache.documents else {
            return;
        };
        let Some(etag) = headers.get(ETAG).filter(|etag| is_strong(etag)) else {
            return;
        };
        if let Some(before) = self.known(path)
            && before.etag == etag
            && before.text != text
        {
            self.distrusted.store(true, Ordering::Relaxed);
            tracing::info!(
                path = path.as_str(),
                "an ETag stayed while its document changed: the service's ETags are not used any more"
            );
        }
        if self.distrusted.load(Ordering::Relaxed) {
            return;
        }
        let kept = Kept {
            etag: etag.clone(),
            text,
            read_at: Instant::now(),
        };
        documents.insert((self.service, path.clone()), Arc::new(kept));
    }

    fn known(&self, path: &ResourcePath) -> Option<Arc<Kept>> {
        if self.distrusted.load(Ordering::Relaxed) {
            return None;
        }
        let documents = self.cache.documents.as_ref()?;
        documents.get(&(self.service, path.clone()))
    }
}

fn is_strong(etag: &HeaderValue) -> bool {
    let etag = etag.as_bytes();
    etag.len() > 2 && etag.starts_with(b"\"") && etag.ends_with(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(etag: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ETAG, HeaderValue::from_static(etag))])
    }

    #[test]
    fn documents_with_strong_etags_are_kept_within_the_bound() {
        let cache = Cache::new(100_000);
        let shelf = cache.shelf();
        let path = |n: usize| -> ResourcePath { format!("/redfish/v1/{n}").parse().unwrap() };
        for n in 0..200 {
            shelf.put(&path(n), &headers("\"1\""), vec![b' '; 4000]);
        }
        let documents = cache.documents.as_ref().unwrap();
        documents.run_pending_tasks();
        assert!(documents.weighted_size() <= 100_000);
        assert!(documents.entry_count() > 10);

        for etag in ["W/\"1\"", "\"\"", "1"] {
            shelf.put(&path(1000), &headers(etag), b"{}".to_vec());
            assert!(shelf.get(&path(1000)).is_none(), "{etag}");
        }
        shelf.put(&path(1000), &headers("\"1\""), b"{}".to_vec());
        assert!(shelf.get(&path(1000)).is_some());
        assert!(cache.shelf().get(&path(1000)).is_none(), "another service");
        let nothing = Cache::new(0).shelf();
        nothing.put(&path(1), &headers("\"1\""), b"{}".to_vec());
        assert!(nothing.get(&path(1)).is_none());
    }

    #[test]
    fn an_etag_that_stayed_while_its_document_changed_ends_the_trust() {
        let shelf = Cache::new(100_000).shelf();
        let path = ResourcePath::root();
        shelf.put(&path, &headers("\"1\""), b"{}".to_vec());
        shelf.put(&path, &headers("\"2\""), b"{ }".to_vec());
        assert!(shelf.get(&path).is_some());
        shelf.put(&path, &headers("\"2\""), b"{  }".to_vec());
        assert!(shelf.get(&path).is_none());
    }
}
