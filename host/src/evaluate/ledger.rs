//! Who set what: the changes of an evaluation, and who set each value last.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use serde_json::Value;

use crate::enrollment::{Author, Change, Difference, Enrollment, Reading, differences, each_leaf};

/// The differences between two enrollments down to single values. An object that
/// comes into an empty one is told by its values: who adds one key to `extra`
/// has nothing to do with who adds another.
pub(super) fn leaves(before: &Enrollment, after: &Enrollment) -> Vec<Difference> {
    let mut found = Vec::new();
    for difference in differences(before, after) {
        match (&difference.from, &difference.to) {
            (from, Some(Value::Object(to))) if is_nothing(from) && !to.is_empty() => {
                each_leaf(&difference.pointer, to, &mut |pointer, value| {
                    found.push(Difference {
                        pointer,
                        from: None,
                        to: Some(value.clone()),
                    });
                });
            }
            (Some(Value::Object(from)), to) if is_nothing(to) && !from.is_empty() => {
                each_leaf(&difference.pointer, from, &mut |pointer, value| {
                    found.push(Difference {
                        pointer,
                        from: Some(value.clone()),
                        to: None,
                    });
                });
            }
            _ => found.push(difference),
        }
    }
    found
}

fn is_nothing(value: &Option<Value>) -> bool {
    match value {
        None => true,
        Some(Value::Object(object)) => object.is_empty(),
        Some(_) => false,
    }
}

/// So many readings are kept with the changes of one author, all together: each
/// change has its own copy, and they are stored.
const MOST_KEPT_READINGS: usize = 20_000;

/// Who set what so far.
#[derive(Clone, Default)]
pub(super) struct Ledger {
    changes: Vec<Change>,
    authors: BTreeMap<String, Author>,
    has_hooks: bool,
    has_request: bool,
}

/// Why a hook changed what it changed.
#[derive(Default)]
pub(super) struct Reasons {
    pub(super) because: BTreeMap<String, String>,
    pub(super) reads: Arc<[Reading]>,
}

impl Ledger {
    /// Enters what `author` changed.
    pub(super) fn enter(
        &mut self,
        differences: Vec<Difference>,
        author: &Author,
        reasons: &Reasons,
    ) {
        let each = MOST_KEPT_READINGS / differences.len().max(1);
        let reads: Arc<[Reading]> = match reasons.reads.get(..each) {
            Some(some) => some.into(),
            None => Arc::clone(&reasons.reads),
        };
        for Difference { pointer, from, to } in differences {
            self.claim(&pointer, author);
            self.changes.push(Change {
                because: reasons.of(&pointer),
                reads: Arc::clone(&reads),
                by: author.clone(),
                pointer,
                from,
                to,
            });
        }
    }

    /// Notes that `author` wants the value at `pointer` as it is.
    pub(super) fn claim(&mut self, pointer: &str, author: &Author) {
        self.has_hooks |= matches!(author, Author::Hook(_));
        self.has_request |= *author == Author::Request;
        if let Some(known) = self.authors.get_mut(pointer) {
            known.clone_from(author);
        } else {
            self.authors.insert(pointer.to_owned(), author.clone());
        }
        let inside: Vec<_> = self
            .inside(pointer)
            .map(|(inner, _)| inner.clone())
            .collect();
        for inner in inside {
            self.authors.remove(&inner);
        }
    }

    /// Whether any hook has set anything.
    pub(super) fn has_hooks(&self) -> bool {
        self.has_hooks
    }

    /// Whether the request asked for anything.
    pub(super) fn has_request(&self) -> bool {
        self.has_request
    }

