//! What comes with the binary is what is in the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use toml::Table;

use super::sdk::SDK;
use super::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn text(file: &NewFile) -> &str {
    std::str::from_utf8(&file.bytes).unwrap()
}

fn walk(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            let relative = path.strip_prefix(root().join("guest-sdk")).unwrap();
            found.insert(relative.display().to_string());
        }
    }
}

#[test]
fn the_whole_sdk_comes_along() {
    let mut there = BTreeSet::from(["README.md".to_owned()]);
    walk(&root().join("guest-sdk/src"), &mut there);
    let brought: BTreeSet<_> = SDK.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(brought, there);
}

#[test]
fn the_sdk_has_the_dependencies_that_it_has_here() {
    let read = |path: &str| -> Table {
        let text = fs::read_to_string(root().join(path)).unwrap();
        toml::from_str(&text).unwrap()
    };
    let workspace = read("Cargo.toml")["workspace"].clone();
    let here = read("guest-sdk/Cargo.toml");
    let files = project("a", Language::Rust).unwrap();
    let manifest = files
        .iter()
        .find(|file| file.path.ends_with("valence-hook/Cargo.toml"));
    let made: Table = toml::from_str(text(manifest.unwrap())).unwrap();
    let expected: Table = here["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .map(|name| (name.clone(), workspace["dependencies"][name].clone()))
        .collect();
    assert_eq!(made["dependencies"].as_table(), Some(&expected));
    assert_eq!(made["features"], here["features"]);
    for key in ["version", "edition", "license"] {
        assert_eq!(made["package"][key], workspace["package"][key], "{key}");
    }
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    for language in Language::ALL {
        for file in project("my-site", language).unwrap() {
            let path = &file.path;
            let others = ["vendor/valence-hook/src", "bindings"];
            let own = !others.iter().any(|other| path.starts_with(other));
            assert!(!own || !text(&file).contains("{{"), "{path:?}");
            assert!(path.is_relative(), "{path:?}");
        }
    }
}

#[test]
fn bindings_are_of_the_contract_that_comes_along() {
    let files = project("my-site", Language::C).unwrap();
    let header = files
        .iter()
        .find(|file| file.path == Path::new("bindings/hook.h"));
    let functions = CONTRACT
        .lines()
        .filter_map(|line| line.trim().split_once(": func(")?.0.into());
    let mut seen = 0;
    for name in functions.map(|name: &str| name.replace('-', "_")) {
        let there = text(header.unwrap()).contains(&format!("_{name}("));
        // A hook that maps is shown no function of reviews.
        assert_eq!(there, name != "review_node", "{name}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn names_are_such_as_files_and_packages_take() {
    for name in ["a", "site-naming", "dc1"] {
        check(name).unwrap();
    }
    let long = "a".repeat(65);
    for name in ["", "1a", "-a", "a-", "A", "a_b", "a/b", "..", "ä", &long] {
        let text = check(name).unwrap_err().to_string();
        assert!(text.contains(&format!("called `{name}`")), "{text}");
    }
}
