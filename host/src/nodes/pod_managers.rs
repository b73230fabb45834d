//! Pod managers: those of the configuration and those made over the API.

use std::sync::Arc;

use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::node::{CredentialsSource, PodManager};
use crate::redfish::{ResourcePath, Service, Snapshot, prove_login};
use crate::store::{self, Purpose, Store};

use super::connections::{Connections, RedfishOptions};
use super::{Keyring, Login, LoginPatch, NewPodManager, PodManagerPatch, redfish_failure};

/// Room for the nodes of one pod manager, the systems that they run on, and what
/// leads there.
const MOST_DOCUMENTS: usize = 2_500;

/// The pod managers that Valence knows.
pub struct PodManagers {
    store: Arc<Store>,
    keyring: Arc<Keyring>,
    connections: Connections,
}

impl PodManagers {
    /// Those in `store`, talked to as `options` say.
    pub fn new(store: Arc<Store>, keyring: Arc<Keyring>, options: RedfishOptions) -> Self {
        Self {
            store,
            keyring,
            connections: Connections::new(options),
        }
    }

    /// Makes a pod manager known. Its service is asked for its root and for what only
    /// those may see whom it lets in first, so that a wrong address or password shows
    /// here and not at the first node.
    pub async fn create(&self, new: NewPodManager) -> Result<PodManager, Failure> {
        let name = new.name.trim();
        if name.is_empty() {
            return Err(
                Failure::new(Cause::BadRequest, "a pod manager needs a `name`").at("/name"),
            );
        }
        let url = checked_url(&new.url)?;
        self.refuse_taken(None, name, Some(&url)).await?;
        let uuid = Uuid::new_v4();
        let credentials = match &new.credentials {
            Some(Login::Own(own)) => self.keyring.seal(Purpose::PodManager(uuid), own)?,
            Some(Login::Named(name)) => self.keyring.named_for(name, &url)?,
            None => CredentialsSource::Absent,
        };
        let now = store::now();
        let pod_manager = PodManager {
            uuid,
            name: name.to_owned(),
            url,
            driver: new.driver,
            credentials,
            auth: new.auth,
            verify_ca: new.verify_ca,
            ironic_verify_ca: None,
            configured: false,
            created_at: now,
            updated_at: now,
        };
        self.reach(&pod_manager).await?;
        self.store.insert_pod_manager(&pod_manager).await?;
        tracing::info!(pod_manager = pod_manager.name, "pod manager created");
        Ok(pod_manager)
    }

    /// All, by name.
    pub async fn list(&self) -> Result<Vec<PodManager>, Failure> {
        Ok(self.store.pod_managers().await?)
    }

    /// The one with this uuid or name.
    pub async fn get(&self, id: &str) -> Result<PodManager, Failure> {
        Ok(self.store.pod_manager(id).await?)
    }

    /// Changes one that was created over the API.
    pub async fn update(&self, id: &str, patch: PodManagerPatch) -> Result<PodManager, Failure> {
        let mut changed = self.writable(id).await?;
        if let Some(name) = patch.name {
            self.refuse_taken(Some(changed.uuid), &name, None).await?;
            changed.name = name;
        }
        if let Some(driver) = patch.driver {
            changed.driver = driver;
        }
        if let Some(verify_ca) = patch.verify_ca {
            changed.verify_ca = verify_ca;
        }
        if let Some(auth) = patch.auth {
            changed.auth = auth;
        }
        if let Some(login) = patch.login {
            changed.credentials = self.patched(&changed, login)?;
        }
        changed.updated_at = store::now();
        self.reach(&changed).await?;
        self.store.update_pod_manager(&changed).await?;
        tracing::info!(pod_manager = changed.name, "pod manager changed");
        Ok(changed)
    }

    /// Forgets one that was created over the API and has no nodes.
    pub async fn delete(&self, id: &str) -> Result<(), Failure> {
        let pod_manager = self.writable(id).await?;
        let nodes = self.store.nodes_of(pod_manager.uuid).await?;
        let behind: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
        if !behind.is_empty() {
            return Err(Failure::new(
                Cause::Conflict,
                format!(
                    "pod manager `{}` still has nodes: delete them first: {}",
                    pod_manager.name,
                    behind.join(", ")
                ),
            ));
        }
        self.store.delete_pod_manager(pod_manager.uuid).await?;
        self.connections.forget(pod_manager.uuid);
        tracing::info!(pod_manager = pod_manager.name, "pod manager deleted");
        Ok(())
    }

    /// The account that it is talked to with; its password is never shown.
    pub fn username(&self, pod_manager: &PodManager) -> Option<String> {
        self.keyring.username(pod_manager)
    }

    /// A fresh snapshot of what stands behind `pod_manager`.
    pub async fn snapshot(&self, pod_manager: &PodManager) -> Result<Arc<Snapshot>, Failure> {
        let credentials = self.keyring.of(pod_manager).await?;
        let hmac = self.keyring.hmac(credentials.as_ref());
        self.connections
            .snapshot(pod_manager, credentials, hmac, None)
    }

