//! `[api]`: who may use Valence's own API.

use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::section::Section;
use super::setting::{Setting, choice};
use super::{ConfigError, Problem};
use crate::node::VerifyCa;

/// `[api]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSection {
    /// How callers are known.
    pub auth: ApiAuth,
    /// Whether a server that knows nobody may be reached from other machines.
    pub open: bool,
    /// The proxies that say truly for whom they ask.
    pub proxies: Vec<IpNet>,
    /// Whether everybody may look at the metrics.
    pub open_metrics: bool,
}

/// How callers are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiAuth {
    /// Not at all.
    None,
    /// By a file of users.
    HttpBasic {
        /// The file.
        htpasswd: PathBuf,
        /// Those who may manage and register nodes.
        managers: Vec<String>,
        /// Those who may do everything.
        admins: Vec<String>,
    },
    /// By tokens of Keystone's.
    Keystone {
        /// Its address.
        keystone: Url,
        /// How its certificate is checked.
        verify_ca: VerifyCa,
        /// The names of roles that make a reader, a manager, an administrator.
        roles: [Vec<String>; 3],
        /// The projects in which they count.
        projects: Vec<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    None,
    HttpBasic,
    Keystone,
}

choice!(Strategy, "`\"none\"`, `\"http_basic\"` or `\"keystone\"`",
    "none" => Strategy::None,
    "http_basic" => Strategy::HttpBasic,
    "keystone" => Strategy::Keystone,
);

const HTTP_BASIC: [&str; 3] = ["htpasswd", "managers", "admins"];

const KEYSTONE: [&str; 6] = [
    "keystone",
    "cacert",
    "reader_roles",
    "manager_roles",
    "admin_roles",
    "projects",
];

pub(super) fn read(mut section: Section<'_>) -> Result<ApiSection, ConfigError> {
    let strategy = section.or("auth", Strategy::None)?;
    let (others, name): (&[&[&str]], _) = match strategy {
        Strategy::None => (&[&HTTP_BASIC, &KEYSTONE, &["open_metrics"]], "none"),
        Strategy::HttpBasic => (&[&["open"], &KEYSTONE], "http_basic"),
        Strategy::Keystone => (&[&["open"], &HTTP_BASIC], "keystone"),
    };
    // What is not looked at would lock nobody out.
    for key in others.iter().copied().flatten() {
        section.refuse(key, &format!("it has no meaning with `auth = \"{name}\"`"))?;
    }
    let (open_to, basic, keystones) = (
        strategy == Strategy::None,
        strategy == Strategy::HttpBasic,
        strategy == Strategy::Keystone,
    );
    let open = or_nothing(&mut section, open_to, "open", false)?;
    let proxies = section.or("proxies", Vec::new())?;
    let open_metrics = or_nothing(&mut section, !open_to, "open_metrics", false)?;
    let htpasswd = section.placed("htpasswd")?;
    let managers = or_nothing(&mut section, basic, "managers", Vec::new())?;
    let admins = or_nothing(&mut section, basic, "admins", Vec::new())?;
    let keystone = section.placed::<Url>("keystone")?;
    let cacert: Option<PathBuf> = section.optional("cacert")?;
    let mut roles = |key, name: &str| {
        let default = vec![name.to_owned()];
        or_nothing(&mut section, keystones, key, default)
    };
    let roles = [
        roles("reader_roles", "reader")?,
        roles("manager_roles", "manager")?,
        roles("admin_roles", "admin")?,
    ];
    let projects = or_nothing(&mut section, keystones, "projects", Vec::new())?;
    let missing = |key, expected| Err(section.error(key, None, Problem::Missing { expected }));
    let auth = match (strategy, htpasswd, keystone) {
        (Strategy::None, ..) => ApiAuth::None,
        (Strategy::HttpBasic, Some((htpasswd, _)), _) => ApiAuth::HttpBasic {
            htpasswd,
            managers,
            admins,
        },
        (Strategy::HttpBasic, None, _) => {
            return missing("htpasswd", "the path of a file of users");
        }
        (Strategy::Keystone, _, Some((keystone, _))) => ApiAuth::Keystone {
            keystone,
            verify_ca: cacert.map_or_else(VerifyCa::default, |path| {
                VerifyCa::File(path.to_string_lossy().into_owned())
            }),
            roles,
            projects,
        },
        (Strategy::Keystone, _, None) => return missing("keystone", "the address of keystone"),
    };
    section.finish()?;
    Ok(ApiSection {
        auth,
        open,
        proxies,
        open_metrics,
    })
}

/// The key's value, or `default`; where it has no meaning, it is not shown either.
fn or_nothing<T: Setting>(
    section: &mut Section<'_>,
    has_meaning: bool,
    key: &'static str,
    default: T,
) -> Result<T, ConfigError> {
    match has_meaning {
        true => section.or(key, default),
        false => Ok(section.optional(key)?.unwrap_or(default)),
    }
}
