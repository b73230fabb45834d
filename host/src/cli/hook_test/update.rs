//! Accepting what came out.

use std::fs;

use serde_json::Value;

use crate::enrollment::view;
use crate::failure::{Cause, Failure};
use crate::policy::{Expectation, Ran, Verdict, accepted};

use super::super::output::note;
use super::super::trouble::Trouble;

/// Writes `expected.json` of all of `failed` that came to another enrollment than
/// expected. What failed otherwise stays as it is, and is an error.
pub(super) fn accept(failed: &[&Ran]) -> Result<(), Trouble> {
    let mut left = 0;
    for ran in failed {
        if !update(ran)? {
            left += 1;
        }
    }
    if left == 0 {
        return Ok(());
    }
    Err(Failure::new(
        Cause::Different,
        format!(
            "{left} cases failed for more than their `expected.json`: nothing was accepted of them"
        ),
    )
    .into())
}

fn update(ran: &Ran) -> Result<bool, Trouble> {
    let (Some(case), Some(enrollment)) = (&ran.case, &ran.enrollment) else {
        return Ok(false);
    };
    let path = ran.place.expected();
    let before = fs::read_to_string(&path).ok();
    let only_enrollment = match &ran.verdict {
        Verdict::Failed { problems, .. } => {
            problems.is_empty() || before.is_none() && problems.len() == 1
        }
        _ => false,
    };
    if case.expect != Expectation::Enrolled || !only_enrollment {
        return Ok(false);
    }
    let before: Option<Value> = before.and_then(|text| serde_json::from_str(&text).ok());
    let after = accepted(before.as_ref(), &view(enrollment), case.matching);
    let written = fs::write(&path, format!("{after:#}\n"));
    written.map_err(|error| Trouble::file("write", &path, error))?;
    note(false, &format!("accepted: `{}`", path.display()));
    Ok(true)
}
