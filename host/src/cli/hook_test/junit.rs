//! A test run as JUnit XML.

use quick_junit::{TestCase, TestCaseStatus};

use crate::policy::{Ran, Verdict};

use super::super::junit::{self, failed, skipped};
use super::super::trouble::Trouble;
use super::format::{Report, wrong};

pub(super) fn shown(reports: &[Report]) -> Result<String, Trouble> {
    let suites = reports.iter().map(|report| {
        let cases = report.runs.iter().map(case).collect();
        (report.name.clone(), cases)
    });
    junit::shown("valence hook test", suites)
}

fn case(ran: &Ran) -> TestCase {
    let status = match &ran.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::NotHere => skipped("its recording is not here"),
        Verdict::Failed { .. } => failed(&wrong(ran)),
    };
    let mut case = TestCase::new(ran.place.name.as_str(), status);
    case.set_time(ran.took);
    case
}
