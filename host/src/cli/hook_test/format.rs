//! How a test run is told, in whichever form.

use serde_json::Value;

use crate::policy::{Mismatch, Ran, Verdict};

use super::super::output::print;
use super::super::trouble::Trouble;
use super::arguments::{Arguments, Form};
use super::{github, human, json, junit, tap};

/// The cases of one project, and how they came out.
pub(super) struct Report {
    /// The project's directory.
    pub(super) name: String,
    /// In the order of their names.
    pub(super) runs: Vec<Ran>,
}

pub(super) fn tell(arguments: &Arguments, reports: &[Report]) -> Result<(), Trouble> {
    print(&match arguments.format {
        Form::Human => human::shown(reports, arguments.coverage),
        Form::Json => json::shown(reports),
        Form::Junit => junit::shown(reports)?,
        Form::Tap => tap::shown(reports),
        Form::Github => github::shown(reports),
    })
}

/// All that is wrong with a case, a sentence each.
pub(super) fn wrong(ran: &Ran) -> Vec<String> {
    match &ran.verdict {
        Verdict::Passed | Verdict::NotHere => Vec::new(),
        Verdict::Failed {
            problems,
            mismatches,
        } => {
            let differing = mismatches.iter().map(|one| sentence(ran, one));
            problems.iter().cloned().chain(differing).collect()
        }
    }
}

fn sentence(ran: &Ran, one: &Mismatch) -> String {
    let value = |value: &Option<Value>| match value {
        Some(value) => format!("`{value}`"),
        None => "nothing".to_owned(),
    };
    let mut text = format!(
        "`{}` is {}, and was to be {}",
        one.pointer,
        value(&one.actual),
        value(&one.expected)
    );
    if let Some(whose) = whose(ran, &one.pointer) {
        text.push_str(&format!(" ({whose})"));
    }
    text
}

/// Who set the value at `pointer` last, and why.
pub(super) fn whose(ran: &Ran, pointer: &str) -> Option<String> {
    let change = ran.last_change(pointer)?;
    let did = if change.to.is_some() {
        "set"
    } else {
        "removed"
    };
    Some(match &change.because {
        Some(because) => format!("{did} by {}: {because}", change.by),
        None => format!("{did} by {}", change.by),
    })
}
