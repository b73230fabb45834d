//! Who we are to Keystone, by the options of a cloud.

use url::Url;

use super::options::Options;
use crate::ironic::{
    ApplicationCredential, Domain, Identity, KeystoneSettings, Project, Scope, User,
};
use crate::text::tame;

const PROJECT: [[&str; 2]; 2] = [["tenant_id", "project_id"], ["tenant_name", "project_name"]];

/// How the cloud lets us in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    HttpBasic,
    Password,
    ApplicationCredential,
    Token,
}

impl Kind {
    pub(super) fn of(options: &Options) -> Result<Self, String> {
        let named = options
            .text("auth_type")
            .or_else(|| options.text("auth_plugin"));
        if options
            .text("identity_api_version")
            .is_some_and(|version| version.starts_with('2'))
        {
            return Err("`identity_api_version: 2` is no longer to be had from keystone".into());
        }
        match named {
            Some("none" | "None") => Ok(Self::None),
            Some("http_basic") => Ok(Self::HttpBasic),
            Some("password" | "v3password") => Ok(Self::Password),
            Some("v3applicationcredential") => Ok(Self::ApplicationCredential),
            Some("token" | "v3token") => Ok(Self::Token),
            Some(other) => Err(format!(
                "`auth_type: {}` is not known here: `none`, `http_basic`, `password`, `v3password`, `v3applicationcredential`, `token` and `v3token` are",
                tame(other, 80)
            )),
            None => {
                let user = ["user_name", "username", "user_id"];
                let token = options.secret(&["auth_token", "token"]).is_some();
                match token && options.secret(&user).is_none() {
                    true => Ok(Self::Token),
                    // What OpenStack's clients assume.
                    false => Ok(Self::Password),
                }
            }
        }
    }
}

/// Keystone, and who we are to it.
pub(super) fn keystone(kind: Kind, options: &Options) -> Result<KeystoneSettings, String> {
    let auth_url = options.auth(&["auth_url"]).ok_or_else(|| {
        missing(
            options,
            "there is no `auth_url`, which is keystone's address",
        )
    })?;
    let auth_url = address(&auth_url)
        .ok_or("its `auth_url` is no url with `http` or `https`, or has credentials in it")?;
    let scope = scope(options)?;
    let identity = match kind {
        Kind::ApplicationCredential => {
            if scope != Scope::Own {
                return Err(format!(
                    "an application credential has its own scope: nothing can ask for {scope} beside it"
                ));
            }
            let secret = options.secret(&["application_credential_secret"]);
            Identity::ApplicationCredential {
                credential: application_credential(options)?,
                secret: secret
                    .ok_or("there is no `application_credential_secret`; `secure.yaml` is the place for it")?
                    .clone(),
            }
        }
        Kind::Token => {
            let token = options.secret(&["auth_token", "token"]);
            Identity::Token(token.ok_or("`auth_type: token` needs a `token`")?.clone())
        }
        _ => Identity::Password {
            user: user(options)
                .ok_or_else(|| missing(options, "there is no `username` in `auth`"))?,
            password: options
                .secret(&["password"])
                .ok_or("there is no `password`; `secure.yaml` is the place for it")?
                .clone(),
        },
    };
    Ok(KeystoneSettings {
        auth_url,
        identity,
        scope,
    })
}

/// `what` is missing, and perhaps why.
fn missing(options: &Options, what: &str) -> String {
    let credential = ["application_credential_name", "application_credential_id"];
    if options.text("auth_type").is_none() && options.secret(&credential).is_some() {
        return format!("{what}; is `auth_type: v3applicationcredential` meant?");
    }
    match options.text("profile") {
        Some(profile) => format!(
            "{what}, and no `clouds-public.yaml` has the profile `{}`",
            tame(profile, 80)
        ),
        None => what.to_owned(),
    }
}

pub(super) fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| {
        let bare = url.username().is_empty() && url.password().is_none();
        bare && url.has_host() && matches!(url.scheme(), "http" | "https")
    })
}

fn application_credential(options: &Options) -> Result<ApplicationCredential, String> {
    if let Some(id) = options.auth(&["application_credential_id"]) {
        return Ok(ApplicationCredential::Id(id));
    }
    let name = options
        .auth(&["application_credential_name"])
        .ok_or("there is no `application_credential_id`, and no `application_credential_name`")?;
    let user = user(options).ok_or("`application_credential_name` needs a `username` beside it")?;
    Ok(ApplicationCredential::Name { name, user })
}

fn user(options: &Options) -> Option<User> {
    if let Some(id) = options.auth(&["user_id"]) {
        return Some(User::Id(id));
    }
    let name = options.auth(&["user_name", "username"])?;
    let domain = domain(options, "user_domain");
    Some(User::Name { name, domain })
}

/// The domain of the user or the project; the default one where none is said.
fn domain(options: &Options, of: &str) -> Domain {
    // `domain_id` stands for both where there is a project.
    let of_both = |kind| match is_scoped_to_project(options) {
        true => options.auth(&[kind]),
        false => None,
    };
    let id = options
        .auth(&[&format!("{of}_id")])
        .or_else(|| of_both("domain_id"));
    let name = options
        .auth(&[&format!("{of}_name")])
        .or_else(|| of_both("domain_name"));
    match (id, name) {
        (Some(id), _) => Domain::Id(id),
        (_, Some(name)) => Domain::Name(name),
        _ => Domain::Id(
            options
                .text("default_domain")
                .unwrap_or("default")
                .to_owned(),
        ),
    }
}

fn is_scoped_to_project(options: &Options) -> bool {
    PROJECT.iter().any(|names| options.secret(names).is_some())
}

fn scope(options: &Options) -> Result<Scope, String> {
    if options.secret(&["trust_id"]).is_some() {
        return Err("`trust_id` is not known here: an application credential does the same".into());
    }
    let [id, name] = PROJECT.map(|names| options.auth(&names));
    let project = match (id, name) {
        (Some(id), _) => Some(Project::Id(id)),
        (_, Some(name)) => Some(Project::Name {
            name,
            domain: domain(options, "project_domain"),
        }),
        _ => None,
    };
    let domain = match &project {
        Some(_) => None,
        None => match (options.auth(&["domain_id"]), options.auth(&["domain_name"])) {
            (Some(id), _) => Some(Domain::Id(id)),
            (_, name) => name.map(Domain::Name),
        },
    };
    let system = match options.auth(&["system_scope"]).as_deref() {
        None => None,
        Some("all") => Some(Scope::System),
        Some(other) => {
            let other = tame(other, 80);
            return Err(format!(
                "`system_scope: {other}`: `all` is the only one there is"
            ));
        }
    };
    match (project, domain, system) {
        (None, None, None) => Ok(Scope::Own),
        (Some(project), None, None) => Ok(Scope::Project(project)),
        (None, Some(domain), None) => Ok(Scope::Domain(domain)),
        (None, None, Some(system)) => Ok(system),
        (project, ..) => {
            let other = if project.is_some() {
                "a project"
            } else {
                "a domain"
            };
            Err(format!(
                "a token is for {other} or for the system, and both are asked for: take `system_scope` or the other out"
            ))
        }
    }
}
