//! `[store]`: where Valence remembers.

use std::path::{Path, PathBuf};

use super::ConfigError;
use super::section::Section;
use super::setting::Setting;
use super::tree::Value;
use crate::secret::{MASK, Secret};

/// `[store]`.
pub struct StoreSection {
    /// The database's url, for `Store::open`. That of PostgreSQL may hold a
    /// password.
    pub url: Secret,
    /// The file with the key that passwords are sealed with. None: beside the
    /// database.
    pub key_file: Option<PathBuf>,
}

impl StoreSection {
    /// The file of a SQLite database.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let rest = self.url.expose().strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let path = path.split('?').next().unwrap_or_default();
        if path.is_empty() || path.starts_with(":memory:") {
            return None;
        }
        let path = path.replace("%23", "#").replace("%3F", "?");
        Some(path.replace("%25", "%").into())
    }
}

const DEFAULT: &str = "sqlite:///var/lib/valence/valence.db";

pub(super) fn read(mut section: Section<'_>) -> Result<StoreSection, ConfigError> {
    let DatabaseUrl(url) = section.or("url", DatabaseUrl(Secret::new(DEFAULT)))?;
    let key_file = section.optional("key_file")?;
    section.finish()?;
    Ok(StoreSection { url, key_file })
}

struct DatabaseUrl(Secret);

impl Setting for DatabaseUrl {
    const EXPECTED: &'static str =
        "a url such as `\"sqlite:///path/to/file\"`, `\"sqlite::memory:\"` or `\"postgres://…\"`";
    const SECRET: bool = true;

    fn read(value: &Value, base: &Path) -> Option<Self> {
        let url = value.text()?;
        if let Some(rest) = url.strip_prefix("sqlite:") {
            return Some(Self(Secret::new(beside(rest, base)?)));
        }
        let known = ["postgres://", "postgresql://"];
        known
            .iter()
            .any(|scheme| url.starts_with(scheme))
            .then(|| Self(Secret::new(url)))
    }

    fn show(&self) -> String {
        let url = self.0.expose();
        let masked = match url::Url::parse(url) {
            Ok(mut parsed) if parsed.has_host() => {
                let pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
                if parsed.password().is_some() {
                    // Fails for urls without a host only.
                    let _ = parsed.set_password(Some(MASK));
                }
                if pairs.iter().any(|(key, _)| key == "password") {
                    parsed.query_pairs_mut().clear().extend_pairs(
                        pairs.iter().map(|(key, value)| {
                            (key, if key == "password" { MASK } else { value })
                        }),
                    );
                }
                parsed.to_string()
            }
            _ if url.starts_with("sqlite:") => url.to_owned(),
            _ => MASK.to_owned(),
        };
        toml::Value::from(masked).to_string()
    }
}

/// The url of a SQLite file whose path, if it is relative, is so to `base`.
fn beside(rest: &str, base: &Path) -> Option<String> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        return None;
    }
    if path.starts_with('/') || path.starts_with(":memory:") {
        return Some(format!("sqlite:{rest}"));
    }
    // The path of a url is escaped; the directory's is not.
    let base = base.to_str()?.replace('%', "%25").replace('?', "%3F");
    Some(match base.is_empty() {
        true => format!("sqlite:{rest}"),
        false => format!("sqlite://{}/{path}", base.replace('#', "%23")),
    })
}
