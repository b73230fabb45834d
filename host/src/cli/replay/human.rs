//! A replay as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::policy::{FieldChange, RefusalGroup, ReplayReport};
use crate::text::tame;

use super::super::styles::Styles;
use super::format::{value, whose};

/// Longer than what is worth a look on a terminal.
const LONGEST: usize = 400;
/// So many values of a field, or sentences of a hook, are shown.
const MOST_VALUES: usize = 10;
/// So many nodes are named.
const MOST_NODES: usize = 5;

pub(super) fn shown(report: &ReplayReport) -> String {
    told(report, &Styles::of_output())
}

fn told(report: &ReplayReport, styles: &Styles) -> String {
    let mut text = String::new();
    for field in &report.fields {
        changed(&mut text, field, styles);
    }
    for (groups, what) in [
        (&report.refused, "would be refused"),
        (&report.refused_otherwise, "would be refused otherwise"),
        (&report.admitted, "would be enrolled, having been refused"),
    ] {
        for group in groups {
            refused(&mut text, group, what, styles);
        }
    }
    for (groups, what) in [
        (&report.newly_warned, "would be warned of"),
        (&report.no_longer_warned, "would no longer be warned of"),
    ] {
        for group in groups {
            let Styles { bad, dim, .. } = styles;
            let hook = tame(&group.hook, LONGEST);
            let _ = writeln!(text, "{bad}{what}{bad:#}  {dim}hook `{hook}`{dim:#}");
            details(&mut text, &group.details, styles);
        }
    }
    if !report.undecidable.is_empty() {
        let Styles { bad, .. } = styles;
        let _ = writeln!(text, "{bad}undecidable{bad:#}");
        details(&mut text, &report.undecidable, styles);
    }
    summary(&mut text, report, styles);
    text
}

fn changed(text: &mut String, field: &FieldChange, styles: &Styles) {
    let Styles { good, bad, dim } = styles;
    let is_there = field.values.iter().any(|value| value.to.is_some());
    let by = whose(field.by.as_ref(), field.was_by.as_ref(), is_there);
    let _ = writeln!(
        text,
        "{}  {dim}{}{dim:#}",
        tame(&field.field, LONGEST),
        tame(&by, LONGEST)
    );
    for one in field.values.iter().take(MOST_VALUES) {
        let _ = writeln!(
            text,
            "     {bad}{}{bad:#} -> {good}{}{good:#}  {dim}{}{dim:#}",
            tame(&value(one.from.as_ref()), LONGEST),
            tame(&value(one.to.as_ref()), LONGEST),
            names(&one.nodes)
        );
    }
    more(text, field.values.len(), "changes of this field", styles);
}

fn refused(text: &mut String, group: &RefusalGroup, what: &str, styles: &Styles) {
    let Styles { bad, dim, .. } = styles;
    let by = match &group.hook {
        Some(hook) => format!("  hook `{hook}`"),
        None => String::new(),
    };
    let _ = writeln!(
        text,
        "{bad}{what}{bad:#}  {dim}{}{}{dim:#}",
        group.outcome,
        tame(&by, LONGEST)
    );
    details(text, &group.details, styles);
}

fn details(text: &mut String, details: &BTreeMap<String, Vec<String>>, styles: &Styles) {
    let dim = styles.dim;
    for (detail, nodes) in details.iter().take(MOST_VALUES) {
        let _ = writeln!(
            text,
            "     {}  {dim}{}{dim:#}",
            tame(detail, LONGEST),
            names(nodes)
        );
    }
    more(text, details.len(), "reasons", styles);
}

fn more(text: &mut String, all: usize, what: &str, styles: &Styles) {
    let dim = styles.dim;
    if all > MOST_VALUES {
        let _ = writeln!(
            text,
            "     {dim}and {} more {what}{dim:#}",
            all - MOST_VALUES
        );
    }
}

fn names(nodes: &[String]) -> String {
    let first: Vec<_> = nodes
        .iter()
        .take(MOST_NODES)
        .map(|name| tame(name, 100))
        .collect();
    let more = match nodes.len().saturating_sub(MOST_NODES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", first.join(", "))
}

fn summary(text: &mut String, report: &ReplayReport, styles: &Styles) {
    let Styles { good, bad, .. } = styles;
    let of = &report.outcomes;
    let style = if of.differ() { bad } else { good };
    let _ = write!(
        text,
        "{style}{} replayed, {} the same{style:#}",
        of.replayed, of.same
    );
    for (number, what) in [
        (of.changed, "changed"),
        (of.denied, "denied"),
        (of.failed, "failed"),
        (of.admitted, "newly enrolled"),
        (of.refused_otherwise, "refused otherwise"),
        (of.newly_warned, "newly warned"),
        (of.no_longer_warned, "no longer warned"),
        (of.undecidable, "undecidable"),
    ] {
        if number > 0 {
            let _ = write!(text, ", {number} {what}");
        }
    }
    text.push('\n');
}
