//! Which credentials go with what.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::CredentialsEntry;
use crate::failure::{Cause, Failure};
use crate::node::{CredentialsSource, PodManager};
use crate::secret::{Credentials, Secret};
use crate::store::{Purpose, Store};

/// Finds credentials: those of the configuration, read when they are needed, and
/// those in the database, unsealed when they are needed.
pub struct Keyring {
    named: BTreeMap<String, CredentialsEntry>,
    store: Arc<Store>,
}

impl Keyring {
    /// A keyring over `[credentials.NAME]` and what `store` has sealed.
    pub fn new(named: BTreeMap<String, CredentialsEntry>, store: Arc<Store>) -> Self {
        Self { named, store }
    }

    /// `[credentials.NAME]`.
    pub async fn named(&self, name: &str) -> Result<Credentials, Failure> {
        let entry = self.named.get(name).ok_or_else(|| {
            Failure::new(
                Cause::InvalidEnrollment,
                format!("there are no credentials `{name}`: add `[credentials.{name}]` to the configuration"),
            )
            .at("/credentials")
        })?;
        entry.resolve().await.map_err(|error| Failure {
            detail: format!("the credentials `{name}` cannot be read; the log says why"),
            ..Failure::internal(error)
        })
    }

    /// What is kept of a pod manager at `url` that is made over the API and names
    /// `[credentials.NAME]`. Which names there are is not told.
    pub fn named_for(&self, name: &str, url: &str) -> Result<CredentialsSource, Failure> {
        self.refuse_elsewhere(name, url)
            .map_err(|failure| failure.at("/authentication/0/auth_items/credentials"))?;
        Ok(CredentialsSource::Named(name.to_owned()))
    }

    /// Refuses to send `[credentials.NAME]` to a host that it does not list.
    fn refuse_elsewhere(&self, name: &str, url: &str) -> Result<(), Failure> {
        let url = url::Url::parse(url).map_err(Failure::internal)?;
        let entry = self.named.get(name);
        if entry.is_some_and(|entry| entry.may_go_to(&url)) {
            return Ok(());
        }
        let name = crate::text::tame(name, 80);
        let host = url.host_str().unwrap_or_default();
        Err(Failure::new(
            Cause::Forbidden,
            format!(
                "credentials `{name}` may not be sent to `{host}`: `hosts` of `[credentials.{name}]` in the configuration says where they may"
            ),
        ))
    }

    /// Those that `pod_manager` is talked to with. Where those of the configuration may
    /// go is asked at each use: it may have been narrowed since.
    pub async fn of(&self, pod_manager: &PodManager) -> Result<Option<Credentials>, Failure> {
        match &pod_manager.credentials {
            CredentialsSource::Absent => Ok(None),
            CredentialsSource::Named(name) => {
                if !pod_manager.configured {
                    self.refuse_elsewhere(name, &pod_manager.url)?;
                }
                self.named(name).await.map(Some)
            }
            CredentialsSource::Sealed { username, sealed } => {
                let password = self
                    .store
                    .unseal(Purpose::PodManager(pod_manager.uuid), sealed)?;
                Ok(Some(Credentials {
                    username: username.clone(),
                    password,
                }))
            }
        }
    }

    /// Tells credentials apart without keeping them; empty for none.
    pub fn hmac(&self, credentials: Option<&Credentials>) -> String {
        credentials
            .map(|credentials| self.store.credentials_hmac(credentials))
            .unwrap_or_default()
    }

    /// The account that `pod_manager` is talked to with, which is no secret.
    pub fn username(&self, pod_manager: &PodManager) -> Option<String> {
        match &pod_manager.credentials {
            CredentialsSource::Absent => None,
            CredentialsSource::Named(name) => {
                self.named.get(name).map(|entry| entry.username.clone())
            }
            CredentialsSource::Sealed { username, .. } => Some(username.clone()),
        }
    }

    /// `credentials` of a registration as they may be stored.
    pub fn seal(
        &self,
        purpose: Purpose,
        credentials: &Credentials,
    ) -> Result<CredentialsSource, Failure> {
        let sealed = self.seal_password(purpose, &credentials.password)?;
        Ok(CredentialsSource::Sealed {
            username: credentials.username.clone(),
            sealed,
        })
    }

    /// A password as it may be stored.
    pub fn seal_password(&self, purpose: Purpose, password: &Secret) -> Result<Vec<u8>, Failure> {
        Ok(self.store.seal(purpose, password)?)
    }

    /// What `seal` sealed; none where there was nothing to seal.
    pub fn unseal(
        &self,
        purpose: Purpose,
        source: &CredentialsSource,
    ) -> Result<Option<Credentials>, Failure> {
        let CredentialsSource::Sealed { username, sealed } = source else {
            return Ok(None);
        };
        let password = self.store.unseal(purpose, sealed)?;
        Ok(Some(Credentials {
            username: username.clone(),
            password,
        }))
    }
}
