//! A version of the contract that has been released never changes again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail loudly"
)]
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")
}

/// `released.sha256`: file below `wit/` to digest.
fn released() -> BTreeMap<String, String> {
    let list = fs::read_to_string(wit().join("released.sha256")).unwrap();
    list.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once("  ").expect("a digest, two spaces, a file"))
        .map(|(digest, file)| (file.to_owned(), digest.to_owned()))
        .collect()
}

/// Every WIT file below `wit/`, by its path there, and its text.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for directory in fs::read_dir(wit())
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !directory.is_dir() {
            continue;
        }
        for file in fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let path = file
                .strip_prefix(wit())
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(path, fs::read_to_string(&file).unwrap());
        }
    }
    files
}

/// Of the contract `files` and the `released` list: what breaks the promise.
fn broken(files: &BTreeMap<String, String>, released: &BTreeMap<String, String>) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, digest) in released {
        match files.get(file) {
            None => broken.push(format!("{file} was released and is gone")),
            Some(text) if sha256(text) != *digest => {
                broken.push(format!("{file} was released and has changed"))
            }
            Some(_) => {}
        }
    }
    for (file, text) in files {
        let package = text.lines().find(|line| line.starts_with("package "));
        let in_work = package.is_some_and(|line| line.contains("-dev;"));
        match (in_work, released.contains_key(file)) {
            (true, true) => broken.push(format!(
                "{file} is listed as released, but its version ends in -dev"
            )),
            (false, false) => broken.push(format!(
                "{file} has a released version, but is not in released.sha256"
            )),
            _ => {}
        }
    }
    broken
}

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn released_versions_stay_as_they_are() {
    let files = files();
    assert!(
        files.contains_key("since_v0.1.0/hooks.wit"),
        "{:?}",
        files.keys()
    );
    assert_eq!(broken(&files, &released()), Vec::<String>::new());
}

#[test]
fn a_change_of_a_released_version_is_seen() {
    let file = |text: &str| BTreeMap::from([("since_v1/a.wit".to_owned(), text.to_owned())]);
    let text = "package valence:hooks@1.0.0;\n";
    let list = file(&sha256(text));
    assert_eq!(broken(&file(text), &list), Vec::<String>::new());
    assert_eq!(
        broken(&file("package valence:hooks@1.0.0;\n\n"), &list),
        ["since_v1/a.wit was released and has changed"]
    );
    assert_eq!(
        broken(&BTreeMap::new(), &list),
        ["since_v1/a.wit was released and is gone"]
    );
    assert_eq!(
        broken(&file(text), &BTreeMap::new()),
        ["since_v1/a.wit has a released version, but is not in released.sha256"]
    );
    let dev = "package valence:hooks@1.1.0-dev;\n";
    assert_eq!(
        broken(&file(dev), &file(&sha256(dev))),
        ["since_v1/a.wit is listed as released, but its version ends in -dev"]
    );
}
