//! Who set which value last.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use crate::enrollment::Author;

/// Who set which value last, by pointer.
#[derive(Clone, Default)]
pub(super) struct Authors(BTreeMap<String, Claim>);

#[derive(Clone)]
struct Claim {
    by: Author,
    /// Whether it is an object in which nothing was asked for.
    is_empty: bool,
}

impl Authors {
    /// Enters `author` for the value at `pointer`, and for all inside of it.
    pub(super) fn claim(&mut self, pointer: &str, author: &Author) {
        self.enter(pointer, author, false);
    }

    /// The same for an empty object.
    pub(super) fn claim_empty(&mut self, pointer: &str, author: &Author) {
        self.enter(pointer, author, true);
    }

    fn enter(&mut self, pointer: &str, author: &Author, is_empty: bool) {
        let inside: Vec<_> = self
            .inside(pointer)
            .map(|(inner, _)| inner.clone())
            .collect();
        for inner in inside {
            self.0.remove(&inner);
        }
        if let Some(known) = self.0.get_mut(pointer) {
            known.by.clone_from(author);
            known.is_empty = is_empty;
        } else {
            let by = author.clone();
            self.0.insert(pointer.to_owned(), Claim { by, is_empty });
        }
    }

    /// Those who set what a change at `pointer` does away with: that value, one
    /// inside of it, or one around it. Who left an empty object around it has asked
    /// for nothing that could be undone in there.
    pub(super) fn concerned<'a>(
        &'a self,
        pointer: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Author)> {
        self.at(pointer)
            .filter(|(at, claim)| !claim.is_empty || at.len() >= pointer.len())
            .map(|(at, claim)| (at, &claim.by))
    }

    /// What was set at `pointer`, around it and inside of it, the nearest first.
    fn at<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = (&'a str, &'a Claim)> {
        around(pointer)
            .filter_map(|outer| self.0.get_key_value(outer))
            .chain(self.inside(pointer))
            .map(|(at, claim)| (at.as_str(), claim))
    }

    /// Who set the value at `pointer`, or came nearest to it. What a port or a port
    /// group lacks is the doing of whoever set the rest of it.
    pub(super) fn author_of(&self, pointer: &str) -> Author {
        let nearest = self.at(pointer).next().map(|(_, claim)| &claim.by);
        nearest
            .or_else(|| self.author_of_rest(pointer))
            .cloned()
            .unwrap_or(Author::Seed)
    }

    fn author_of_rest(&self, pointer: &str) -> Option<&Author> {
        let (item, _) = pointer.rsplit_once('/')?;
        let is_item = item
            .strip_prefix("/ports/")
            .or_else(|| item.strip_prefix("/portgroups/"))
            .is_some_and(|key| !key.contains('/'));
        let rest = is_item.then(|| item.to_owned())?;
        self.0
            .iter()
            .filter(|(inner, _)| around(inner).any(|outer| outer == rest))
            .map(|(_, claim)| &claim.by)
            .max_by_key(|author| matches!(author, Author::Hook(_)))
    }

    fn inside<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = (&'a String, &'a Claim)> {
        // Beside what stands inside, after a `/`, there may be longer names.
        self.0
            .range::<str, _>((Excluded(pointer), Unbounded))
            .map_while(move |(inner, claim)| Some((inner, inner.strip_prefix(pointer)?, claim)))
            .filter(|(_, below, _)| below.starts_with('/'))
            .map(|(inner, _, claim)| (inner, claim))
    }
}

/// `pointer` and what it stands in, the nearest first.
pub(super) fn around(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |inner| {
        inner.rsplit_once('/').map(|(outer, _)| outer)
    })
    .filter(|outer| !outer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_names_beside_a_value_do_not_hide_what_is_inside() {
        let mut authors = Authors::default();
        for pointer in ["/node/extra-a", "/node/extra/a", "/node/extra0"] {
            authors.claim(pointer, &Author::Request);
        }
        authors.claim("/node/extra", &Author::Hook("h".into()));
        let left: Vec<_> = authors.0.keys().map(String::as_str).collect();
        assert_eq!(left, ["/node/extra", "/node/extra-a", "/node/extra0"]);
    }

    #[test]
    fn the_nearest_author_is_found() {
        let hook = |name: &str| Author::Hook(name.into());
        let mut authors = Authors::default();
        authors.claim("/node/extra/rack", &hook("a"));
        authors.claim("/node/properties", &hook("b"));
        assert_eq!(authors.author_of("/node/extra/rack"), hook("a"));
        assert_eq!(authors.author_of("/node/properties/cpus"), hook("b"));
        assert_eq!(authors.author_of("/node/extra"), hook("a"));
        assert_eq!(authors.author_of("/node/name"), Author::Seed);
        assert_eq!(authors.author_of("/node/extra/racks"), Author::Seed);
        authors.claim("/portgroups/#0/physical_network", &hook("c"));
        assert_eq!(authors.author_of("/portgroups/#0/name"), hook("c"));
        assert_eq!(authors.author_of("/portgroups/#01/name"), Author::Seed);
    }

    #[test]
    fn who_replaces_the_whole_is_the_author_of_its_parts() {
        let mut authors = Authors::default();
        authors.claim("/node/extra/rack/row", &Author::Hook("a".into()));
        authors.claim("/node/extra/rack", &Author::Hook("b".into()));
        let concerned: Vec<_> = authors.concerned("/node/extra/rack/row").collect();
        assert_eq!(concerned, [("/node/extra/rack", &Author::Hook("b".into()))]);
    }

    #[test]
    fn an_empty_object_is_undone_only_as_a_whole() {
        let hook = Author::Hook("a".into());
        let mut authors = Authors::default();
        authors.claim_empty("/node/extra", &hook);
        let concerned = |pointer| authors.concerned(pointer).count();
        assert_eq!(concerned("/node/extra/rack"), 0);
        assert_eq!(concerned("/node/extra"), 1);
        assert_eq!(concerned("/node"), 1);
        // It has no other author, all the same.
        assert_eq!(authors.author_of("/node/extra"), hook);
        assert_eq!(authors.author_of("/node/extra/rack"), hook);
        authors.claim("/node/extra", &hook);
        assert_eq!(authors.concerned("/node/extra/rack").count(), 1);
    }
}
