//! A test run as JUnit XML.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::failure::Failure;
use crate::policy::{Ran, Verdict};

use super::super::trouble::Trouble;
use super::format::{Report, wrong};

pub(super) fn shown(reports: &[Report]) -> Result<String, Trouble> {
    let mut whole = Junit::new("valence hook test");
    for report in reports {
        let mut suite = TestSuite::new(report.name.as_str());
        suite.add_test_cases(report.runs.iter().map(case));
        whole.add_test_suite(suite);
    }
    Ok(whole.to_string().map_err(Failure::internal)?)
}

fn case(ran: &Ran) -> TestCase {
    let status = match &ran.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::NotHere => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message("its recording is not here");
            skipped
        }
        Verdict::Failed { .. } => {
            let wrong = wrong(ran);
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_message(wrong.first().map(String::as_str).unwrap_or_default());
            failed.set_description(wrong.join("\n"));
            failed
        }
    };
    let mut case = TestCase::new(ran.place.name.as_str(), status);
    case.set_time(ran.took);
    case
}
