//! One request to Ironic.

use reqwest::Method;
use serde_json::Value;

use crate::rules::Microversion;
use crate::secret::Secret;

/// A field of a resource, and since when there is one.
pub(super) type Field = (&'static str, Microversion);

/// What is asked of Ironic.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The segments of the path after `/v1`, not escaped.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(&'static str, String)>,
    /// What of a resource is to be shown; all if there is none.
    pub(super) fields: &'static [Field],
    pub(super) body: Option<Value>,
    /// A password in the body, which must not come back in an error.
    pub(super) hide: Option<&'a Secret>,
}

impl<'a> Call<'a> {
    pub(super) fn new<S: ToString, const N: usize>(method: Method, path: [S; N]) -> Self {
        Self {
            method,
            path: path.iter().map(ToString::to_string).collect(),
            query: Vec::new(),
            fields: &[],
            body: None,
            hide: None,
        }
    }

    pub(super) fn get<S: ToString, const N: usize>(path: [S; N]) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    /// Only these are to be shown, as far as the version in use knows them: Ironic
    /// refuses to show others.
    pub(super) fn only(mut self, fields: &'static [Field]) -> Self {
        self.fields = fields;
        self
    }

    /// What asks version `api` for the fields.
    pub(super) fn fields_in(&self, api: Microversion) -> Option<[(&'static str, String); 1]> {
        let known = self.fields.iter().filter(|(_, since)| *since <= api);
        let names: Vec<_> = known.map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| [("fields", names.join(","))])
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn hiding(mut self, secret: Option<&'a Secret>) -> Self {
        self.hide = secret;
        self
    }

    /// Method and path, for a sentence.
    pub(super) fn name(&self) -> String {
        format!("{} /v1/{}", self.method, self.path.join("/"))
    }
}
