//! Why Keystone refused. It answers a wrong password, a project that is not there
//! and a missing role with the same words, so that strangers learn nothing; who
//! has the password can ask further.

use reqwest::header::HeaderValue;
use serde_json::Value;
use url::Url;

use super::body;
use super::error::{KeystoneError, Kind};
use super::exchange::{Reply, send};
use super::settings::{Identity, KeystoneSettings, Scope};
use crate::secret::Secret;
use crate::text::tame;

/// How many projects an error lists.
const LISTED: usize = 20;

/// The error that `reply`, which refuses, comes to.
pub(super) async fn explained(
    http: &reqwest::Client,
    v3: &Url,
    settings: &KeystoneSettings,
    reply: &Reply,
) -> KeystoneError {
    let (at, identity, scope) = (v3.as_str(), &settings.identity, &settings.scope);
    let asks_for_scope = !matches!(scope, Scope::Own);
    let text = if asks_for_scope && let Some(token) = unscoped(http, v3, settings).await {
        let may = match projects(http, v3, &token).await {
            Some(all) if all.is_empty() => "; it may use no project at all".to_owned(),
            Some(all) => format!("; it may use `{}`", all.join("`, `")),
            None => String::new(),
        };
        let missing = match scope {
            Scope::System => "it has no role on the system",
            _ => "there is no such one, or it has no role there",
        };
        format!("keystone at `{at}` knows {identity}, but not in {scope}: {missing}{may}")
    } else {
        let words = reply.words(identity.secret());
        let check = match identity {
            Identity::Password { .. } => {
                "check username, password and user domain, and that the user is enabled"
            }
            Identity::ApplicationCredential { .. } => {
                "check its id and secret, and that it has not expired"
            }
            Identity::Token(_) => "it has expired or was revoked: get a new one",
        };
        format!("keystone at `{at}` refuses {identity}: {words}; {check}")
    };
    reply.error(Kind::Refused, text)
}

/// A token without a scope, if the identity itself is good.
async fn unscoped(http: &reqwest::Client, v3: &Url, settings: &KeystoneSettings) -> Option<Secret> {
    let request = http.post(url(v3, "tokens")).json(&body::unscoped(settings));
    let reply = send(request, v3.as_str()).await.ok()?;
    let id = reply.headers.get("x-subject-token")?.to_str().ok()?;
    (reply.status == 201).then(|| Secret::new(id))
}

/// The names of the projects that its user may use.
async fn projects(http: &reqwest::Client, v3: &Url, token: &Secret) -> Option<Vec<String>> {
    let mut header = HeaderValue::from_str(token.expose()).ok()?;
    header.set_sensitive(true);
    let request = http.get(url(v3, "projects")).header("X-Auth-Token", header);
    let reply = send(request, v3.as_str()).await.ok()?;
    let body = reply.json();
    let projects = body.get("projects")?.as_array()?.iter();
    let names = projects.filter_map(|project| project.get("name").and_then(Value::as_str));
    let mut names: Vec<_> = names.map(|name| tame(name, 80)).collect();
    names.sort();
    names.truncate(LISTED);
    Some(names)
}

/// `…/v3/auth/WHAT`.
pub(super) fn url(v3: &Url, what: &str) -> Url {
    let mut url = v3.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["auth", what]);
    }
    url
}
