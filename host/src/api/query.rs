//! Query strings: every key is known, or the caller is told.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::text::{nearest, tame};

use super::fields::list;
use super::problem::Refusal;

/// The pairs of a query string, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the `?`.
    pub(super) fn parse(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// Whether `key` stands there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    /// The one value of `key`.
    pub(super) fn one(&self, key: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.pairs().filter(|(name, _)| *name == key);
        let first = values.next();
        match values.next() {
            None => Ok(first.map(|(_, value)| value)),
            Some(_) => Err(Refusal::bad_request(format!(
                "the option `{key}` is given more than once"
            ))),
        }
    }

    /// The values of `key`.
    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs()
            .filter(move |(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// `key` as a switch: `?key`, `?key=true`, `?key=false`.
    pub(super) fn switch(&self, key: &str) -> Result<bool, Refusal> {
        match self.one(key)? {
            None => Ok(false),
            Some(value) => match value.to_ascii_lowercase().as_str() {
                "" | "true" | "1" | "yes" => Ok(true),
                "false" | "0" | "no" => Ok(false),
                _ => Err(Refusal::bad_request(format!(
                    "`{key}` is to be `true` or `false`, not `{}`",
                    tame(value, 100)
                ))),
            },
        }
    }

    /// The rest, without `keys`.
    pub(super) fn without(&self, keys: &[&str]) -> Self {
        let rest = self
            .0
            .iter()
            .filter(|(key, _)| !keys.contains(&key.as_str()));
        Self(rest.cloned().collect())
    }

    /// The same with `key` wherever it says `old`.
    pub(super) fn renamed(mut self, old: &str, key: &str) -> Self {
        for (name, _) in self.0.iter_mut().filter(|(name, _)| name == old) {
            key.clone_into(name);
        }
        self
    }

    /// The pairs whose keys are not among `reserved`.
    pub(super) fn others<'a>(
        &'a self,
        reserved: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs().filter(|(key, _)| !reserved.contains(key))
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Refuses every key that is not among `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.others(known).next() {
            None => Ok(()),
            Some((key, _)) => Err(unknown(key, known)),
        }
    }
}

/// There is no option `key`.
pub(super) fn unknown(key: &str, known: &[&str]) -> Refusal {
    let advice = match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none here".to_owned(),
        None => format!("there are {}", list(known)),
    };
    Refusal::bad_request(format!("unknown option `{}`: {advice}", tame(key, 100)))
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}
