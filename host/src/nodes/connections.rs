//! Connections to pod managers, kept open between requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::node::PodManager;
use crate::redfish::{ReadLimits, Service, ServiceCache, ServiceSettings, Snapshot};
use crate::secret::Credentials;

/// How pod managers are talked to: `[redfish]` of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct RedfishOptions {
    /// For one request.
    pub timeout: Duration,
    /// Bytes of one document, decompressed.
    pub max_document: usize,
    /// Requests to one service at a time.
    pub concurrency: usize,
    /// For how long a read is tried again that failed for a passing reason.
    pub retry_for: Duration,
    /// Bytes of all documents that are kept with their ETags.
    pub cache: usize,
    /// Whether collections are read with their members, where a service can do it.
    pub expand: bool,
    /// For all that one registration reads.
    pub limits: ReadLimits,
}

/// A connection that nobody has asked for in so long is given up, and its session
/// with it: a BMC has few.
const IDLE: Duration = Duration::from_secs(600);

/// Between two looks whether a service that was replaced is still read from.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Connections by pod manager. A pod manager that was changed gets a new one.
pub(super) struct Connections {
    options: RedfishOptions,
    cache: ServiceCache,
    open: Mutex<HashMap<Uuid, Open>>,
}

struct Open {
    /// The pod manager's `updated_at`.
    since: Timestamp,
    /// The HMAC of the credentials: those of a file may change without notice.
    credentials: String,
    service: Arc<Service>,
    asked_for: Instant,
}

impl Connections {
    pub(super) fn new(options: RedfishOptions) -> Self {
        Self {
            options,
            cache: ServiceCache::new(options.cache),
            open: Mutex::default(),
        }
    }

    /// A fresh snapshot of what stands behind `pod_manager`, with room for so many
    /// `documents`, where that is more than usual.
    pub(super) fn snapshot(
        &self,
        pod_manager: &PodManager,
        credentials: Option<Credentials>,
        hmac: String,
        documents: Option<usize>,
    ) -> Result<Arc<Snapshot>, Failure> {
        let service = self.service(pod_manager, credentials, hmac)?;
        let mut limits = self.options.limits;
        limits.documents = limits.documents.max(documents.unwrap_or(0));
        Ok(Arc::new(Snapshot::new(service, limits)))
    }

    pub(super) fn request_timeout(&self) -> std::time::Duration {
        self.options.timeout
    }

    pub(super) fn service(
        &self,
        pod_manager: &PodManager,
        credentials: Option<Credentials>,
        hmac: String,
    ) -> Result<Arc<Service>, Failure> {
        let mut open = self.open();
        for (_, idle) in open.extract_if(|_, known| known.is_idle()) {
            close(idle.service);
        }
        if let Some(known) = open.get_mut(&pod_manager.uuid)
            && known.since == pod_manager.updated_at
            && known.credentials == hmac
        {
            known.asked_for = Instant::now();
            return Ok(Arc::clone(&known.service));
        }
        let url = url::Url::parse(&pod_manager.url).map_err(|error| {
            Failure::new(
                Cause::BadRequest,
                format!(
                    "the url `{}` of pod manager `{}` is none: {error}",
                    pod_manager.url, pod_manager.name
                ),
            )
        })?;
        let service = Service::new(ServiceSettings {
            url,
            credentials,
            auth: pod_manager.auth,
            verify_ca: pod_manager.verify_ca.clone(),
            timeout: self.options.timeout,
            max_document: self.options.max_document,
            concurrency: self.options.concurrency,
            retry_for: self.options.retry_for,
            cache: self.cache.clone(),
            expand: self.options.expand,
        })
        .map_err(|error| {
            Failure::new(
                Cause::BadRequest,
                format!("pod manager `{}`: {error}", pod_manager.name),
            )
        })?;
        let service = Arc::new(service);
        let known = Open {
            since: pod_manager.updated_at,
            credentials: hmac,
            service: Arc::clone(&service),
            asked_for: Instant::now(),
        };
        if let Some(before) = open.insert(pod_manager.uuid, known) {
            close(before.service);
        }
        Ok(service)
    }

    pub(super) fn forget(&self, pod_manager: Uuid) {
        let known = self.open().remove(&pod_manager);
        if let Some(known) = known {
            close(known.service);
        }
    }

    /// Ends all sessions: a BMC has few.
    pub(super) async fn close(&self) {
        let known: Vec<_> = self
            .open()
            .drain()
            .map(|(_, known)| known.service)
            .collect();
        futures::future::join_all(known.iter().map(|service| service.close())).await;
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Uuid, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Whether nobody uses it, nor has for long.
    fn is_idle(&self) -> bool {
        self.asked_for.elapsed() > IDLE && Arc::strong_count(&self.service) == 1
    }
}

/// Ends the session of a service that nobody asks for any more, as soon as those are
/// done who read from it still: they would open another one that nobody ends.
fn close(service: Arc<Service>) {
    tokio::spawn(async move {
        while Arc::strong_count(&service) > 1 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        service.close().await;
    });
}
