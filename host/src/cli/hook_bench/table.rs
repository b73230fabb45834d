//! Costs in lines and columns.

use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::policy::{Costs, change};

use super::super::output::Form;
use super::super::show;
use super::super::trouble::Trouble;

const COLUMNS: [&str; 5] = ["case", "fuel", "median_us", "p99_us", "memory_kib"];
const COMPARED: [&str; 2] = ["fuel_before", "change"];

/// What it costs, and what it cost `before`.
pub(super) fn shown(costs: &Costs, before: Option<&Costs>) -> Result<String, Trouble> {
    let mut rows: Vec<_> = costs
        .cases
        .iter()
        .map(|cost| {
            let row = json!({
                "case": cost.case,
                "fuel": cost.fuel,
                "median_us": cost.median_us,
                "p99_us": cost.p99_us,
                "memory_kib": cost.memory.div_ceil(1024),
            });
            compared(
                row,
                cost.fuel,
                before.map(|before| before.fuel_of(&cost.case)),
            )
        })
        .collect();
    let gone = before.into_iter().flat_map(|before| &before.cases);
    for cost in gone.filter(|cost| costs.fuel_of(&cost.case).is_none()) {
        rows.push(json!({
            "case": cost.case, "fuel": "", "median_us": "", "p99_us": "", "memory_kib": "",
            "fuel_before": cost.fuel, "change": "gone",
        }));
    }
    // Times and memory add up to nothing that anybody has to wait for, or to have.
    let all = json!({
        "case": "all", "fuel": costs.fuel, "median_us": "", "p99_us": "", "memory_kib": "",
    });
    rows.push(compared(
        all,
        costs.fuel,
        before.map(|before| Some(before.fuel)),
    ));
    let more: &[&str] = if before.is_some() { &COMPARED } else { &[] };
    let columns: Vec<_> = COLUMNS
        .iter()
        .chain(more)
        .map(|&name| name.to_owned())
        .collect();
    let rows: Vec<Object> = rows.iter().filter_map(Value::as_object).cloned().collect();
    show::list(Form::Table, &columns, &rows)
}

/// `row` with what it was before: none if there is nothing to compare with.
fn compared(mut row: Value, fuel: u64, before: Option<Option<u64>>) -> Value {
    let (Some(before), Some(row)) = (before, row.as_object_mut()) else {
        return row;
    };
    let told = match before {
        None => "new".to_owned(),
        Some(before) if before == fuel => "none".to_owned(),
        Some(before) => change(before, fuel).map_or_else(
            || "from nothing".to_owned(),
            |percent| format!("{percent:+.1} %"),
        ),
    };
    let before = before.map_or_else(|| json!(""), Value::from);
    row.insert("fuel_before".into(), before);
    row.insert("change".into(), json!(told));
    Value::Object(row.clone())
}
