//! How documents are given out: pages, expanded members, entity tags.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, Asked};
use super::documents::Documents;

/// How a service keeps to what it says of `$expand`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expand {
    /// Members come whole.
    Whole,
    /// Members come without what is below their first level, as some services do.
    Lossy,
    /// It says that it can, and answers with links all the same.
    Ignored,
    /// It says that it can, and fails.
    Failing,
}

/// How documents are given out.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// So many members on a page.
    pub(super) page: Option<usize>,
    pub(super) expand: Option<Expand>,
    pub(super) etags: bool,
}

impl Reading {
    /// Has the root say what there is.
    pub(super) fn furnish(&self, documents: &mut Documents) {
        let Some(root) = documents.get_mut("/redfish/v1") else {
            return;
        };
        let can = self.expand.is_some();
        let mut expand = json!({"ExpandAll": can, "Levels": can, "Links": can, "NoLinks": can});
        if can {
            expand["MaxLevels"] = json!(2);
        }
        if can || root.get("ProtocolFeaturesSupported").is_some() {
            root["ProtocolFeaturesSupported"]["ExpandQuery"] = expand;
        }
    }

    /// The answer to a GET.
    pub(super) fn answer(&self, asked: &Asked, documents: &Documents) -> Answer {
        // A recorded page of a collection is a document of its own.
        let page = asked.raw_query.as_ref();
        let page = page.and_then(|query| documents.get(&format!("{}?{query}", asked.path)));
        let Some(document) = page.or_else(|| documents.get(&asked.path)) else {
            return Answer::missing(&asked.path);
        };
        let mut document = document.clone();
        if let Some(refused) = self.cut(asked, &mut document) {
            return refused;
        }
        if let Some(option) = asked.option("$expand")
            && let Some(refused) = self.expanded(option, &mut document, documents)
        {
            return refused;
        }
        self.tagged(asked, document)
    }

    fn cut(&self, asked: &Asked, document: &mut Value) -> Option<Answer> {
        let page = self.page?;
        let all = document.get("Members")?.as_array()?.clone();
        let number = |key, other: usize| match asked.option(key) {
            None => Ok(other),
            Some(text) => text
                .parse()
                .map_err(|_| Answer::refused(format!("`{key}` is no number"))),
        };
        let (skip, top) = match (number("$skip", 0), number("$top", page)) {
            (Ok(skip), Ok(top)) => (skip, top.min(page)),
            (Err(refused), _) | (_, Err(refused)) => return Some(refused),
        };
        let rest: Vec<_> = all.iter().skip(skip).take(top).cloned().collect();
        let next = skip + rest.len();
        document["Members"] = json!(rest);
        if next < all.len() && asked.option("$top").is_none() {
            let mut query = format!("$skip={next}");
            if let Some(expand) = asked.option("$expand") {
                query.push_str(&format!("&$expand={expand}"));
            }
            document["Members@odata.nextLink"] = json!(format!("{}?{query}", asked.path));
        }
        None
    }

    fn expanded(
        &self,
        option: &str,
        document: &mut Value,
        documents: &Documents,
    ) -> Option<Answer> {
        let Some(kind) = self.expand else {
            // DSP0266 asks for this, of services that cannot.
            return Some(Answer::error(
                StatusCode::NOT_IMPLEMENTED,
                "`$expand` is not supported",
            ));
        };
        if !option.starts_with(['*', '.', '~']) {
            return Some(Answer::refused(format!("`$expand={option}` is none")));
        }
        match kind {
            Expand::Ignored => return None,
            Expand::Failing => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                return Some(Answer::error(status, "cannot expand this"));
            }
            Expand::Whole | Expand::Lossy => {}
        }
        for member in document.get_mut("Members")?.as_array_mut()? {
            let path = member.get("@odata.id").and_then(Value::as_str);
            let Some(whole) = path.and_then(|path| documents.get(path)) else {
                continue;
            };
            *member = whole.clone();
            if kind == Expand::Lossy
                && let Some(member) = member.as_object_mut()
            {
                member.retain(|_, value| !value.is_object() && !value.is_array());
            }
        }
        None
    }

    fn tagged(&self, asked: &Asked, document: Value) -> Answer {
        if !self.etags {
            return Answer::of(document);
        }
        let tag = etag(&document);
        if asked.header("if-none-match") == Some(&tag) {
            let mut same = Answer::done().with("etag", tag);
            same.status = StatusCode::NOT_MODIFIED;
            return same;
        }
        Answer::of(document).with("etag", tag)
    }

    /// Why `document` may not be changed as `asked`.
    pub(super) fn precondition(&self, asked: &Asked, document: &Value) -> Option<Answer> {
        let wanted = asked.header("if-match")?;
        let met = !self.etags || wanted == "*" || wanted == etag(document);
        (!met).then(|| {
            Answer::error(
                StatusCode::PRECONDITION_FAILED,
                "it has changed since it was read",
            )
        })
    }
}

/// Changes with the document.
fn etag(document: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    document.to_string().hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
