use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use super::*;

fn problems(contract: &Contract, component: &str) -> Vec<String> {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::new(&engine, wat::parse_str(component).unwrap()).unwrap();
    contract.problems(&component)
}

/// A component that only imports.
fn importing(name: &str, items: &str) -> String {
    format!("(component (import \"{name}\" (instance {items})))")
}

#[test]
fn the_contract_is_told_in_words() {
    let contract = Contract::current().unwrap();
    let result = |interface: &str, function: &str| {
        let signature = &contract.imports[interface].functions[function];
        signature.result.as_ref().unwrap().to_string()
    };
    assert_eq!(result("settings", "at"), "option<string>");
    assert_eq!(
        result("redfish", "[method]document.follow"),
        "result<option<own<document>>, \
         variant { not-found, forbidden, unavailable(string), malformed(string), too-large, other(string) }>"
    );
    let check = &contract.exports["configuration"].functions["check-settings"];
    assert_eq!(
        check.result.as_ref().unwrap().to_string(),
        "result<_, string>"
    );
}

#[test]
fn versions_of_one_track_go_with_each_other() {
    assert_eq!(track("0.1.0"), track("0.1.7"));
    assert_ne!(track("0.1.0"), track("0.2.0"));
    assert_ne!(track("0.1.0-dev"), track("0.1.0"));
    assert_eq!(track("1.2.0"), track("1.9.3"));
}

/// A component of an older version of the same track goes on fitting, and one of
/// a newer fits as long as it uses nothing new.
#[test]
fn a_contract_that_has_grown_fits_what_was_built_before() {
    let grown = SOURCE
        .replace("valence:hooks@0.1.0", "valence:hooks@0.1.3")
        .replace(
            "get: func() -> json;",
            "get: func() -> json;\n  new: func() -> json;",
        );
    assert_ne!(grown, SOURCE);
    let grown = Contract::of(&grown).unwrap();
    let getting = "(export \"get\" (func (result string)))";
    let no_phase = "it takes part in no phase";
    for version in ["0.1.0", "0.1.3", "0.1.9"] {
        let component = importing(&format!("valence:hooks/settings@{version}"), getting);
        let found = problems(&grown, &component);
        assert!(found[0].starts_with(no_phase), "{version}: {found:?}");
    }
    let newer = "(export \"newest\" (func (result string)))";
    let component = importing("valence:hooks/settings@0.1.9", newer);
    insta::assert_snapshot!(problems(&grown, &component).join("\n"));
}

#[test]
fn versions_are_older_or_newer() {
    let contract = Contract::current().unwrap();
    for (version, expected) in [
        ("@0.2.0", "0.2.0, newer than"),
        ("@0.1.0-dev", "0.1.0-dev, older than"),
        ("@0.0.9", "0.0.9, older than"),
        ("", "of no version"),
    ] {
        let found = problems(
            &contract,
            &importing(&format!("valence:hooks/log{version}"), ""),
        );
        assert!(found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn what_is_not_ours_is_gathered() {
    let contract = Contract::current().unwrap();
    let component = "(component
        (import \"wasi:cli/exit@0.2.6\" (instance))
        (import \"wasi:clocks/wall-clock@0.2.6\" (instance))
        (import \"acme:store/get\" (instance)))";
    insta::assert_snapshot!(problems(&contract, component).join("\n"));
}
