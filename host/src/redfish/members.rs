//! The members on one page of a collection, in the forms that services give them.

use serde_json::Value;

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
    let has = |key: &str| object.contains_key(key);
    let inline = object.keys().any(|key| key != "@odata.id").then(|| Inline {
        body: listed.clone(),
        whole: has("@odata.type") && has("Id") && has("Name"),
    });
    Ok(Some(Member { path, inline }))
}
