//! How an evaluation is shown, be it a dry run's or an offline one's.

use serde_json::{Value, json};

use crate::enrollment::Object;

use super::arguments::Global;
use super::output::{Form, Format, ListFormat, note, print};
use super::trouble::Trouble;
use super::{baremetal_create, explanation};

/// More sources of a value than these would bury the others.
const READINGS: usize = 3;

const COLUMNS: &[&str] = &["field", "value", "author", "reason"];

/// Shows `report`: in a table, a line for each field, or what explains them if it is
/// there; as a file for `openstack baremetal create`; else as it is.
pub(super) fn tell(global: &Global, format: &Format, report: &Object) -> Result<(), Trouble> {
    for finding in items(report, "findings") {
        let said = |key| finding.get(key).and_then(Value::as_str);
        let by = said("hook")
            .map(|hook| format!(" ({hook})"))
            .unwrap_or_default();
        let effect = match said("effect") {
            Some("deny") => "denied",
            _ => "warning",
        };
        let place = said("pointer")
            .map(|at| format!("`{at}`: "))
            .unwrap_or_default();
        let message = said("message").unwrap_or_default();
        note(global.quiet, &format!("{effect}{by}: {place}{message}"));
    }
    if format.format == Form::BaremetalCreate {
        return print(&baremetal_create::file(report)?);
    }
    if !format.format.is_flat() {
        return format.record(report);
    }
    if let (Form::Table, [], Some(explained)) =
        (format.format, &*format.columns, report.get("explanation"))
    {
        return print(&explanation::shown(explained)?);
    }
    let list = ListFormat {
        format: format.clone(),
        sort: Vec::new(),
    };
    list.list(&reasons(report), COLUMNS)
}

fn items<'a>(report: &'a Object, key: &str) -> impl Iterator<Item = &'a Value> {
    report
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Each field of the outcome, with who had the last word on it and why.
fn reasons(report: &Object) -> Vec<Object> {
    let mut last: Vec<(&str, &Value)> = Vec::new();
    for change in items(report, "changes") {
        let Some(pointer) = change.get("pointer").and_then(Value::as_str) else {
            continue;
        };
        // What was set within a value that has since gone has gone with it.
        let gone = change.get("to").is_none_or(Value::is_null);
        if gone {
            let within = format!("{pointer}/");
            last.retain(|(other, _)| *other != pointer && !other.starts_with(&within));
            continue;
        }
        match last.iter_mut().find(|(other, _)| *other == pointer) {
            Some((_, latest)) => *latest = change,
            None => last.push((pointer, change)),
        }
    }
    last.into_iter()
        .map(|(pointer, change)| {
            let mut row = Object::new();
            row.insert("field".into(), json!(pointer));
            row.insert(
                "value".into(),
                change.get("to").cloned().unwrap_or_default(),
            );
            row.insert(
                "author".into(),
                change.get("by").cloned().unwrap_or_default(),
            );
            row.insert("reason".into(), json!(reason(change)));
            row
        })
        .collect()
}

/// Why, in the hook's words; else what it had read.
fn reason(change: &Value) -> String {
    if let Some(because) = change.get("because").and_then(Value::as_str) {
        return because.to_owned();
    }
    let reads = change.get("reads").and_then(Value::as_array);
    let reads: Vec<_> = reads
        .into_iter()
        .flatten()
        .map(|reading| {
            let part = |key| reading.get(key).and_then(Value::as_str).unwrap_or_default();
            format!("{}#{}", part("document"), part("pointer"))
        })
        .collect();
    let left_out = change.get("reads_left_out").and_then(Value::as_u64);
    let first = reads.get(..READINGS).unwrap_or(&reads);
    let more = (reads.len() - first.len()) as u64 + left_out.unwrap_or_default();
    match more {
        0 => first.join(" "),
        more => format!("{} and {more} more", first.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_shown_with_the_last_author_and_its_reason() {
        let report = json!({
            "changes": [
                {"pointer": "/node/name", "from": null, "to": "System", "by": "seed",
                 "reads": [{"document": "/redfish/v1/Systems/1", "pointer": "/Name"}]},
                {"pointer": "/node/driver", "from": null, "to": "redfish", "by": "seed"},
                {"pointer": "/node/name", "from": "System", "to": "r1-u7", "by": "site-naming",
                 "because": "rack 1, unit 7"},
                {"pointer": "/ports/a/pxe_enabled", "from": null, "to": true, "by": "seed"},
                {"pointer": "/ports/a", "from": {}, "to": null, "by": "port-policy"},
            ],
        });
        let rows = reasons(report.as_object().unwrap());
        assert_eq!(
            json!(rows),
            json!([
                {"field": "/node/name", "value": "r1-u7", "author": "site-naming",
                 "reason": "rack 1, unit 7"},
                {"field": "/node/driver", "value": "redfish", "author": "seed", "reason": ""},
            ])
        );
        assert_eq!(reason(&report["changes"][0]), "/redfish/v1/Systems/1#/Name");
    }
}