    /// Those who set what a change at `pointer` does away with: that value, one
    /// inside of it, or one around it.
    pub(super) fn concerned<'a>(
        &'a self,
        pointer: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Author)> {
        around(pointer)
            .filter_map(|outer| self.authors.get_key_value(outer))
            .chain(self.inside(pointer))
            .map(|(pointer, author)| (pointer.as_str(), author))
    }

    /// Who set the value at `pointer`, or came nearest to it.
    pub(super) fn author_of(&self, pointer: &str) -> Author {
        self.concerned(pointer)
            .next()
            .map_or(Author::Seed, |(_, author)| author.clone())
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    fn inside<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = (&'a String, &'a Author)> {
        // Beside what stands inside, after a `/`, there may be longer names.
        self.authors
            .range::<str, _>((Excluded(pointer), Unbounded))
            .map_while(move |(inner, author)| Some((inner, inner.strip_prefix(pointer)?, author)))
            .filter(|(_, below, _)| below.starts_with('/'))
            .map(|(inner, _, author)| (inner, author))
    }
}

impl Reasons {
    /// The words for `pointer`, else those for what it stands in.
    fn of(&self, pointer: &str) -> Option<String> {
        if self.because.is_empty() {
            return None;
        }
        around(pointer)
            .find_map(|outer| self.because.get(outer))
            .cloned()
    }
}

/// `pointer` and what it stands in, the nearest first.
fn around(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |inner| {
        inner.rsplit_once('/').map(|(outer, _)| outer)
    })
    .filter(|outer| !outer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn enrollment(value: Value) -> Enrollment {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_comes_into_an_empty_object_is_told_by_its_values() {
        let empty = enrollment(json!({"node": {"extra": {}}}));
        let full = enrollment(json!({"node": {"extra": {"a": 1, "b": {"c": 2}}}}));
        let pointers = |before, after| -> Vec<String> {
            let found = leaves(before, after);
            found.into_iter().map(|one| one.pointer).collect()
        };
        let expected = ["/node/extra/a", "/node/extra/b/c"];
        assert_eq!(pointers(&empty, &full), expected);
        assert_eq!(pointers(&full, &empty), expected);
    }

    #[test]
    fn the_nearest_author_is_found() {
        let hook = |name: &str| Author::Hook(name.into());
        let mut ledger = Ledger::default();
        ledger.claim("/node/extra/rack", &hook("a"));
        ledger.claim("/node/properties", &hook("b"));
        assert_eq!(ledger.author_of("/node/extra/rack"), hook("a"));
        assert_eq!(ledger.author_of("/node/properties/cpus"), hook("b"));
        assert_eq!(ledger.author_of("/node/extra"), hook("a"));
        assert_eq!(ledger.author_of("/node/name"), Author::Seed);
        assert_eq!(ledger.author_of("/node/extra/racks"), Author::Seed);
    }

    #[test]
    fn who_replaces_the_whole_is_the_author_of_its_parts() {
        let mut ledger = Ledger::default();
        ledger.claim("/node/extra/rack/row", &Author::Hook("a".into()));
        ledger.claim("/node/extra/rack", &Author::Hook("b".into()));
        let concerned: Vec<_> = ledger.concerned("/node/extra/rack/row").collect();
        assert_eq!(concerned, [("/node/extra/rack", &Author::Hook("b".into()))]);
    }

    #[test]
    fn many_changes_keep_fewer_readings_each() {
        let reads = (0..200).map(|number| Reading {
            document: "/redfish/v1".into(),
            pointer: format!("/{number}"),
        });
        let reasons = Reasons {
            because: BTreeMap::new(),
            reads: reads.collect(),
        };
        for (changes, kept) in [(1, 200), (100, 200), (1000, 20)] {
            let differences = (0..changes).map(|number| Difference {
                pointer: format!("/node/extra/{number}"),
                from: None,
                to: Some(json!(1)),
            });
            let mut ledger = Ledger::default();
            ledger.enter(differences.collect(), &Author::Hook("h".into()), &reasons);
            let entered = ledger.into_changes();
            assert_eq!(entered.len(), changes);
            assert!(entered.iter().all(|change| change.reads.len() == kept));
        }
    }

    #[test]
    fn words_for_the_whole_stand_for_its_parts() {
        let reasons = Reasons {
            because: BTreeMap::from([("/node/properties".into(), "so".into())]),
            reads: Arc::default(),
        };
        assert_eq!(reasons.of("/node/properties/cpus"), Some("so".into()));
        assert_eq!(reasons.of("/node/name"), None);
    }
}
