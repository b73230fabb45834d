//! From nothing to a tested hook: `valence hook new`, `build`, `test`.

mod bounds;
mod place;
pub(super) mod tools;

use std::fs;

use serde_json::Value;
use valence_tests::{Valence, hook, root};

use place::Place;
pub(super) use tools::compiler;

/// What holds for a new hook in any language, once it is there to be built.
fn three_commands(place: &Place, variables: &[(String, String)]) {
    let built = place.valence(variables, ["hook", "build"]);
    assert_eq!(built.exit, 0, "{built:?}");
    assert!(
        built.stdout.starts_with("made `./my-site.wasm` ("),
        "{built:?}"
    );
    assert!(built.stdout.ends_with("mapping)\n"), "{built:?}");

    let tested = place.valence(&[], ["hook", "test"]);
    assert_eq!(tested.exit, 0, "{tested:?}");
    assert!(tested.stdout.contains("2 passed, 0 failed"), "{tested:?}");

    let inspected = place.valence(&[], ["hook", "inspect", "my-site.wasm", "-f", "json"]);
    assert_eq!(inspected.exit, 0, "{inspected:?}");
    let about: Value = serde_json::from_str(&inspected.stdout).unwrap();
    assert_eq!(about["name"], "my-site");
    let prefix = &about["settings_schema"]["properties"]["prefix"];
    assert_eq!(prefix["default"], "rack", "{about:#}");
    assert!(prefix["description"].is_string(), "{about:#}");
    assert!(
        about["minimum_memory"].as_u64().unwrap() >= 65_536,
        "{about:#}"
    );

    // Its own check of settings is asked, and so is the schema.
    for (settings, complaint) in [
        ("prefix = \"\"", "`prefix` is empty"),
        ("prefx = \"rack\"", "prefx"),
    ] {
        let case = "cases/in-a-rack/case.toml";
        let text = place.read(case);
        place.write(case, &text.replace("prefix = \"rack\"", settings));
        let tested = place.valence(&[], ["hook", "test"]);
        assert_eq!(tested.exit, 1, "{tested:?}");
        assert!(tested.stdout.contains(complaint), "{tested:?}");
        place.write(case, &text);
    }
}

#[test]
fn three_commands_make_a_tested_hook_in_rust() {
    let place = Place::new("rust", &["target"]);
    three_commands(&place, &compiler());
}

#[test]
fn three_commands_make_a_tested_hook_in_python() {
    let place = Place::new("python", &[]);
    place.installed_componentize_py();
    three_commands(&place, &[]);
}

#[test]
fn three_commands_make_a_tested_hook_in_javascript() {
    let place = Place::new("javascript", &[]);
    three_commands(&place, &place.installed_node_modules());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(bounds::hold_an_interpreter(&place.component()));
}

#[test]
fn three_commands_make_a_tested_hook_in_c() {
    let place = Place::new("c", &[]);
    three_commands(&place, &place.installed_zig());
}

#[test]
fn what_is_there_already_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let make = |name: &str| Valence::offline_in(directory.path(), ["hook", "new", name]);
    let made = make("site");
    assert_eq!(made.exit, 0, "{made:?}");
    assert!(made.stdout.contains("valence hook build site"), "{made:?}");
    let again = make("site");
    assert_eq!(again.exit, 2, "{again:?}");
    assert!(
        again.stderr.contains("`site` is there already"),
        "{again:?}"
    );
    let bad = make("Site");
    assert_eq!(bad.exit, 2, "{bad:?}");
    assert!(bad.stderr.contains("cannot be called `Site`"), "{bad:?}");
}

#[test]
fn a_step_that_fails_ends_the_build_with_its_words() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = "name = \"n\"\ncomponent = \"n.wasm\"\n\
                    [[build]]\nrun = [\"cat\", \"no-such-file\"]\n";
    fs::write(directory.path().join("hook.toml"), manifest).unwrap();
    let built = Valence::offline_in(directory.path(), ["hook", "build"]);
    assert_eq!(built.exit, 7, "{built:?}");
    for said in [
        "running `cat no-such-file`",
        "No such file",
        "`cat no-such-file` failed",
    ] {
        assert!(built.stderr.contains(said), "{built:?}");
    }
    assert_eq!(built.stdout, "");
}

#[test]
fn a_core_module_becomes_a_component_without_another_tool() {
    let directory = tempfile::tempdir().unwrap();
    let core = directory.path().join("core.wasm");
    fs::write(
        &core,
        wat::parse_str("(module (memory (export \"memory\") 3))").unwrap(),
    )
    .unwrap();
    let made = |arguments: [&str; 5]| Valence::offline_in(directory.path(), arguments);
    let done = made(["hook", "componentize", "core.wasm", "-o", "hook.wasm"]);
    assert_eq!(done.exit, 0, "{done:?}");
    assert!(
        done.stdout.starts_with("made `hook.wasm` (1 KiB)"),
        "{done:?}"
    );
    let inspected = made(["hook", "inspect", "hook.wasm", "-f", "json"]);
    assert_eq!(inspected.exit, 7, "{inspected:?}");
    assert!(
        inspected.stderr.contains("it takes part in no phase"),
        "{inspected:?}"
    );
    let about: Value = serde_json::from_str(&inspected.stdout).unwrap();
    assert_eq!(about["minimum_memory"], 3 * 65_536);

    let onto = Valence::offline_in(directory.path(), ["hook", "componentize", "core.wasm"]);
    assert_eq!(onto.exit, 2, "{onto:?}");
    assert!(onto.stderr.contains("would replace the module"), "{onto:?}");
    fs::copy(hook("site-naming"), &core).unwrap();
    let twice = made(["hook", "componentize", "core.wasm", "-o", "hook.wasm"]);
    assert_eq!(twice.exit, 2, "{twice:?}");
    assert!(twice.stderr.contains("is a component already"), "{twice:?}");
}

#[test]
fn the_readme_shows_these_three_commands() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut at = 0;
    for command in [
        "valence hook new ",
        "valence hook build",
        "valence hook test",
    ] {
        let found = text.get(at..).unwrap().find(command);
        at += found.unwrap_or_else(|| panic!("`{command}` is not there"));
    }
}
