//! `valence hook bench`: what hooks cost, case by case.

mod table;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::failure::{Cause, Failure};
use crate::policy::{Cost, Costs, Uncosted};

use super::output::{note, print};
use super::suites::{Chosen, Suite, suites};
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// How often each case is timed
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: u32,
    /// Keep what was measured, for `--compare`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Show what has changed since that was kept
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Fail if the fuel of a case has risen by more than so many percent
    #[arg(long, value_name = "PERCENT", requires = "compare", value_parser = percent)]
    threshold: Option<f64>,
    /// The form of the report
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    format: Form,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Lines and columns for people
    Table,
    /// One JSON object, as `--save` keeps it
    Json,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .trim_end_matches('%')
        .parse()
        .map_err(|_| NO_PERCENTAGE)?;
    match number.is_finite() && number >= 0.0 {
        true => Ok(number),
        false => Err(NO_PERCENTAGE.into()),
    }
}

const NO_PERCENTAGE: &str = "it is to be a number that is not below 0, such as `5`";

pub(super) async fn run(quiet: bool, arguments: &Arguments) -> Result<(), Trouble> {
    // First: what cannot be read is to cost nobody a minute.
    let before = arguments.compare.as_deref().map(kept).transpose()?;
    let suites = suites(&arguments.chosen, None)?;
    let several = suites.len() > 1;
    let mut cases = Vec::new();
    let mut failed = Vec::new();
    for suite in &suites {
        for mut cost in measured(quiet, suite, arguments.rounds, &mut failed).await? {
            if several {
                cost.case = format!("{}/{}", suite.directory.display(), cost.case);
            }
            cases.push(cost);
        }
    }
    let costs = Costs::of(cases, arguments.rounds);
    if failed.is_empty() && costs.cases.is_empty() {
        return Err(Trouble::usage("there is no case in which a hook is called"));
    }
    print(&match arguments.format {
        Form::Table => table::shown(&costs, before.as_ref())?,
        Form::Json => format!("{:#}", serde_json::json!(costs)),
    })?;
    if !failed.is_empty() {
        return Err(different(format!(
            "of `{}` something else comes than is to: `valence hook test` shows what",
            failed.join("`, `")
        )));
    }
    if let Some(file) = &arguments.save {
        let text = format!("{:#}\n", serde_json::json!(costs));
        fs::write(file, text).map_err(|error| Trouble::file("write", file, error))?;
    }
    match (before, arguments.threshold) {
        (Some(before), Some(threshold)) => within(&costs, &before, threshold),
        _ => Ok(()),
    }
}

/// What the cases of `suite` cost, one after the other, so that none takes the
/// processor from another.
async fn measured(
    quiet: bool,
    suite: &Suite,
    rounds: u32,
    failed: &mut Vec<String>,
) -> Result<Vec<Cost>, Trouble> {
    let mut costs = Vec::new();
    for place in &suite.places {
        let name = &place.name;
        match suite.runner.cost(place, rounds).await {
            Ok(cost) => costs.push(cost),
            Err(Uncosted::NoCall) => {}
            Err(Uncosted::NotHere) => {
                let text = format!("`{name}` is left out: its recording is not here");
                note(quiet, &text);
            }
            Err(Uncosted::Failed) => failed.push(name.clone()),
            Err(Uncosted::Broken(failure)) => return Err(failure.into()),
        }
    }
    Ok(costs)
}

fn kept(file: &Path) -> Result<Costs, Trouble> {
    let text = fs::read_to_string(file).map_err(|error| Trouble::file("read", file, error))?;
    serde_json::from_str(&text).map_err(|error| {
        Trouble::usage(format!(
            "`{}` is not what `--save` keeps: {error}",
            file.display()
        ))
    })
}

fn within(costs: &Costs, before: &Costs, threshold: f64) -> Result<(), Trouble> {
    let rises = costs.rises(before, threshold);
    let told: Vec<_> = rises
        .iter()
        .map(|rise| format!("that of `{}` by {:.1} %", rise.case, rise.percent))
        .collect();
    match told.as_slice() {
        [] => Ok(()),
        told => Err(different(format!(
            "fuel rose by more than {threshold} %: {}",
            told.join(", ")
        ))),
    }
}

fn different(detail: String) -> Trouble {
    Failure::new(Cause::Different, detail).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_percentage() {
        assert_eq!(percent("5").ok(), Some(5.0));
        assert_eq!(percent("2.5%").ok(), Some(2.5));
        for text in ["-1", "NaN", "inf", "five", ""] {
            assert_eq!(
                percent(text).err().as_deref(),
                Some(NO_PERCENTAGE),
                "{text}"
            );
        }
    }
}
