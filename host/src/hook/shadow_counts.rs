//! What a hook in shadow mode would have done, counted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::enrollment::{Difference, field};

/// More fields than these are not told apart.
const MOST_FIELDS: usize = 200;

/// What a call in shadow mode came to.
#[derive(Clone, Copy, Debug)]
pub enum Shadowed<'a> {
    /// It would have changed nothing, and said nothing.
    Agreed,
    /// It would have changed this.
    Changed(&'a [Difference]),
    /// It would have warned.
    Warned,
    /// It would have denied the node, or failed.
    Ended,
}

/// How many calls in shadow mode would have done what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShadowCounts {
    /// Nothing.
    pub agreed: u64,
    /// Changed something.
    pub changed: u64,
    /// Warned.
    pub warned: u64,
    /// Denied, or failed.
    pub ended: u64,
    /// Of those that would have changed something: how often which field, ports and
    /// port groups taken together.
    pub fields: BTreeMap<String, u64>,
}

impl ShadowCounts {
    pub(super) fn count(&mut self, pointer: &str) {
        let field = field(pointer);
        if let Some(count) = self.fields.get_mut(&*field) {
            *count += 1;
        } else if self.fields.len() < MOST_FIELDS {
            self.fields.insert(field.into_owned(), 1);
        }
    }
}
