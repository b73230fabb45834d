//! JUnit XML, as continuous integration systems read it.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::failure::Failure;

use super::trouble::Trouble;

/// The report of the command `name`: its suites, each with its cases.
pub(super) fn shown(
    name: &str,
    suites: impl IntoIterator<Item = (String, Vec<TestCase>)>,
) -> Result<String, Trouble> {
    let mut whole = Report::new(name);
    for (name, cases) in suites {
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(cases);
        whole.add_test_suite(suite);
    }
    Ok(whole.to_string().map_err(Failure::internal)?)
}

/// A case that failed for all of `wrong`, a sentence each.
pub(super) fn failed(wrong: &[String]) -> TestCaseStatus {
    let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failed.set_message(wrong.first().map(String::as_str).unwrap_or_default());
    failed.set_description(wrong.join("\n"));
    failed
}

/// A case that was not run, and why.
pub(super) fn skipped(why: &str) -> TestCaseStatus {
    let mut skipped = TestCaseStatus::skipped();
    skipped.set_message(why);
    skipped
}
