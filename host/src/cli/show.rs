//! Records in each form.

use comfy_table::presets::ASCII_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::text::tame;

use super::baremetal_create;
use super::output::Form;
use super::trouble::Trouble;

/// A value in a cell is not cut: this is more than any has.
const LONGEST: usize = 1 << 20;

/// One record, of which `columns` are shown.
pub(super) fn record(form: Form, columns: &[String], record: &Object) -> Result<String, Trouble> {
    let pairs = || {
        columns
            .iter()
            .map(|column| (column, record.get(column).unwrap_or(&Value::Null)))
    };
    Ok(match form {
        Form::Json => json(record)?,
        Form::Yaml => yaml(record)?,
        Form::Value => lines(pairs().map(|(_, value)| line(value))),
        Form::Csv => lines([
            lines_of_cells(columns.iter().cloned()),
            lines_of_cells(pairs().map(|(_, value)| blank(value))),
        ]),
        Form::Table => table(
            &["Field".to_owned(), "Value".to_owned()],
            pairs().map(|(column, value)| vec![column.clone(), line(value)]),
        ),
        Form::BaremetalCreate => return Err(baremetal_create::elsewhere()),
    })
}

/// Several records, of which `columns` are shown.
pub(super) fn list(form: Form, columns: &[String], records: &[Object]) -> Result<String, Trouble> {
    let cells = |record: &Object, text: fn(&Value) -> String| -> Vec<String> {
        columns
            .iter()
            .map(|column| text(record.get(column).unwrap_or(&Value::Null)))
            .collect()
    };
    Ok(match form {
        Form::Json => json(&records)?,
        Form::Yaml => yaml(&records)?,
        Form::Value => lines(records.iter().map(|record| cells(record, line).join(" "))),
        Form::Csv => lines(
            std::iter::once(lines_of_cells(columns.iter().cloned())).chain(
                records
                    .iter()
                    .map(|record| lines_of_cells(cells(record, blank))),
            ),
        ),
        Form::Table => table(columns, records.iter().map(|record| cells(record, line))),
        Form::BaremetalCreate => return Err(baremetal_create::elsewhere()),
    })
}

/// `record` with the fields of its objects as fields of its own, by names such
/// as `ironic_node_uuid`.
pub(super) fn flattened(record: &Object) -> Object {
    let mut out = Object::new();
    for (key, value) in record {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                for (name, value) in inner {
                    out.insert(format!("{key}_{name}"), value.clone());
                }
            }
            _ => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    out
}

/// A value as text: a list of words as the words.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A value that cannot break the line it stands in, nor the terminal.
fn line(value: &Value) -> String {
    tame(&text(value), LONGEST)
}

fn blank(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => line(other),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Trouble> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::internal(error).into())
}

fn yaml(value: &impl serde::Serialize) -> Result<String, Trouble> {
    serde_saphyr::to_string(value).map_err(|error| {
        Failure::new(
            Cause::Internal,
            "this cannot be written as YAML; try `-f json`",
        )
        .because(error.to_string())
        .into()
    })
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

fn lines_of_cells(cells: impl IntoIterator<Item = String>) -> String {
    cells
        .into_iter()
        .map(|cell| {
            if cell.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        })
        .collect::<Vec<_>>()
        .join(",")
}

fn table(heading: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(ASCII_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(heading)
        .add_rows(rows);
    table.to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn node() -> (Vec<String>, Object) {
        let node = object(json!({
            "name": "a \"b\", c",
            "managed_by": null,
            "ports": ["x", "y"],
            "escape": "\u{1b}[31m",
        }));
        let columns = ["name", "managed_by", "ports", "escape"].map(str::to_owned);
        (columns.into(), node)
    }

    #[test]
    fn a_record_in_every_form() {
        let (columns, node) = node();
        let shown = |form| record(form, &columns, &node).ok().unwrap();
        assert_eq!(
            shown(Form::Table),
            "\
+------------+------------+
| Field      | Value      |
+=========================+
| name       | a \"b\", c   |
| managed_by | None       |
| ports      | x, y       |
| escape     | \\u{1b}[31m |
+------------+------------+
"
        );
        assert_eq!(shown(Form::Value), "a \"b\", c\nNone\nx, y\n\\u{1b}[31m\n");
        assert_eq!(
            shown(Form::Csv),
            "name,managed_by,ports,escape\n\"a \"\"b\"\", c\",,\"x, y\",\\u{1b}[31m\n"
        );
        let back: Value = serde_json::from_str(&shown(Form::Json)).unwrap();
        assert_eq!(back, json!(node));
        let back: Value = serde_saphyr::from_str(&shown(Form::Yaml)).unwrap();
        assert_eq!(back, json!(node));
    }

    #[test]
    fn a_list_in_every_form() {
        let columns = ["name", "size"].map(str::to_owned);
        let records = [
            object(json!({"name": "a", "size": 1})),
            object(json!({"name": "b", "size": null})),
        ];
        let shown = |form| list(form, &columns, &records).ok().unwrap();
        assert_eq!(shown(Form::Value), "a 1\nb None\n");
        assert_eq!(shown(Form::Csv), "name,size\na,1\nb,\n");
        assert_eq!(
            shown(Form::Table),
            "\
+------+------+
| name | size |
+=============+
| a    | 1    |
| b    | None |
+------+------+
"
        );
        let back: Value = serde_json::from_str(&shown(Form::Json)).unwrap();
        assert_eq!(back, json!(records));
    }

    #[test]
    fn nested_fields_become_columns() {
        let record = object(json!({"ironic": {"node_uuid": "u"}, "name": "n", "empty": {}}));
        assert_eq!(
            Value::Object(flattened(&record)),
            json!({"ironic_node_uuid": "u", "name": "n", "empty": {}})
        );
    }
}
