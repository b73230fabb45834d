//! A replay as JUnit XML.

use quick_junit::{TestCase, TestCaseStatus};

use crate::registration::{Replayed, Verdict};

use super::super::junit::{self, failed, skipped};
use super::super::trouble::Trouble;
use super::format::sentences;

pub(super) fn shown(all: &[Replayed]) -> Result<String, Trouble> {
    let cases = all.iter().map(case).collect();
    junit::shown("valence replay", [("replay".to_owned(), cases)])
}

fn case(replayed: &Replayed) -> TestCase {
    let status = match &replayed.verdict {
        Verdict::Same if replayed.is_same() => TestCaseStatus::success(),
        Verdict::Undecidable(why) => skipped(&format!("undecidable: {why}")),
        _ => failed(&sentences(replayed)),
    };
    let mut case = TestCase::new(replayed.name.as_str(), status);
    case.set_classname(replayed.decision.to_string());
    case
}