    /// As [`PodManagers::snapshot`], with room for every node that there may be.
    pub(super) async fn wide_snapshot(
        &self,
        pod_manager: &PodManager,
    ) -> Result<Arc<Snapshot>, Failure> {
        let credentials = self.keyring.of(pod_manager).await?;
        let hmac = self.keyring.hmac(credentials.as_ref());
        self.connections
            .snapshot(pod_manager, credentials, hmac, Some(MOST_DOCUMENTS))
    }

    /// The service of `pod_manager`, to have it change something.
    pub(super) async fn service(&self, pod_manager: &PodManager) -> Result<Arc<Service>, Failure> {
        let credentials = self.keyring.of(pod_manager).await?;
        let hmac = self.keyring.hmac(credentials.as_ref());
        self.connections.service(pod_manager, credentials, hmac)
    }

    /// How long one request to a service may take.
    pub(super) fn request_timeout(&self) -> std::time::Duration {
        self.connections.request_timeout()
    }

    /// Ends the sessions with all services.
    pub async fn close(&self) {
        self.connections.close().await;
    }

    async fn reach(&self, pod_manager: &PodManager) -> Result<(), Failure> {
        let snapshot = self.snapshot(pod_manager).await?;
        let read = match snapshot.read(&ResourcePath::root()).await {
            Ok(_) => prove_login(&snapshot, pod_manager.driver).await,
            Err(error) => Err(error),
        };
        if read.is_err() {
            self.connections.forget(pod_manager.uuid);
        }
        read.map_err(|error| {
            let failure = redfish_failure(&pod_manager.name, error);
            let detail = format!("{}; its url is `{}`", failure.detail, pod_manager.url);
            Failure { detail, ..failure }
        })
    }

    async fn writable(&self, id: &str) -> Result<PodManager, Failure> {
        let pod_manager = self.get(id).await?;
        if pod_manager.configured {
            return Err(Failure::new(
                Cause::Conflict,
                format!(
                    "pod manager `{}` stands in the configuration file: change it there",
                    pod_manager.name
                ),
            ));
        }
        Ok(pod_manager)
    }

    async fn refuse_taken(
        &self,
        own: Option<Uuid>,
        name: &str,
        url: Option<&str>,
    ) -> Result<(), Failure> {
        let known = self.store.pod_managers().await?;
        for other in known.iter().filter(|other| Some(other.uuid) != own) {
            if other.name.to_lowercase() == name.to_lowercase() {
                return Err(Failure::new(
                    Cause::Conflict,
                    format!("there is a pod manager `{}` already", other.name),
                )
                .at("/name"));
            }
            if url.is_some_and(|url| same_service(url, &other.url)) {
                return Err(Failure::new(
                    Cause::Conflict,
                    format!("pod manager `{}` has this url already", other.name),
                )
                .at("/url"));
            }
        }
        Ok(())
    }

    fn patched(
        &self,
        pod_manager: &PodManager,
        login: LoginPatch,
    ) -> Result<CredentialsSource, Failure> {
        let LoginPatch::Own { username, password } = login else {
            return Ok(CredentialsSource::Absent);
        };
        let sealed = match (password, &pod_manager.credentials) {
            (Some(password), _) => {
                let purpose = Purpose::PodManager(pod_manager.uuid);
                self.keyring.seal_password(purpose, &password)?
            }
            (None, CredentialsSource::Sealed { sealed, .. }) => sealed.clone(),
            (None, _) => {
                return Err(
                    Failure::new(Cause::BadRequest, "a username needs a `password`")
                        .at("/authentication"),
                );
            }
        };
        Ok(CredentialsSource::Sealed { username, sealed })
    }
}

/// `url` as it is stored: http or https, without credentials, query and
/// fragment, which would end up in lists and logs.
fn checked_url(url: &str) -> Result<String, Failure> {
    // What is refused may hold a password, so it is not repeated.
    let refuse = |reason: &str| {
        Failure::new(
            Cause::BadRequest,
            format!("`url` is no address of a Redfish service: {reason}"),
        )
        .at("/url")
    };
    let parsed = url::Url::parse(url)
        .map_err(|error| refuse(&format!("{error}; write it as in `https://10.0.0.5`")))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(refuse("it is to begin with `https://` or `http://`"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(refuse(
            "credentials do not belong here but into `authentication`",
        ));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(refuse("it is to have no query and no fragment"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn same_service(one: &str, other: &str) -> bool {
    let root = |url: &str| {
        let url = url.trim_end_matches('/').to_lowercase();
        url.strip_suffix("/redfish/v1")
            .map_or(url.clone(), str::to_owned)
    };
    root(one) == root(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_credentials_or_without_http_are_refused() {
        for url in [
            "ftp://bmc",
            "bmc",
            "https://user:pw@bmc",
            "https://bmc/?a=b",
            "https://bmc/#x",
        ] {
            let refused = checked_url(url).map_err(|failure| failure.cause);
            assert_eq!(refused, Err(Cause::BadRequest), "{url}");
        }
        assert_eq!(
            checked_url("https://bmc:8443/redfish/v1/").ok().as_deref(),
            Some("https://bmc:8443/redfish/v1")
        );
    }

    #[test]
    fn one_service_is_one_however_it_is_spelt() {
        assert!(same_service("https://BMC/redfish/v1/", "https://bmc"));
        assert!(!same_service("https://bmc:1", "https://bmc:2"));
    }
}
