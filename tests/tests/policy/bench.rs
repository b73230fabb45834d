//! `valence hook bench`: fuel is what can be compared.

use serde_json::Value;
use valence_tests::{Outcome, Valence};

use super::project::{Case, Site};

const PATTERNS: &str = "patterns = [\"{rack}-u{unit:02}\"]";
/// Comes to the same name, later.
const MORE_PATTERNS: &str =
    "patterns = [\"{asset}-{asset}\", \"{asset}-{serial}-{asset}\", \"{rack}-u{unit:02}\"]";

fn site(settings: &'static str) -> Site {
    let site = Site::new();
    let case = Case {
        settings,
        rest: "warned_text = [\"\"]",
        ..Case::default()
    };
    site.case("named", &case);
    // Not a call to measure.
    site.case(
        "refused",
        &Case {
            settings: "patterns = []",
            expect: "settings",
            ..Case::default()
        },
    );
    site
}

fn bench<const N: usize>(site: &Site, arguments: [&str; N]) -> Outcome {
    let directory = site.root().display().to_string();
    let start = ["hook", "bench", &directory, "--rounds", "5"];
    Valence::offline(start.into_iter().chain(arguments))
}

fn parsed(outcome: &Outcome) -> Value {
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn fuel_is_the_same_each_time_and_a_dearer_hook_is_caught() {
    let before = site(PATTERNS);
    let file = before.root().join("before.json").display().to_string();
    let costs = parsed(&bench(&before, ["-f", "json", "--save", &file]));
    let cases = costs["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 1, "{costs:#}");
    let cost = &cases[0];
    assert_eq!(cost["case"], "named");
    assert_eq!(cost["fuel"], costs["fuel"]);
    assert_eq!(cost["fuel"], cost["hooks"]["site-naming"]["fuel"]);
    // A hook in Rust has 4 MiB from the start.
    assert!(cost["memory"].as_u64().unwrap() >= 4 << 20, "{cost:#}");
    assert!(cost["median_us"].as_u64() <= cost["p99_us"].as_u64());

    let same = bench(&before, ["--compare", &file, "--threshold", "0"]);
    assert_eq!(same.exit, 0, "{same:?}");
    for part in ["| named |", "| all ", "| none "] {
        assert!(same.stdout.contains(part), "{part}: {}", same.stdout);
    }

    let after = site(MORE_PATTERNS);
    let shown = bench(&after, ["--compare", &file]);
    assert_eq!(shown.exit, 0, "{shown:?}");
    assert!(shown.stdout.contains(" % "), "{}", shown.stdout);
    let dearer = bench(&after, ["--compare", &file, "--threshold", "1"]);
    assert_eq!(dearer.exit, 1, "{dearer:?}");
    let says = "fuel rose by more than 1 %: that of `named` by ";
    assert!(dearer.stderr.contains(says), "{dearer:?}");
    // The same the other way round has become cheaper.
    let cheaper = after.root().join("after.json").display().to_string();
    parsed(&bench(&after, ["-f", "json", "--save", &cheaper]));
    let back = bench(&before, ["--compare", &cheaper, "--threshold", "0"]);
    assert_eq!(back.exit, 0, "{back:?}");
}

#[test]
fn what_cannot_be_measured_is_told() {
    let site = site(PATTERNS);
    let none = bench(&site, ["--filter", "refused"]);
    assert_eq!(none.exit, 2, "{none:?}");
    assert!(
        none.stderr.contains("no case in which a hook is called"),
        "{none:?}"
    );
    let threshold = bench(&site, ["--threshold", "5"]);
    assert_eq!(threshold.exit, 2, "{threshold:?}");
    site.file("saved.json", "{}");
    let saved = site.root().join("saved.json").display().to_string();
    let compared = bench(&site, ["--compare", &saved]);
    assert_eq!(compared.exit, 2, "{compared:?}");
    assert!(
        compared.stderr.contains("is not what `--save` keeps"),
        "{compared:?}"
    );
    let case = Case {
        settings: PATTERNS,
        expect: "denied",
        ..Case::default()
    };
    site.case("wrong", &case);
    let failed = bench(&site, []);
    assert_eq!(failed.exit, 1, "{failed:?}");
    assert!(
        failed.stderr.contains("of `wrong` something else comes"),
        "{failed:?}"
    );
    assert!(failed.stdout.contains("| named |"), "{failed:?}");
}
