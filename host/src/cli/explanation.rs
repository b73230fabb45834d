//! An explanation as people read it.

use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_json::Value;

use crate::enrollment::Author;
use crate::evaluate::{Explanation, Omission, Read, Set, whose};
use crate::failure::Failure;
use crate::text::tame;

use super::trouble::Trouble;

/// Longer than what is worth a look on a terminal.
const LONGEST: usize = 2000;

/// So much of a digest tells components apart: `sha256:` and twelve digits.
const DIGEST: usize = 19;

/// The explanation in a report, field by field.
pub(super) fn shown(explanation: &Value) -> Result<String, Trouble> {
    let explanation = Explanation::deserialize(explanation).map_err(Failure::internal)?;
    Ok(told(&explanation))
}

fn told(explanation: &Explanation) -> String {
    let mut text = String::new();
    for field in &explanation.fields {
        let _ = writeln!(text, "{} = {}", line(&field.pointer), value(&field.value));
        reasons(&mut text, &field.set);
        for before in field.replaced.iter().rev() {
            let by = author(&before.by, before.digest.as_deref());
            let what = format!("{} of {by}", value(&before.value));
            below(&mut text, "instead of", &because(what, &before.because));
        }
    }
    if !explanation.left_out.is_empty() {
        text.push_str("\nleft out\n");
    }
    for left_out in &explanation.left_out {
        let _ = write!(text, "{}", line(&left_out.pointer));
        if let Some(gone) = &left_out.value {
            let _ = write!(text, " = {}", value(gone));
        }
        text.push('\n');
        let kind = match left_out.kind {
            Omission::Absent => "absent",
            Omission::Unreadable => "unreadable",
            Omission::Hygiene => "hygiene",
            Omission::ApiVersion => "microversion",
            Omission::Removed => "removed",
        };
        let by = author(&left_out.by, left_out.digest.as_deref());
        below(
            &mut text,
            kind,
            &because(format!("by {by}"), &left_out.because),
        );
    }
    text
}

fn reasons(text: &mut String, set: &Set) {
    below(text, "set by", &author(&set.by, set.digest.as_deref()));
    if let Some(because) = &set.because {
        below(text, "because", because);
    }
    for read in &set.reads {
        below(text, "read", &reading(read));
    }
    if set.reads_left_out > 0 {
        below(text, "read", &format!("{} more", set.reads_left_out));
    }
}

fn reading(read: &Read) -> String {
    let mut text = read.document.to_string();
    if !read.pointer.is_empty() {
        let _ = write!(text, "#{}", read.pointer);
    }
    if let Some(known) = &read.value {
        let _ = write!(text, " = {known}");
    }
    text
}

fn author(by: &Author, digest: Option<&str>) -> String {
    match digest {
        Some(digest) => {
            let short = digest.get(..DIGEST).unwrap_or(digest);
            format!("{} ({short})", whose(by))
        }
        None => whose(by),
    }
}

fn because(what: String, because: &Option<String>) -> String {
    match because {
        Some(because) => format!("{what}: {because}"),
        None => what,
    }
}

fn below(text: &mut String, label: &str, what: &str) {
    let _ = writeln!(text, "    {label:<12} {}", line(what));
}

fn value(value: &Value) -> String {
    line(&value.to_string())
}

fn line(text: &str) -> String {
    tame(text, LONGEST)
}
