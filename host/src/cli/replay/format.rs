//! How a replay is told, in whichever form.

use serde_json::Value;

use crate::enrollment::Author;
use crate::policy::ReplayReport;
use crate::registration::{Deviation, Refusal, Replayed, Verdict, Warning, WarningChanges};

use super::super::output::print;
use super::super::trouble::Trouble;
use super::arguments::Form;
use super::{human, json, junit};

pub(super) fn tell(
    form: Form,
    chain: &str,
    report: &ReplayReport,
    all: &[Replayed],
) -> Result<(), Trouble> {
    print(&match form {
        Form::Human => human::shown(report),
        Form::Json => json::shown(chain, report, all),
        Form::Junit => junit::shown(all)?,
    })
}

/// All that is to be said of one decision, a sentence each; nothing of one that comes
/// to the same.
pub(super) fn sentences(replayed: &Replayed) -> Vec<String> {
    let mut told = match &replayed.verdict {
        Verdict::Same => Vec::new(),
        Verdict::Changed(deviations) => deviations.iter().map(deviation).collect(),
        Verdict::Refused(now) => vec![format!("it would be refused: {}", refusal(now))],
        Verdict::Admitted(was) => vec![format!(
            "it would be enrolled, and was not: {}",
            refusal(was)
        )],
        Verdict::RefusedOtherwise { was, now } => vec![format!(
            "it would be refused otherwise: {}; it was: {}",
            refusal(now),
            refusal(was)
        )],
        Verdict::Undecidable(why) => vec![why.clone()],
    };
    let WarningChanges { new, gone } = &replayed.warnings;
    told.extend(new.iter().map(|one| warned("would warn", one)));
    told.extend(gone.iter().map(|one| warned("would no longer warn", one)));
    told
}

fn warned(would: &str, one: &Warning) -> String {
    format!("hook `{}` {would}: {one}", one.hook)
}

fn deviation(one: &Deviation) -> String {
    format!(
        "`{}` would be {}, and was {} ({})",
        one.pointer,
        value(one.to.as_ref()),
        value(one.from.as_ref()),
        whose(one.by.as_ref(), one.was_by.as_ref(), one.to.is_some())
    )
}

fn refusal(one: &Refusal) -> String {
    format!("{} ({})", one.detail, one.outcome)
}

/// A value in words.
pub(super) fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
}

/// Whose doing a change is.
pub(super) fn whose(by: Option<&Author>, was_by: Option<&Author>, is_there: bool) -> String {
    let did = if is_there { "set" } else { "removed" };
    match (by, was_by) {
        (Some(by), Some(was)) if by != was => format!("{did} by {by}, before by {was}"),
        (Some(by), _) => format!("{did} by {by}"),
        (None, Some(was)) => format!("no longer set by {was}"),
        (None, None) => "set by nobody".to_owned(),
    }
}
