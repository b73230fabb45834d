//! What Keystone is asked for a token with (Identity API v3, `POST /auth/tokens`).

use serde_json::{Value, json};

use super::settings::{
    ApplicationCredential, Domain, Identity, KeystoneSettings, Project, Scope, User,
};
use crate::secret::Secret;

/// The request as it is configured.
pub(super) fn scoped(settings: &KeystoneSettings) -> Value {
    let identity = identity(&settings.identity);
    match scope(&settings.scope) {
        Some(scope) => json!({"auth": {"identity": identity, "scope": scope}}),
        None => json!({"auth": {"identity": identity}}),
    }
}

/// The same without a scope: whether the identity itself is good.
pub(super) fn unscoped(settings: &KeystoneSettings) -> Value {
    json!({"auth": {"identity": identity(&settings.identity), "scope": {"unscoped": {}}}})
}

fn identity(identity: &Identity) -> Value {
    match identity {
        Identity::Password { user, password } => {
            let user = with(self::user(user), "password", password);
            json!({"methods": ["password"], "password": {"user": user}})
        }
        Identity::ApplicationCredential { credential, secret } => {
            let named = match credential {
                ApplicationCredential::Id(id) => json!({"id": id}),
                ApplicationCredential::Name { name, user } => {
                    json!({"name": name, "user": self::user(user)})
                }
            };
            let named = with(named, "secret", secret);
            json!({"methods": ["application_credential"], "application_credential": named})
        }
        Identity::Token(token) => {
            json!({"methods": ["token"], "token": {"id": token.expose()}})
        }
    }
}

/// `value`, which is an object, with a secret in it.
fn with(mut value: Value, key: &str, secret: &Secret) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), json!(secret.expose()));
    }
    value
}

fn user(user: &User) -> Value {
    match user {
        User::Id(id) => json!({"id": id}),
        User::Name { name, domain } => json!({"name": name, "domain": self::domain(domain)}),
    }
}

fn domain(domain: &Domain) -> Value {
    match domain {
        Domain::Id(id) => json!({"id": id}),
        Domain::Name(name) => json!({"name": name}),
    }
}

fn scope(scope: &Scope) -> Option<Value> {
    Some(match scope {
        Scope::Own => return None,
        Scope::Project(Project::Id(id)) => json!({"project": {"id": id}}),
        Scope::Project(Project::Name { name, domain }) => {
            json!({"project": {"name": name, "domain": self::domain(domain)}})
        }
        Scope::Domain(domain) => json!({"domain": self::domain(domain)}),
        Scope::System => json!({"system": {"all": true}}),
    })
}
