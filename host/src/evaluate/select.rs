//! `when`: for which nodes a hook runs.

use super::{Rejection, unread};
use crate::enrollment::glob;
use crate::hook::{Selector, Session};

/// Whether a hook with the selector `when` runs in `session`.
pub(super) async fn selects(when: &Selector, session: &Session) -> Result<bool, Rejection> {
    let subject = session.subject();
    if !one_of(&when.pod_manager, Some(&subject.pod_manager))
        || !one_of(&when.node, Some(&subject.node_name))
    {
        return Ok(false);
    }
    if when.manufacturer.is_empty() && when.model.is_empty() && when.system_type.is_empty() {
        return Ok(true);
    }
    let identity = session.inventory().identity().await.map_err(unread)?;
    Ok(one_of(&when.manufacturer, identity.manufacturer.as_deref())
        && one_of(&when.model, identity.model.as_deref())
        && one_of(&when.system_type, identity.system_type.as_deref()))
}

/// Whether `text` matches one of `globs`, if there are any. Case makes no
/// difference: one vendor writes its name in three ways.
fn one_of(globs: &[String], text: Option<&str>) -> bool {
    if globs.is_empty() {
        return true;
    }
    let Some(text) = text.map(str::to_lowercase) else {
        return false;
    };
    globs
        .iter()
        .any(|pattern| glob(&pattern.to_lowercase(), &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_alternatives_and_what_is_absent_matches_none() {
        let globs = ["Dell*".to_owned(), "HPE".to_owned()];
        assert!(one_of(&globs, Some("DELL Inc.")));
        assert!(one_of(&globs, Some("HPE")));
        assert!(!one_of(&globs, Some("HP")));
        assert!(!one_of(&globs, None));
        assert!(one_of(&[], None));
    }
}
