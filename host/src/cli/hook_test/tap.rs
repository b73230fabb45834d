//! A test run in the Test Anything Protocol, version 14.

use std::fmt::Write as _;

use crate::policy::Verdict;
use crate::text::tame;

use super::format::{Report, wrong};

/// Longer than what is worth a look.
const LONGEST: usize = 2000;

pub(super) fn shown(reports: &[Report]) -> String {
    let runs: Vec<_> = reports.iter().flat_map(|report| &report.runs).collect();
    let mut text = format!("TAP version 14\n1..{}\n", runs.len());
    for (place, ran) in runs.into_iter().enumerate() {
        let number = place + 1;
        // A directive begins with a hash, which a name must not make.
        let name = ran.place.name.replace('\\', "\\\\").replace('#', "\\#");
        let _ = match ran.verdict {
            Verdict::Passed => writeln!(text, "ok {number} - {name}"),
            Verdict::NotHere => {
                writeln!(
                    text,
                    "ok {number} - {name} # SKIP its recording is not here"
                )
            }
            Verdict::Failed { .. } => writeln!(text, "not ok {number} - {name}"),
        };
        let wrong = wrong(ran);
        if !wrong.is_empty() {
            text.push_str("  ---\n  problems:\n");
            for problem in wrong {
                // A JSON text is YAML too.
                let quoted = serde_json::Value::String(tame(&problem, LONGEST));
                let _ = writeln!(text, "    - {quoted}");
            }
            text.push_str("  ...\n");
        }
    }
    text
}
