//! The members on one page of a collection, in the forms that services give them.

use serde_json::{Map, Value, json};

use super::{Document, PathError, ReadError, ResourcePath};

/// One page of a collection (DSP0266, "Resource collection responses").
pub(super) struct Page {
    /// The members, in their order.
    pub(super) members: Vec<Member>,
    /// Where the next page is.
    pub(super) next: Option<Result<ResourcePath, PathError>>,
}

/// One member of a collection.
pub(super) struct Member {
    /// Its path.
    pub(super) path: ResourcePath,
    /// What the collection holds of it, where that is more than a link.
    pub(super) inline: Option<Inline>,
}

/// What a collection holds of a member.
#[derive(Clone)]
pub(super) struct Inline {
    /// The member's body, or a part of it.
    pub(super) body: Value,
    /// Whether it has what DSP0266 asks of every resource. If not, it may lack
    /// anything, and is only better than nothing.
    pub(super) whole: bool,
}

/// The members on the page `document`; none if it is no collection.
///
/// A member that says nothing of where it is, such as `null` or `{}`, is left
/// out, unless all are like that.
pub(super) fn page(document: &Document) -> Result<Option<Page>, ReadError> {
    let Some(listed) = document.get("/Members").and_then(Value::as_array) else {
        // Some leave `Members` out where there are none.
        let none = document
            .get("/Members@odata.count")
            .is_some_and(|count| count == 0);
        return Ok(none.then_some(Page {
            members: Vec::new(),
            next: None,
        }));
    };
    let mut members = Vec::new();
    for listed in listed {
        members.extend(member(document.path(), listed)?);
    }
    if members.is_empty() && !listed.is_empty() {
        return Err(ReadError::Malformed {
            path: document.path().clone(),
            reason: "none of its `Members` has an `@odata.id`".into(),
        });
    }
    let next = ["/Members@odata.nextLink", "/@odata.nextLink"]
        .into_iter()
        .find_map(|pointer| document.text(pointer))
        .filter(|link| !link.is_empty())
        .map(ResourcePath::page);
    Ok(Some(Page { members, next }))
}

/// The members that `collection` holds whole. It keeps the links, to these and to the
/// others.
pub(super) fn taken_out(collection: &mut Value) -> Vec<(ResourcePath, Inline)> {
    let mut taken = Vec::new();
    let listed = collection.get_mut("Members").and_then(Value::as_array_mut);
    for member in listed.into_iter().flatten() {
        let Some(link) = member.get("@odata.id").cloned() else {
            continue;
        };
        let Some(Ok(path)) = link.as_str().map(str::parse) else {
            continue;
        };
        let body = std::mem::replace(member, json!({"@odata.id": link}));
        if is_expanded(&body) {
            taken.push((path, Inline { body, whole: true }));
        }
    }
    taken
}

/// Whether a member of an expanded collection is more than a link. It need not have all
/// that DSP0266 asks of it, for it is seen to be what it is when it is read.
pub(super) fn is_expanded(member: &Value) -> bool {
    ["@odata.id", "@odata.type", "Id"]
        .iter()
        .all(|key| member.get(*key).is_some())
}

/// Whether it has what DSP0266 asks of every resource.
fn is_whole(object: &Map<String, Value>) -> bool {
    ["@odata.type", "Id", "Name"]
        .iter()
        .all(|key| object.contains_key(*key))
}

fn member(collection: &ResourcePath, listed: &Value) -> Result<Option<Member>, PathError> {
    let Some(object) = listed.as_object() else {
        return Ok(None);
    };
    let text = |key: &str| {
        let text = object.get(key)?.as_str()?;
        (!text.is_empty()).then_some(text)
    };
    let path = match (text("@odata.id"), text("Id")) {
        (Some(link), _) => link.parse()?,
        (None, Some(id)) => collection.join(id)?,
        (None, None) => return Ok(None),
    };
    let inline = object.keys().any(|key| key != "@odata.id").then(|| Inline {
        body: listed.clone(),
        whole: is_whole(object),
    });
    Ok(Some(Member { path, inline }))
}
