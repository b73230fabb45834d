//! The cases of the sample hooks, and the table of use-cases that they show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use valence_tests::{Outcome, Valence, corpus, hook, root, target};

/// Fewer say little of a hook.
const FEWEST: usize = 6;
/// Their components hold an interpreter, which takes long to compile.
const INTERPRETED: [&str; 2] = ["javascript-labels", "python-naming"];
/// Cases of what Valence does without any hook.
const NO_HOOK: &str = "no-hook";

/// The directories of `hooks/` with cases.
fn projects() -> Vec<PathBuf> {
    let inside = fs::read_dir(root().join("hooks")).unwrap();
    let mut found: Vec<_> = inside
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("cases").is_dir())
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The cases of a project, and the recordings that they are of.
fn cases(project: &Path) -> BTreeMap<String, String> {
    let inside = fs::read_dir(project.join("cases")).unwrap();
    inside
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(path.join("case.toml")).unwrap();
            let case: toml::Table = text.parse().unwrap();
            (name(&path), case["mockup"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// Runs the cases of a project whose names hold `filter`.
fn run(project: &Path, filter: &str) -> Outcome {
    let directory = project.display().to_string();
    let mut variables = Vec::new();
    if let Some(corpus) = corpus() {
        variables.push(("VALENCE_CORPUS".to_owned(), corpus.display().to_string()));
    }
    let own = name(project);
    if INTERPRETED.contains(&own.as_str()) {
        let cache = target().join("tmp/policy-cache").display().to_string();
        variables.push(("XDG_CACHE_HOME".to_owned(), cache));
    }
    let plain = ["hook", "test", &directory, "-f", "json", "--filter", filter];
    if own == NO_HOOK {
        return Valence::offline_with(&root(), &variables, plain);
    }
    let component = hook(&own).display().to_string();
    let [a, b, c, d, e, f, g] = plain;
    let arguments = [a, b, c, d, e, f, g, "--hook", &component];
    Valence::offline_with(&root(), &variables, arguments)
}

#[test]
fn every_case_of_every_sample_hook_comes_out_as_expected() {
    let (mut count, mut seen) = (0, BTreeMap::<String, usize>::new());
    for project in projects() {
        let own = name(&project);
        let cases = cases(&project);
        assert!(cases.len() >= FEWEST, "`{own}` has {} cases", cases.len());
        if INTERPRETED.contains(&own.as_str()) {
            // Cases run side by side: the first alone leaves the others its code.
            run(&project, cases.keys().next().unwrap());
        }
        let ran = run(&project, "");
        assert_eq!(ran.exit, 0, "{own}: {}{}", ran.stdout, ran.stderr);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let reported = report["suites"][0]["cases"].as_array().unwrap();
        assert_eq!(reported.len(), cases.len(), "{own}");
        for case in reported {
            let passed = case["outcome"] == "passed";
            assert!(passed || corpus().is_none(), "{case:#}");
            count += 1;
            let mockup = &cases[case["name"].as_str().unwrap()];
            if let Some(machine) = mockup.strip_prefix("corpus:").filter(|_| passed) {
                *seen.entry(machine.to_owned()).or_default() += 1;
            }
        }
    }
    let machines = seen.iter().map(|(name, cases)| format!("{name} ({cases})"));
    let machines: Vec<_> = machines.collect();
    // Not by `println!`, which nobody sees of a test that passes.
    let _ = writeln!(
        std::io::stderr(),
        "{count} policy cases; recorded machines seen: {}",
        match machines.is_empty() {
            true => "none".to_owned(),
            false => machines.join(", "),
        }
    );
    if let Some(directory) = corpus() {
        let all: BTreeSet<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| name(&entry.unwrap().path()))
            .filter(|name| name.ends_with(".json"))
            .collect();
        let unseen: Vec<_> = all.iter().filter(|one| !seen.contains_key(*one)).collect();
        assert!(unseen.is_empty(), "no case is of {unseen:?}");
    }
}

#[test]
fn every_sample_hook_is_tried_on_recorded_machines_and_on_odd_ones() {
    for project in projects() {
        let own = name(&project);
        let cases = cases(&project);
        let recorded = cases.values().filter(|one| one.starts_with("corpus:"));
        assert!(
            recorded.count() > 0,
            "`{own}` has no case of a recorded machine"
        );
        let made = cases.values().filter(|one| one.starts_with(".."));
        assert!(
            made.count() > 0,
            "`{own}` has no case of a machine made by hand"
        );
        let wrong = fs::read_dir(project.join("cases"))
            .unwrap()
            .filter(|entry| {
                let path = entry.as_ref().unwrap().path().join("case.toml");
                !fs::read_to_string(path)
                    .unwrap()
                    .contains("expect = \"enrolled\"")
            });
        // Without a hook there is nobody who could deny.
        assert!(
            own == NO_HOOK || wrong.count() > 0,
            "`{own}` has only happy cases"
        );
    }
}

/// The rows of the table in docs/use-cases.md: number, and the cases.
fn table() -> Vec<(usize, Vec<String>)> {
    let text = fs::read_to_string(root().join("docs/use-cases.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<_> = line.strip_prefix("| ")?.split('|').map(str::trim).collect();
            let number = cells[0].parse().ok()?;
            let named = cells[3].split(", ").filter(|cell| !cell.is_empty());
            let named = named.map(|cell| cell.trim_matches('`').to_owned());
            Some((number, named.collect()))
        })
        .collect()
}

#[test]
fn each_of_the_forty_use_cases_is_told_of_with_cases_that_are_there() {
    let table = table();
    let numbers: Vec<_> = table.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    for (number, named) in table {
        assert!(!named.is_empty(), "use-case {number} has no case");
        for case in named {
            let (hook, own) = case.split_once('/').unwrap_or_else(|| panic!("`{case}`"));
            let file = root()
                .join("hooks")
                .join(hook)
                .join("cases")
                .join(own)
                .join("case.toml");
            assert!(
                file.is_file(),
                "use-case {number}: there is no case `{case}`"
            );
        }
    }
}
