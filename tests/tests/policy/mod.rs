//! `valence hook test`: the sample hooks' own cases (`samples`), and how cases are
//! told.

mod bench;
mod project;
mod record;
mod samples;
pub(crate) mod terminal;
mod watch;

use std::fs;

use serde_json::{Value, json};
use valence_tests::{Valence, hook, root};

use project::{Case, Site};

/// A case that comes out otherwise in two values.
fn failing() -> Site {
    let site = Site::new();
    site.case(
        "named",
        &Case {
            settings: "patterns = [\"{rack}-u{unit:02}\"]",
            expected: Some(json!({
                "node": {"name": "web99", "driver": "redfish", "owner": "nobody"},
            })),
            rest: "match = \"partial\"",
            ..Case::default()
        },
    );
    site
}

#[test]
fn a_failure_shows_each_field_with_who_set_it_and_why() {
    let site = failing();
    let ran = site.test([]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    insta::assert_snapshot!("human", site.tamed(&ran.stdout));
    assert!(ran.stderr.contains("1 of 1 cases failed"), "{ran:?}");
}

#[test]
fn each_form_tells_the_same() {
    let site = failing();
    site.case(
        "denied",
        &Case {
            mockup: "hpe-unplaced",
            settings: "patterns = [\"{rack}\"]",
            expect: "denied",
            ..Case::default()
        },
    );
    for form in ["json", "tap", "github"] {
        let ran = site.test(["--format", form]);
        assert_eq!(ran.exit, 1, "{ran:?}");
        insta::assert_snapshot!(form, site.tamed(&ran.stdout));
    }
    // By another's parser, not by our own eyes.
    let ran = site.test(["--format", "junit"]);
    let document = roxmltree::Document::parse(&ran.stdout).unwrap();
    let suite = document
        .descendants()
        .find(|node| node.has_tag_name("testsuite"));
    let suite = suite.unwrap();
    assert_eq!(suite.attribute("tests"), Some("2"));
    assert_eq!(suite.attribute("failures"), Some("1"));
    let failure = suite
        .descendants()
        .find(|node| node.has_tag_name("failure"));
    let message = failure.unwrap().attribute("message").unwrap();
    assert!(
        message.starts_with("`/node/name` is `\"R12-u07\"`"),
        "{message}"
    );
}

#[test]
fn a_field_too_many_fails_and_update_accepts_it() {
    let site = Site::new();
    let named = Case {
        settings: "patterns = [\"{rack}-u{unit:02}\"]",
        expected: Some(json!({"node": {"name": "R12-u07"}})),
        ..Case::default()
    };
    site.case("named", &named);
    let ran = site.test([]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stdout.contains("/node/driver"), "{}", ran.stdout);

    let accepted = site.test(["--update"]);
    assert_eq!(accepted.exit, 0, "{accepted:?}");
    assert!(
        accepted.stdout.contains("/node/driver"),
        "it is shown before"
    );
    let again = site.test([]);
    assert_eq!(again.exit, 0, "{again:?}");
    assert!(again.stdout.contains("1 passed, 0 failed"), "{again:?}");
}

#[test]
fn the_schema_that_an_enrollment_names_is_for_editors() {
    let site = Site::new();
    let named = Case {
        settings: "patterns = [\"{rack}\"]",
        expected: Some(json!({"$schema": "enrollment.schema.json", "node": {"name": "?"}})),
        rest: "match = \"partial\"",
        ..Case::default()
    };
    site.case("named", &named);
    let ran = site.test(["--update"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(!ran.stdout.contains("schema"), "{ran:?}");
    let accepted: Value =
        serde_json::from_str(&fs::read_to_string(site.expected("named")).unwrap()).unwrap();
    let wanted = json!({"$schema": "enrollment.schema.json", "node": {"name": "R12"}});
    assert_eq!(accepted, wanted);
    assert_eq!(site.test([]).exit, 0);
}

#[test]
fn a_file_that_is_no_hook_has_refused_no_settings() {
    let site = Site::new();
    let refused = Case {
        settings: "patterns = [7]",
        expect: "settings",
        ..Case::default()
    };
    site.case("refused", &refused);
    let ran = site.test([]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    site.file("hook.wasm", "#!/bin/sh");
    let ran = site.test([]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    let says = "it could not be evaluated: hook `site-naming`: `";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
}

#[test]
fn what_is_wrong_otherwise_is_not_accepted() {
    let site = Site::new();
    let case = Case {
        mockup: "hpe-unplaced",
        settings: "patterns = [\"{rack}\"]",
        ..Case::default()
    };
    site.case("denied", &case);
    let ran = site.test(["--update"]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    let says = "it is denied, and was to be enrolled";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(!site.expected("denied").exists());
}

#[test]
fn a_strict_case_fails_where_the_recording_has_nothing_to_read() {
    let site = Site::new();
    let strict = |absent: &'static str| Case {
        settings: "patterns = [\"{serial}\"]",
        mockup: "dell-rack",
        without: "/redfish/v1/Systems/System.Embedded.1/EthernetInterfaces",
        rest: absent,
        expect: "enrolled",
        ..Case::default()
    };
    site.case("a", &strict("strict = true"));
    site.case(
        "b",
        &strict("strict = true\nabsent = [\"*/EthernetInterfaces\"]"),
    );
    let accepted = site.test(["--update", "--filter", "b"]);
    assert_eq!(accepted.exit, 0, "{accepted:?}");
    let ran = site.test([]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    let says = "EthernetInterfaces` is read and is not in the mockup";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(ran.stdout.contains("pass b"), "{}", ran.stdout);
}

#[test]
fn fuel_is_bounded_by_case_or_for_all() {
    let site = Site::new();
    let case = |rest: &'static str| Case {
        settings: "patterns = [\"{serial}\"]",
        expect: "enrolled",
        rest,
        ..Case::default()
    };
    site.case("all", &case("warned_text = [\"\"]"));
    site.case("own", &case("warned_text = [\"\"]\nmax_fuel = 10000000"));
    let ran = site.test(["--max-fuel", "10"]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("of fuel, and may use 10"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("pass own"), "{}", ran.stdout);
}

#[test]
fn what_nobody_tried_is_told() {
    let site = failing();
    let ran = site.test(["--coverage"]);
    insta::assert_snapshot!("coverage", site.tamed(&ran.stdout));
}

#[test]
fn a_whole_chain_is_tested_by_its_configuration() {
    let site = Site::new();
    let component = hook("site-naming").display().to_string();
    let config = format!(
        "[register.defaults]\nowner = \"site\"\n\n[[hook]]\nname = \"first\"\npath = {component:?}\n\
         settings = {{ patterns = [\"{{serial}}\"] }}\n\n[[hook]]\nname = \"second\"\npath = {component:?}\n\
         overrides = [\"first\"]\nsettings = {{ patterns = [\"{{rack}}\"] }}\n"
    );
    site.file("chain.toml", &config);
    let case = Case {
        expected: Some(json!({"node": {"name": "R12", "owner": "site"}})),
        rest: "match = \"partial\"\nconfig = \"../../chain.toml\"",
        ..Case::default()
    };
    site.case("chain", &case);
    let ran = site.test([]);
    assert_eq!(ran.exit, 0, "{ran:?}");
}

#[test]
fn what_cannot_be_run_says_what_to_do() {
    let site = Site::new();
    for (arguments, says) in [
        (vec![], "there is nothing to test"),
        (vec!["--filter", "x"], "there is nothing to test"),
    ] {
        let directory = site.root().join("nothing");
        fs::create_dir_all(&directory).unwrap();
        let directory = directory.display().to_string();
        let ran = Valence::offline(["hook", "test", &directory].into_iter().chain(arguments));
        assert_eq!(ran.exit, 2, "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    site.case("named", &Case::default());
    let ran = site.test(["--filter", "other"]);
    assert_eq!(ran.exit, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("no case's name holds `other`"),
        "{ran:?}"
    );
    fs::remove_file(site.root().join("hook.wasm")).unwrap();
    let ran = site.test([]);
    assert_eq!(ran.exit, 2, "{ran:?}");
    assert!(ran.stderr.contains("`valence hook build"), "{ran:?}");
}

#[test]
fn the_published_schemas_are_those_of_this_version() {
    for (command, file) in [
        ("hook schema case", "case.schema.json"),
        ("hook schema hook", "hook.schema.json"),
        ("hook schema enrollment", "enrollment.schema.json"),
        ("config schema", "valence.schema.json"),
    ] {
        let ran = Valence::offline(command.split(' '));
        assert_eq!(ran.exit, 0, "{ran:?}");
        let published = fs::read_to_string(root().join("docs/schemas").join(file));
        let is_current = published.is_ok_and(|published| published == ran.stdout);
        let command = format!("valence {command} > docs/schemas/{file}");
        assert!(is_current, "`{command}` makes it that");
    }
}
