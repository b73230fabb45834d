//! How requests get in: where Ironic is, and what it is shown.

use std::sync::{Arc, OnceLock};

use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use url::Url;

use super::error::{ClientError, IronicError, IronicErrorKind as Kind};
use super::settings::{Auth, Endpoint};
use crate::openstack::keystone::{Keystone, Token, Wanted};
use crate::secret::Credentials;

/// The way in, for all requests of a client.
pub(super) struct Access {
    place: Place,
    proof: Proof,
}

enum Place {
    At(Url),
    /// As the catalogue says. The address is kept for errors only.
    Catalogue(Wanted, OnceLock<Url>),
}

enum Proof {
    None,
    HttpBasic(Credentials),
    Keystone(Box<Keystone>),
}

/// The way in, for one request.
pub(super) struct Entry {
    /// The API's root, which is what stands before `/v1`.
    pub(super) root: Url,
    token: Option<Arc<Token>>,
}

impl Access {
    pub(super) fn new(
        endpoint: Endpoint,
        auth: Auth,
        http: &reqwest::Client,
    ) -> Result<Self, ClientError> {
        let place = match endpoint {
            Endpoint::At(url) => Place::At(root(url)?),
            Endpoint::Catalogue(wanted) => match &auth {
                Auth::Keystone(_) => Place::Catalogue(wanted, OnceLock::new()),
                Auth::None | Auth::HttpBasic(_) => return Err(ClientError::NoCatalogue),
            },
        };
        let proof = match auth {
            Auth::None => Proof::None,
            Auth::HttpBasic(credentials) => Proof::HttpBasic(credentials),
            Auth::Keystone(settings) => {
                Proof::Keystone(Box::new(Keystone::new(http.clone(), *settings)))
            }
        };
        Ok(Self { place, proof })
    }

    /// Gets a token, where one is needed and there is none.
    pub(super) async fn entry(&self) -> Result<Entry, IronicError> {
        let Proof::Keystone(keystone) = &self.proof else {
            return match &self.place {
                Place::At(root) => Ok(Entry {
                    root: root.clone(),
                    token: None,
                }),
                // `new` lets nobody look without a token.
                Place::Catalogue(..) => {
                    Err(IronicError::new(Kind::NoToken, "there is no catalogue"))
                }
            };
        };
        let token = keystone.token().await?;
        let root = match &self.place {
            Place::At(root) => root.clone(),
            Place::Catalogue(wanted, last) => {
                let found = keystone.find(&token, wanted)?;
                let found = root(found)
                    .map_err(|error| IronicError::new(Kind::NoToken, error.to_string()))?;
                last.get_or_init(|| found.clone());
                found
            }
        };
        Ok(Entry {
            root,
            token: Some(token),
        })
    }

    /// `request` with what lets it in.
    pub(super) fn show(&self, entry: &Entry, request: RequestBuilder) -> RequestBuilder {
        match (&self.proof, &entry.token) {
            (Proof::HttpBasic(credentials), _) => {
                request.basic_auth(&credentials.username, Some(credentials.password.expose()))
            }
            (_, Some(token)) => match HeaderValue::from_str(token.id().expose()) {
                Ok(mut header) => {
                    header.set_sensitive(true);
                    request.header("X-Auth-Token", header)
                }
                // It came in a header.
                Err(_) => request,
            },
            (_, None) => request,
        }
    }

    /// Another way in after Ironic has refused this one. None: there is no other.
    pub(super) async fn another(&self, refused: &Entry) -> Result<Option<Entry>, IronicError> {
        let (Proof::Keystone(keystone), Some(token)) = (&self.proof, &refused.token) else {
            return Ok(None);
        };
        keystone.give_up(token).await;
        self.entry().await.map(Some)
    }

    /// Ironic's address for errors, as far as it is known.
    pub(super) fn shown(&self) -> String {
        let url = match (&self.place, &self.proof) {
            (Place::At(root), _) => root,
            (Place::Catalogue(_, last), proof) => match (last.get(), proof) {
                (Some(last), _) => last,
                (None, Proof::Keystone(keystone)) => keystone.auth_url(),
                (None, _) => return String::new(),
            },
        };
        url.as_str().trim_end_matches('/').to_owned()
    }
}

impl Entry {
    /// What is to be said about a 401 or 403 of Ironic's beside its own words.
    pub(super) fn remark(&self, status: u16) -> Option<String> {
        let who = self.token.as_ref()?.who();
        Some(match status {
            401 => format!("its keystone may be another than ours, which knows us as {who}"),
            403 => format!(
                "asked as {who}; it takes `admin` or `service`, of the project that is to own the node or of the system"
            ),
            _ => return None,
        })
    }
}

/// The API's root, which is what stands before `/v1`.
fn root(mut endpoint: Url) -> Result<Url, ClientError> {
    let named = !endpoint.username().is_empty() || endpoint.password().is_some();
    // Neither can fail for an address with a host.
    let _ = endpoint.set_password(None);
    let usable = matches!(endpoint.scheme(), "http" | "https")
        && endpoint.query().is_none()
        && endpoint.fragment().is_none();
    if named || !usable {
        return Err(ClientError::Endpoint {
            endpoint: endpoint.to_string(),
        });
    }
    let path = endpoint.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned() + "/";
    endpoint.set_path(&path);
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_what_stands_before_v1() {
        let root = |text: &str| root(text.parse().expect("a url")).map(String::from).ok();
        assert_eq!(root("http://a:1"), Some("http://a:1/".into()));
        assert_eq!(
            root("http://a/baremetal/v1/"),
            Some("http://a/baremetal/".into())
        );
        assert_eq!(root("http://user:secret@a"), None);
        assert_eq!(root("ftp://a"), None);
    }
}
