//! `authentication` of a pod manager: `[{type: "basic", auth_items: {username,
//! password}}]`. The password goes in and never comes out. Or the name of
//! `[credentials.NAME]`: `[{type: "reference", auth_items: {credentials}}]`.

use serde_json::{Value, json};

use crate::secret::{MASK, Secret};

use super::fields::{Fields, at, wrong};
use super::problem::Refusal;

/// What a caller gave.
pub(super) enum Given {
    /// An account.
    Basic(Basic),
    /// The name of one of the configuration's.
    Reference(String),
}

/// An account. A masked password is none: it stays what it is.
pub(super) struct Basic {
    /// The account.
    pub(super) username: String,
    /// Its password, unless it is the mask.
    pub(super) password: Option<Secret>,
}

/// Reads it from `value`, which stands at `pointer`. None for an empty list.
pub(super) fn read(value: Value, pointer: &str) -> Result<Option<Given>, Refusal> {
    let Value::Array(entries) = value else {
        return Err(wrong(pointer, "a list", &value));
    };
    let mut entries = entries.into_iter();
    let Some(entry) = entries.next() else {
        return Ok(None);
    };
    if entries.next().is_some() {
        return Err(at(
            pointer.to_owned(),
            "`authentication` is to have one entry: a pod manager is talked to in one way".into(),
        ));
    }
    let mut entry = Fields::of(entry, format!("{pointer}/0"), &["type", "auth_items"])?;
    let kind = entry.text("type")?;
    if kind == "reference" {
        let items = entry.pointer("auth_items");
        let mut items = Fields::of(entry.require("auth_items")?, items, &["credentials"])?;
        return Ok(Some(Given::Reference(items.text("credentials")?)));
    }
    if kind != "basic" {
        return Err(at(
            entry.pointer("type"),
            format!(
                "`{}` is no way to log in here: `type` is to be `basic` or `reference`",
                crate::text::tame(&kind, 100)
            ),
        ));
    }
    let items = entry.pointer("auth_items");
    let mut items = Fields::of(
        entry.require("auth_items")?,
        items,
        &["username", "password"],
    )?;
    let username = items.text("username")?;
    let password = items.text("password")?;
    Ok(Some(Given::Basic(Basic {
        username,
        password: (password != MASK).then(|| Secret::new(password)),
    })))
}

/// How it is shown.
pub(super) fn shown(username: Option<&str>) -> Value {
    match username {
        None => json!([]),
        Some(username) => json!([{
            "type": "basic",
            "auth_items": {"username": username, "password": MASK},
        }]),
    }
}

/// How a reference is shown.
pub(super) fn reference(name: &str) -> Value {
    json!([{"type": "reference", "auth_items": {"credentials": name}}])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(value: Value) -> Option<(String, Option<String>)> {
        read(value, "/authentication").unwrap().map(|given| {
            let Given::Basic(given) = given else {
                panic!("a reference");
            };
            let password = given.password.map(|secret| secret.expose().to_owned());
            (given.username, password)
        })
    }

    #[test]
    fn what_is_shown_can_be_written_back_and_changes_no_password() {
        assert_eq!(
            given(shown(Some("admin"))),
            Some(("admin".to_owned(), None))
        );
        assert_eq!(given(shown(None)), None);
    }

    #[test]
    fn a_password_is_taken() {
        let value = json!([
            {"type": "basic", "auth_items": {"username": "admin", "password": "hunter2"}}
        ]);
        assert_eq!(
            given(value),
            Some(("admin".to_owned(), Some("hunter2".to_owned())))
        );
    }
}
