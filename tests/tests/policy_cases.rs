//! The policy cases of the sample hooks, run by the server's own evaluation.
//! hooks/README.md says what a case is.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use valence::enrollment::{Object, view};
use valence::evaluate::Evaluation;
use valence::failure::{Cause, Failure};
use valence::hook::HookSpec;
use valence::registration::{OfflineOptions, OfflineSubject, evaluate_offline};
use valence_tests::{corpus, hook, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    mockup: String,
    expect: Expectation,
    system: Option<String>,
    #[serde(default)]
    settings: Object,
    #[serde(default)]
    parameters: Object,
    #[serde(default)]
    credentials: Vec<String>,
    #[serde(default)]
    denied_text: Vec<String>,
    #[serde(default)]
    warned_text: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Expectation {
    Enrolled,
    Denied,
    Failed,
    Settings,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_every_sample_hook_comes_out_as_expected() {
    let mut wrong = Vec::new();
    let mut run = 0;
    for (name, directory) in cases() {
        run += 1;
        for complaint in check(&name, &directory).await {
            wrong.push(format!("{}: {complaint}", directory.display()));
        }
    }
    println!("{run} policy cases");
    assert!(run >= 15, "only {run} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The hook and the directory of every case.
fn cases() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("hooks")).unwrap() {
        let hook = entry.unwrap().path();
        let Ok(cases) = fs::read_dir(hook.join("cases")) else {
            continue;
        };
        let name = hook.file_name().unwrap().to_string_lossy().into_owned();
        found.extend(cases.map(|case| (name.clone(), case.unwrap().path())));
    }
    found.sort();
    found
}

async fn check(name: &str, directory: &Path) -> Vec<String> {
    let text = fs::read_to_string(directory.join("case.toml")).unwrap();
    let case: Case = match toml::from_str(&text) {
        Ok(case) => case,
        Err(error) => return vec![error.to_string()],
    };
    let Some(mockup) = mockup(directory, &case.mockup) else {
        println!(
            "{}: the recorded machines are not here",
            directory.display()
        );
        return Vec::new();
    };
    let spec = HookSpec {
        settings: case.settings.clone(),
        credentials: case.credentials.clone(),
        ..HookSpec::new(name, hook(name))
    };
    let subject = OfflineSubject {
        mockup,
        system: case.system.clone(),
        name: None,
        pod_manager: None,
        address: None,
    };
    let options = OfflineOptions {
        hooks: vec![spec],
        parameters: case.parameters.clone(),
        ..OfflineOptions::default()
    };
    let outcome = evaluate_offline(subject, options).await;
    let mut wrong = Vec::new();
    if came(&outcome) != Ok(case.expect) {
        wrong.push(format!(
            "{}, not {:?}: {}",
            came(&outcome).map_or_else(|cause| format!("{cause:?}"), |came| format!("{came:?}")),
            case.expect,
            said(&outcome)
        ));
    }
    let expected = directory.join("expected.json");
    if case.expect == Expectation::Enrolled && !expected.exists() && case.warned_text.is_empty() {
        wrong.push("it is enrolled, with neither expected.json nor warned_text".into());
    }
    for text in case.denied_text.iter().chain(&case.warned_text) {
        if !said(&outcome).contains(text) {
            wrong.push(format!("`{text}` is not in: {}", said(&outcome)));
        }
    }
    if let (Ok(evaluation), Ok(expected)) = (&outcome, fs::read_to_string(expected)) {
        let expected: Value = serde_json::from_str(&expected).unwrap();
        compare(
            "",
            &expected,
            Some(&view(&evaluation.enrollment)),
            &mut wrong,
        );
    }
    wrong
}

fn mockup(directory: &Path, named: &str) -> Option<PathBuf> {
    match named.strip_prefix("corpus:") {
        Some(file) => corpus().map(|corpus| corpus.join(file)),
        None => Some(directory.join(named)),
    }
}

/// Any other cause than these is none that a case can expect.
fn came(outcome: &Result<Evaluation, Failure>) -> Result<Expectation, Cause> {
    match outcome.as_ref().map_err(|failure| failure.cause) {
        Ok(_) => Ok(Expectation::Enrolled),
        Err(Cause::Denied) => Ok(Expectation::Denied),
        Err(Cause::BadConfiguration) => Ok(Expectation::Settings),
        Err(Cause::HookFailed) => Ok(Expectation::Failed),
        Err(other) => Err(other),
    }
}

/// Everything that the outcome says, the inside of a failure included.
fn said(outcome: &Result<Evaluation, Failure>) -> String {
    match outcome {
        Ok(evaluation) => {
            let messages: Vec<_> = evaluation
                .findings
                .iter()
                .map(|f| f.message.as_str())
                .collect();
            messages.join("; ")
        }
        Err(failure) => {
            let mut text = failure.detail.clone();
            let mut source = std::error::Error::source(failure);
            while let Some(error) = source {
                text.push_str(": ");
                text.push_str(&error.to_string());
                source = error.source();
            }
            text
        }
    }
}

/// `expected` is a part of the enrollment; null means that there is nothing.
fn compare(at: &str, expected: &Value, actual: Option<&Value>, wrong: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Null, None | Some(Value::Null)) => {}
        (Value::Object(expected), Some(Value::Object(actual))) => {
            for (key, expected) in expected {
                compare(&format!("{at}/{key}"), expected, actual.get(key), wrong);
            }
        }
        (expected, Some(actual)) if expected == actual => {}
        (expected, actual) => {
            let actual = actual.map_or("nothing".into(), Value::to_string);
            wrong.push(format!("`{at}` is {actual}, not {expected}"));
        }
    }
}
