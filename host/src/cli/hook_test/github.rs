//! A test run as workflow commands of GitHub Actions, which mark the cases' files.

use std::fmt::Write as _;

use crate::policy::Verdict;

use super::format::{Report, wrong};

pub(super) fn shown(reports: &[Report]) -> String {
    let mut text = String::new();
    let mut failed = 0;
    let mut number = 0;
    for ran in reports.iter().flat_map(|report| &report.runs) {
        number += 1;
        if !matches!(ran.verdict, Verdict::Failed { .. }) {
            continue;
        }
        failed += 1;
        let file = ran.place.directory.join("case.toml");
        let _ = writeln!(
            text,
            "::error file={},line=1,title={}::{}",
            property(&file.display().to_string()),
            property(&ran.place.name),
            data(&wrong(ran).join("\n"))
        );
    }
    let _ = writeln!(text, "{} of {number} cases passed", number - failed);
    text
}

/// As the runner reads a message.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As the runner reads what stands before it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
