//! A test run as people read it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::policy::{Coverage, Mismatch, Ran, Verdict, cover};
use crate::text::tame;

use super::super::styles::Styles;
use super::format::{Report, whose};

/// Longer than what is worth a look on a terminal.
const LONGEST: usize = 2000;

pub(super) fn shown(reports: &[Report], coverage: bool) -> String {
    told(reports, coverage, &Styles::of_output())
}

fn told(reports: &[Report], coverage: bool, styles: &Styles) -> String {
    let mut text = String::new();
    let [mut passed, mut failed, mut absent] = [0; 3];
    for report in reports {
        if reports.len() > 1 {
            let _ = writeln!(text, "{}", report.name);
        }
        for ran in &report.runs {
            match ran.verdict {
                Verdict::Passed => passed += 1,
                Verdict::NotHere => absent += 1,
                Verdict::Failed { .. } => failed += 1,
            }
            case(&mut text, ran, styles);
        }
        if coverage {
            for (hook, coverage) in cover(&report.runs) {
                covered(&mut text, &hook, &coverage, styles);
            }
        }
    }
    let style = if failed == 0 { styles.good } else { styles.bad };
    let _ = write!(text, "{style}{passed} passed, {failed} failed{style:#}");
    if absent > 0 {
        let _ = write!(
            text,
            ", {absent} not run: their recordings are not here ($VALENCE_CORPUS)"
        );
    }
    text.push('\n');
    text
}

fn case(text: &mut String, ran: &Ran, styles: &Styles) {
    let Styles { good, bad, dim } = styles;
    let name = &ran.place.name;
    match &ran.verdict {
        Verdict::Passed => {
            let (fuel, took) = (ran.fuel(), ran.took.as_millis());
            let _ = writeln!(
                text,
                "{good}pass{good:#} {name} {dim}({fuel} of fuel, {took} ms){dim:#}"
            );
        }
        Verdict::NotHere => {
            let _ = writeln!(text, "{dim}none{dim:#} {name}");
        }
        Verdict::Failed {
            problems,
            mismatches,
        } => {
            let _ = writeln!(text, "{bad}fail{bad:#} {name}");
            for problem in problems {
                for line in problem.lines() {
                    let _ = writeln!(text, "     {}", tame(line, LONGEST));
                }
            }
            for one in mismatches {
                differing(text, ran, one, styles);
            }
        }
    }
}

fn differing(text: &mut String, ran: &Ran, one: &Mismatch, styles: &Styles) {
    let Styles { good, bad, dim } = styles;
    let by = whose(ran, &one.pointer)
        .map(|by| format!("  {dim}{}{dim:#}", tame(&by, LONGEST)))
        .unwrap_or_default();
    let _ = writeln!(text, "     {}{by}", tame(&one.pointer, LONGEST));
    let value = |value: &Value| tame(&value.to_string(), LONGEST);
    if let Some(expected) = &one.expected {
        let _ = writeln!(text, "       {bad}- {}{bad:#}", value(expected));
    }
    if let Some(actual) = &one.actual {
        let _ = writeln!(text, "       {good}+ {}{good:#}", value(actual));
    }
}

fn covered(text: &mut String, hook: &str, coverage: &Coverage, styles: &Styles) {
    let bad = styles.bad;
    let _ = writeln!(text, "hook `{hook}` has read");
    for (document, pointers) in &coverage.reads {
        let pointers: Vec<_> = pointers
            .iter()
            .map(|pointer| match pointer.as_str() {
                "" => "all of it".to_owned(),
                // Any text that a hook asked for.
                pointer => tame(pointer, LONGEST),
            })
            .collect();
        let document = tame(document, LONGEST);
        let _ = writeln!(text, "     {document}: {}", pointers.join(", "));
    }
    for (what, untried) in [
        (
            "settings that no case sets",
            names(&coverage.settings_untried),
        ),
        (
            "phases that no case came to",
            names(&coverage.phases_untried),
        ),
    ] {
        if !untried.is_empty() {
            let _ = writeln!(text, "     {bad}{what}{bad:#}: {untried}");
        }
    }
}

fn names<T: AsRef<str>>(names: &[T]) -> String {
    names
        .iter()
        .map(|name| tame(name.as_ref(), LONGEST))
        .collect::<Vec<_>>()
        .join(", ")
}
