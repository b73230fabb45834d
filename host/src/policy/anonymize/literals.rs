//! Values that are known by what they are, wherever in a text they stand.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::identity::{Identity, Kind};
use super::vocabulary::Vocabulary;

/// From this many letters and digits on, a value is found within longer words too.
const LONG: usize = 8;
/// With fewer, it is too likely to be something else, and is replaced only as the
/// value of its property.
const SHORTEST: usize = 4;
/// The same for digits alone, which are counts, years and places.
const SHORTEST_NUMBER: usize = 6;
/// More would not fit in the default.
const MOST_MEMORY: usize = 256 << 20;

/// A value to be found by its text.
struct Literal {
    text: String,
    identity: Identity,
    within_words: bool,
}

/// All values that are found by their text.
pub(super) struct Literals {
    /// The longest first.
    all: Vec<Literal>,
    any: Option<Regex>,
}

impl Literals {
    /// Of `names`, those that can be told from other words.
    pub(super) fn new(names: &BTreeMap<Identity, String>, vocabulary: &Vocabulary) -> Self {
        let literals = names
            .keys()
            .filter_map(|identity| literal(identity, vocabulary));
        let mut all: Vec<_> = literals.collect();
        all.sort_by(|a, b| (b.text.len(), &a.text).cmp(&(a.text.len(), &b.text)));
        let texts: Vec<_> = all.iter().map(|one| regex::escape(&one.text)).collect();
        let any = RegexBuilder::new(&texts.join("|"))
            .case_insensitive(true)
            .size_limit(MOST_MEMORY)
            .build();
        Self {
            any: any.ok().filter(|_| !all.is_empty()),
            all,
        }
    }

    /// All values in `text`, in their order.
    pub(super) fn find(&self, text: &str) -> Vec<(Range<usize>, Identity)> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(hit) = self.any.as_ref().and_then(|any| any.find_at(text, from)) {
            let start = hit.start();
            // A shorter one may fit where the longest does not.
            let fitting = self.all.iter().find(|one| one.fits(text, start));
            match fitting {
                Some(one) => {
                    from = start + one.text.len();
                    found.push((start..from, one.identity.clone()));
                }
                None => {
                    let rest = text.get(start..).and_then(|rest| rest.chars().next());
                    from = start + rest.map_or(1, char::len_utf8);
                }
            }
        }
        found
    }
}

fn literal(identity: &Identity, vocabulary: &Vocabulary) -> Option<Literal> {
    // Addresses are found by their shape.
    if matches!(identity.kind, Kind::Ipv4 | Kind::Ipv6) {
        return None;
    }
    let text = identity.text.as_str();
    let size = text.chars().filter(|c| c.is_alphanumeric()).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let told = match digits {
        0 => size >= SHORTEST && !vocabulary.has(text),
        digits if digits == size => size >= SHORTEST_NUMBER,
        _ => size >= SHORTEST,
    };
    told.then(|| Literal {
        text: text.to_owned(),
        identity: identity.clone(),
        within_words: size >= LONG && digits > 0,
    })
}

impl Literal {
    fn fits(&self, text: &str, start: usize) -> bool {
        let end = start + self.text.len();
        let same = text
            .get(start..end)
            .is_some_and(|there| there.eq_ignore_ascii_case(&self.text));
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = || text.get(..start).and_then(|text| text.chars().next_back());
        let after = || text.get(end..).and_then(|text| text.chars().next());
        same && (self.within_words || !joins(before()) && !joins(after()))
    }
}
