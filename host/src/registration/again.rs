//! Registering a node that is registered already.

use crate::enrollment::{Difference, Enrollment, differences};
use crate::failure::{Cause, Failure};
use crate::node::Node;
use crate::store::RegistrationState;
use crate::text::tame;

/// How many differences a refusal spells out.
const SPELT_OUT: usize = 5;

/// The refusal to register `node` again with other values.
pub(super) fn differs(node: &Node, before: &Enrollment, now: &Enrollment) -> Failure {
    let found = differences(before, now);
    let what = if found.is_empty() {
        "its credentials have changed".to_owned()
    } else {
        let mut sentences: Vec<_> = found.iter().take(SPELT_OUT).map(sentence).collect();
        if found.len() > SPELT_OUT {
            sentences.push(format!("and {} more", found.len() - SPELT_OUT));
        }
        sentences.join(", ")
    };
    Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` is registered already, and now it would differ: {what}; nothing was changed. \
             To have it so, deregister the node and register it again (`on_conflict=update`, which will do \
             this in place, is not there yet)",
            node.name
        ),
    )
}

/// The refusal where the last registration ended half-way.
pub(super) fn unsettled(node: &Node, state: RegistrationState) -> Failure {
    Failure::new(
        Cause::Conflict,
        format!(
            "the last registration of node `{}` is `{}`: deregister it, then register it again",
            node.name,
            state.name()
        ),
    )
}

/// The refusal where Ironic has lost a node that it had.
pub(super) fn lost(node: &Node) -> Failure {
    Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` is registered already, but Ironic has no node with valence's mark under its uuid any more: \
             deregister it, then register it again",
            node.name
        ),
    )
}

fn sentence(difference: &Difference) -> String {
    let show = |value: &Option<serde_json::Value>| match value {
        Some(value) => format!("`{}`", tame(&value.to_string(), 80)),
        None => "nothing".to_owned(),
    };
    format!(
        "`{}` was {} and would be {}",
        difference.pointer,
        show(&difference.from),
        show(&difference.to)
    )
}
