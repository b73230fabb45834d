//! Lists: a bare array of records, filtered, sorted and paged as OpenStack's
//! are.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::enrollment::Object;
use crate::text::tame;

use super::base::Base;
use super::problem::Refusal;
use super::query::{Query, unknown};

/// Query keys of lists that are no filters.
const RESERVED: [&str; 6] = [
    "limit", "marker", "sort_key", "sort_dir", "fields", "detail",
];

/// What records are told from each other by where each has a uuid.
pub(super) const BY_UUID: &[&str] = &["uuid"];

/// What the records of a list look like.
#[derive(Debug)]
pub(super) struct Shape {
    /// The list's path.
    pub(super) path: &'static str,
    /// All fields.
    pub(super) fields: &'static [&'static str],
    /// Those that are shown unless more are asked for.
    pub(super) brief: &'static [&'static str],
    /// Those by which one can filter.
    pub(super) filters: &'static [&'static str],
    /// Those that, one behind the other, are a record's marker.
    pub(super) key: &'static [&'static str],
}

/// A request for a list, of which nothing has been looked at.
pub(super) struct Asked {
    query: Query,
    base: Base,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = Query::from_request_parts(parts, state).await?;
        let Ok(base) = Base::from_request_parts(parts, state).await;
        Ok(Self { query, base })
    }
}

impl Asked {
    /// With `key` for `old`, as an earlier API called it.
    pub(super) fn with_old(mut self, old: &str, key: &str) -> Self {
        self.query = self.query.renamed(old, key);
        self
    }

    /// What is asked of the list of `shape`.
    pub(super) fn of(self, shape: &'static Shape) -> Result<Listing, Refusal> {
        Listing::read(self, shape)
    }
}

/// What is asked of a list.
#[derive(Debug)]
pub(super) struct Listing {
    query: Query,
    base: Base,
    shape: &'static Shape,
    limit: Option<usize>,
    marker: Option<String>,
    sort_key: Option<String>,
    descending: bool,
    fields: Vec<String>,
}

impl Listing {
    fn read(Asked { query, base }: Asked, shape: &'static Shape) -> Result<Self, Refusal> {
        for (key, _) in query.others(&RESERVED) {
            if !shape.filters.contains(&key) {
                let known = [shape.filters, &RESERVED].concat();
                return Err(unknown(key, &known));
            }
        }
        for filter in shape.filters {
            query.one(filter)?;
        }
        let limit = query.one("limit")?.map(limit).transpose()?;
        let marker = query.one("marker")?.map(str::to_owned);
        let sort_key = query
            .one("sort_key")?
            .map(|key| known_field("sort_key", key, shape))
            .transpose()?;
        let descending = match query.one("sort_dir")? {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => {
                return Err(Refusal::bad_request(format!(
                    "`sort_dir` is to be `asc` or `desc`, not `{}`",
                    tame(other, 100)
                )));
            }
        };
        let fields = fields(&query, shape)?;
        Ok(Self {
            limit,
            marker,
            sort_key,
            descending,
            fields,
            query,
            base,
            shape,
        })
    }

    /// The record after which it goes on, if it is to.
    pub(super) fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    /// The filter by `key`, if there is one.
    pub(super) fn filter(&self, key: &str) -> Result<Option<&str>, Refusal> {
        self.query.one(key)
    }

    /// The reply: of `records`, those that are asked for.
    pub(super) fn page(
        &self,
        records: impl IntoIterator<Item = Object>,
    ) -> Result<Response, Refusal> {
        let mut records: Vec<_> = records.into_iter().collect();
        for (key, value) in self.query.others(&RESERVED) {
            // A record that spells it out differently was let through by the
            // store on purpose: a pod manager's name for its uuid.
            records.retain(|record| key == "podm_id" || word(record.get(key)) == value);
        }
        self.sort(&mut records);
        let mut rest = self.after_marker(records)?;
        let more = self.limit.is_some_and(|limit| rest.len() > limit);
        rest.truncate(self.limit.unwrap_or(usize::MAX));
        let next = more
            .then(|| self.next(rest.last()))
            .and_then(|link| HeaderValue::from_str(&link).ok());
        for record in &mut rest {
            record.retain(|key, _| self.fields.iter().any(|field| field == key));
        }
        let mut response = Json(rest).into_response();
        if let Some(next) = next {
            response.headers_mut().insert(header::LINK, next);
        }
        Ok(response)
    }

    fn sort(&self, records: &mut [Object]) {
        if let Some(key) = &self.sort_key {
            records.sort_by_cached_key(|record| (word(record.get(key)), self.marker_of(record)));
        }
        if self.descending {
            records.reverse();
        }
    }

    fn after_marker(&self, mut records: Vec<Object>) -> Result<Vec<Object>, Refusal> {
        let Some(marker) = &self.marker else {
            return Ok(records);
        };
        let Some(place) = records
            .iter()
            .position(|record| self.marker_of(record) == *marker)
        else {
            return Err(Refusal::bad_request(format!(
                "`marker` is to be the {} of the last record seen; `{}` is none in this list",
                self.shape.key.join(" and "),
                tame(marker, 100)
            )));
        };
        Ok(records.split_off(place + 1))
    }

    fn marker_of(&self, record: &Object) -> String {
        let words = self.shape.key.iter().map(|key| word(record.get(*key)));
        words.collect()
    }

    fn next(&self, last: Option<&Object>) -> String {
        let marker = last.map(|last| self.marker_of(last)).unwrap_or_default();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.query.others(&["marker"]))
            .append_pair("marker", &marker)
            .finish();
        format!("<{}{}?{query}>; rel=\"next\"", self.base.0, self.shape.path)
    }
}

fn limit(text: &str) -> Result<usize, Refusal> {
    // Within what every client's numbers can hold.
    match text.parse::<i32>().map(usize::try_from) {
        Ok(Ok(limit)) if limit > 0 => Ok(limit),
        _ => Err(Refusal::bad_request(format!(
            "`limit` is to be a number above 0, not `{}`",
            tame(text, 100)
        ))),
    }
}

fn fields(query: &Query, shape: &Shape) -> Result<Vec<String>, Refusal> {
    let asked: Vec<_> = query
        .all("fields")
        .flat_map(|list| list.split(','))
        .map(|field| known_field("fields", field.trim(), shape))
        .collect::<Result<_, _>>()?;
    let detail = query.switch("detail")?;
    match (asked.is_empty(), detail) {
        (false, true) => Err(Refusal::bad_request(
            "`fields` and `detail` do not go together",
        )),
        (false, false) => Ok(asked),
        (true, true) => Ok(owned(shape.fields)),
        (true, false) => Ok(owned(shape.brief)),
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn known_field(option: &str, field: &str, shape: &Shape) -> Result<String, Refusal> {
    if shape.fields.contains(&field) {
        return Ok(field.to_owned());
    }
    Err(Refusal::bad_request(format!(
        "`{option}` names `{}`, which is no field of these records: there are {}",
        tame(field, 100),
        super::fields::list(shape.fields)
    )))
}

/// A value as it would stand in a query.
fn word(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
