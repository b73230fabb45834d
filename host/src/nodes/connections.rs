//! Connections to pod managers, kept open between requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::node::PodManager;
use crate::redfish::{ReadLimits, Service, ServiceSettings, Snapshot};
use crate::secret::Credentials;

/// How pod managers are talked to: `[redfish]` of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct RedfishOptions {
    /// For one request.
    pub timeout: std::time::Duration,
    /// Bytes of one document, decompressed.
    pub max_document: usize,
    /// Requests to one service at a time.
    pub concurrency: usize,
    /// For all that one registration reads.
    pub limits: ReadLimits,
}

/// Connections by pod manager. A pod manager that was changed gets a new one.
pub(super) struct Connections {
    options: RedfishOptions,
    open: Mutex<HashMap<Uuid, Open>>,
}

struct Open {
    /// The pod manager's `updated_at`.
    since: Timestamp,
    /// The HMAC of the credentials: those of a file may change without notice.
    credentials: String,
    service: Arc<Service>,
}

impl Connections {
    pub(super) fn new(options: RedfishOptions) -> Self {
        Self {
            options,
            open: Mutex::default(),
        }
    }

    /// A fresh snapshot of what stands behind `pod_manager`.
    pub(super) fn snapshot(
        &self,
        pod_manager: &PodManager,
        credentials: Option<Credentials>,
        hmac: String,
    ) -> Result<Arc<Snapshot>, Failure> {
        let service = self.service(pod_manager, credentials, hmac)?;
        Ok(Arc::new(Snapshot::new(service, self.options.limits)))
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
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = open.get(&pod_manager.uuid)
            && known.since == pod_manager.updated_at
            && known.credentials == hmac
        {
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
            verify_ca: pod_manager.verify_ca.clone(),
            timeout: self.options.timeout,
            max_document: self.options.max_document,
            concurrency: self.options.concurrency,
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
        };
        if let Some(before) = open.insert(pod_manager.uuid, known) {
            close(before.service);
        }
        Ok(service)
    }

    pub(super) fn forget(&self, pod_manager: Uuid) {
        let known = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&pod_manager);
        if let Some(known) = known {
            close(known.service);
        }
    }

    /// Ends all sessions: a BMC has few.
    pub(super) async fn close(&self) {
        let known: Vec<_> = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.drain().map(|(_, known)| known.service).collect()
        };
        futures::future::join_all(known.iter().map(|service| service.close())).await;
    }
}

/// Ends the session of a service that nobody will use any more, in its own time.
fn close(service: Arc<Service>) {
    tokio::spawn(async move { service.close().await });
}
