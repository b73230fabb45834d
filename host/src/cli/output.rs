//! How results are shown: the one place that writes to standard output.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::enrollment::Object;
use crate::text::nearest;

use super::show;
use super::trouble::Trouble;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Lines and columns for people
    Table,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// Bare values, one a line, or one record a line
    Value,
    /// Comma-separated values with a heading
    Csv,
    /// The file that `openstack baremetal create` takes
    // Of the commands that show an evaluation only: they name it themselves.
    #[value(hide = true)]
    BaremetalCreate,
}

impl Form {
    /// Whether nested values are shown in one line.
    pub(super) fn is_flat(self) -> bool {
        matches!(self, Self::Table | Self::Value | Self::Csv)
    }
}

/// How one record is shown.
#[derive(Args, Clone, Debug)]
pub(super) struct Format {
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    pub(super) format: Form,
    /// Show this column only; may be given several times
    #[arg(short, long = "column", value_name = "COLUMN")]
    pub(super) columns: Vec<String>,
}

/// How a list of records is shown.
#[derive(Args, Clone, Debug)]
pub(super) struct ListFormat {
    #[command(flatten)]
    pub(super) format: Format,
    /// Sort by this column; may be given several times
    #[arg(long = "sort-column", value_name = "COLUMN")]
    pub(super) sort: Vec<String>,
}

impl Format {
    /// Shows `record`.
    pub(super) fn record(&self, record: &Object) -> Result<(), Trouble> {
        let shown = self.shaped(record);
        let columns = self.chosen(shown.keys().cloned().collect())?;
        let shown = columns
            .iter()
            .map(|column| (column.clone(), cell(&shown, column)))
            .collect();
        print(&show::record(self.format, &columns, &shown)?)
    }

    /// The columns that are asked for, of those that there are.
    fn chosen(&self, there: Vec<String>) -> Result<Vec<String>, Trouble> {
        if self.columns.is_empty() {
            return Ok(there);
        }
        for column in &self.columns {
            known(column, &there)?;
        }
        Ok(self.columns.clone())
    }

    /// `record` with nested fields as columns of their own, where nested ones
    /// can't be shown.
    fn shaped(&self, record: &Object) -> Object {
        if self.format.is_flat() {
            show::flattened(record)
        } else {
            record.clone()
        }
    }
}

impl ListFormat {
    /// Shows `records`, of each those `columns` unless others are asked for.
    pub(super) fn list(&self, records: &[Object], columns: &[&str]) -> Result<(), Trouble> {
        let mut records: Vec<_> = records
            .iter()
            .map(|record| self.format.shaped(record))
            .collect();
        let mut there: Vec<_> = columns.iter().map(|&column| column.to_owned()).collect();
        for key in records.iter().flat_map(Object::keys) {
            if !there.contains(key) {
                there.push(key.clone());
            }
        }
        let shown = if self.format.columns.is_empty() {
            columns.iter().map(|&column| column.to_owned()).collect()
        } else {
            self.format.chosen(there.clone())?
        };
        for column in self.sort.iter().rev() {
            known(column, &there)?;
            records.sort_by(|a, b| order(&cell(a, column), &cell(b, column)));
        }
        let records: Vec<Object> = records
            .iter()
            .map(|record| {
                shown
                    .iter()
                    .map(|column| (column.clone(), cell(record, column)))
                    .collect()
            })
            .collect();
        print(&show::list(self.format.format, &shown, &records)?)
    }
}

fn cell(record: &Object, column: &str) -> Value {
    record.get(column).cloned().unwrap_or(Value::Null)
}

/// Numbers by their size, all else as text.
fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => show::text(a).cmp(&show::text(b)),
    }
}

fn known(column: &str, there: &[String]) -> Result<(), Trouble> {
    if there.iter().any(|name| name == column) {
        return Ok(());
    }
    let names = || there.iter().map(String::as_str);
    let advice = match nearest(column, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are `{}`", names().collect::<Vec<_>>().join("`, `")),
    };
    Err(Trouble::usage(format!(
        "there is no column `{column}`: {advice}"
    )))
}

/// Writes `text`, with a line's end after it.
pub(super) fn print(text: &str) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Tells the user something beside the result.
pub(super) fn note(quiet: bool, text: &str) {
    if !quiet {
        // What can't be told on standard error can't be told.
        let _ = writeln!(io::stderr(), "{}", crate::text::tame(text, 2000));
    }
}
