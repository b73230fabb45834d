//! Who set what: the changes of an evaluation, and who set each value last.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::authors::{Authors, around};
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
    value.is_none() || is_empty(value)
}

fn is_empty(value: &Option<Value>) -> bool {
    matches!(value, Some(Value::Object(object)) if object.is_empty())
}

/// So many readings are kept with the changes of one author, all together: each
/// change has its own copy, and they are stored.
const MOST_KEPT_READINGS: usize = 20_000;

/// Who set what so far.
#[derive(Clone, Default)]
pub(super) struct Ledger {
    entries: Vec<Entry>,
    authors: Authors,
    /// How many entries are in `authors` by now.
    settled: usize,
    has_hooks: bool,
    has_wishes: bool,
}

#[derive(Clone)]
enum Entry {
    Changed(Arc<Change>),
    /// An object was left without a value: who removed these is in the books.
    Emptied(Arc<Change>),
    Claimed(Difference, Author),
}

/// Why a hook changed what it changed.
#[derive(Default)]
pub(super) struct Reasons {
    pub(super) because: BTreeMap<String, String>,
    pub(super) reads: Arc<[Reading]>,
    /// How much more it had read.
    pub(super) reads_left_out: u64,
    /// What single values were made from, where that is known.
    pub(super) sources: BTreeMap<String, Arc<[Reading]>>,
}

impl Ledger {
    /// Enters what `author` changed.
    pub(super) fn enter(
        &mut self,
        differences: Vec<Difference>,
        author: &Author,
        reasons: &Reasons,
    ) {
        if !differences.is_empty() {
            self.note(author);
        }
        let changed = reasons.changes(differences, author).map(Entry::Changed);
        self.entries.extend(changed);
    }

    /// Enters the objects that `author` left without a value, beside its changes.
    pub(super) fn enter_emptied(
        &mut self,
        emptied: Vec<Difference>,
        author: &Author,
        reasons: &Reasons,
    ) {
        let emptied = reasons.changes(emptied, author).map(Entry::Emptied);
        self.entries.extend(emptied);
    }

    /// Notes that `author` wants what `asked` comes to as it is.
    pub(super) fn claim(&mut self, asked: Difference, author: Author) {
        self.note(&author);
        self.entries.push(Entry::Claimed(asked, author));
    }

    fn note(&mut self, author: &Author) {
        self.has_hooks |= matches!(author, Author::Hook(_));
        self.has_wishes |= matches!(author, Author::Request | Author::Defaults);
    }

    /// Whether any hook has set anything.
    pub(super) fn has_hooks(&self) -> bool {
        self.has_hooks
    }

    /// Whether request or defaults asked for anything.
    pub(super) fn has_wishes(&self) -> bool {
        self.has_wishes
    }

    /// Who set what last. It is found out when it is first asked for: most
    /// evaluations of one hook never do.
    pub(super) fn authors(&mut self) -> &Authors {
        for entry in self.entries.iter().skip(self.settled) {
            match entry {
                Entry::Changed(change) if is_empty(&change.to) => {
                    self.authors.claim_empty(&change.pointer, &change.by);
                }
                Entry::Changed(change) => self.authors.claim(&change.pointer, &change.by),
                Entry::Emptied(_) => {}
                Entry::Claimed(asked, author) if is_empty(&asked.to) => {
                    self.authors.claim_empty(&asked.pointer, author);
                }
                Entry::Claimed(asked, author) => self.authors.claim(&asked.pointer, author),
            }
        }
        self.settled = self.entries.len();
        &self.authors
    }

    pub(super) fn into_changes(self) -> Vec<Arc<Change>> {
        let changed = |entry| match entry {
            Entry::Changed(change) | Entry::Emptied(change) => Some(change),
            Entry::Claimed(..) => None,
        };
        self.entries.into_iter().filter_map(changed).collect()
    }
}

impl Reasons {
    /// The changes that these differences are.
    fn changes(
        &self,
        differences: Vec<Difference>,
        author: &Author,
    ) -> impl Iterator<Item = Arc<Change>> {
        let each = MOST_KEPT_READINGS / differences.len().max(1);
        let (reads, cut): (Arc<[Reading]>, _) = match self.reads.split_at_checked(each) {
            Some((some, rest)) => (some.into(), rest.len() as u64),
            None => (Arc::clone(&self.reads), 0),
        };
        let reads_left_out = self.reads_left_out.saturating_add(cut);
        differences
            .into_iter()
            .map(move |Difference { pointer, from, to }| {
                Arc::new(Change {
                    because: self.of(&pointer),
                    reads: Arc::clone(self.sources.get(&pointer).unwrap_or(&reads)),
                    reads_left_out,
                    by: author.clone(),
                    pointer,
                    from,
                    to,
                })
            })
    }

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
    fn many_changes_keep_fewer_readings_each() {
        let reads = (0..200).map(|number| Reading {
            document: "/redfish/v1".into(),
            pointer: format!("/{number}").into(),
        });
        let reasons = Reasons {
            because: BTreeMap::new(),
            reads: reads.collect(),
            reads_left_out: 7,
            ..Reasons::default()
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
            let told = |change: &Arc<Change>| (change.reads.len(), change.reads_left_out);
            let expected = (kept, 7 + 200 - kept as u64);
            assert!(entered.iter().all(|change| told(change) == expected));
        }
    }

    #[test]
    fn words_for_the_whole_stand_for_its_parts() {
        let reasons = Reasons {
            because: BTreeMap::from([("/node/properties".into(), "so".into())]),
            ..Reasons::default()
        };
        assert_eq!(reasons.of("/node/properties/cpus"), Some("so".into()));
        assert_eq!(reasons.of("/node/name"), None);
    }
}
