//! A hook's project of one test.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use valence_tests::{Outcome, Valence, hook, root};

/// A case, to be written down.
pub(super) struct Case {
    /// One of `hooks/mockups`.
    pub(super) mockup: &'static str,
    /// A document that is taken out of it.
    pub(super) without: &'static str,
    pub(super) expect: &'static str,
    pub(super) settings: &'static str,
    pub(super) expected: Option<Value>,
    pub(super) rest: &'static str,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            mockup: "dell-rack",
            without: "",
            expect: "enrolled",
            settings: "",
            expected: None,
            rest: "",
        }
    }
}

/// The project of `site-naming`, with cases of its own.
pub(super) struct Site(TempDir);

impl Site {
    pub(super) fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        fs::copy(hook("site-naming"), site.root().join("hook.wasm")).unwrap();
        site.file(
            "hook.toml",
            "name = \"site-naming\"\ncomponent = \"hook.wasm\"\n",
        );
        site
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap()
    }

    pub(super) fn case(&self, name: &str, case: &Case) {
        let mockup = root().join("hooks/mockups").join(case.mockup);
        let text = fs::read_to_string(mockup.with_extension("json")).unwrap();
        let mut documents: Value = serde_json::from_str(&text).unwrap();
        documents.as_object_mut().unwrap().remove(case.without);
        self.file(
            &format!("cases/{name}/machine.json"),
            &documents.to_string(),
        );
        let text = format!(
            "mockup = \"machine.json\"\nexpect = \"{}\"\n{}\n\n[settings]\n{}\n",
            case.expect, case.rest, case.settings
        );
        self.file(&format!("cases/{name}/case.toml"), &text);
        if let Some(expected) = &case.expected {
            self.file(
                &format!("cases/{name}/expected.json"),
                &expected.to_string(),
            );
        }
    }

    pub(super) fn expected(&self, case: &str) -> PathBuf {
        self.root().join("cases").join(case).join("expected.json")
    }

    pub(super) fn test<const N: usize>(&self, arguments: [&str; N]) -> Outcome {
        let directory = self.root().display().to_string();
        Valence::offline(["hook", "test", &directory].into_iter().chain(arguments))
    }

    /// `text` without what differs from run to run.
    pub(super) fn tamed(&self, text: &str) -> String {
        let text = text.replace(&self.root().display().to_string(), "PROJECT");
        let is_number = |word: &str| {
            let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
        };
        text.lines()
            .map(|line| {
                let varies = ["of fuel", "\"fuel\"", "\"duration_us\""];
                if !varies.iter().any(|word| line.contains(word)) {
                    return line.to_owned();
                }
                let words = line.split(' ').map(|word| match is_number(word) {
                    true => {
                        word.replace(|c: char| c.is_ascii_digit(), "")
                            .replace([',', '('], "")
                            + "N"
                    }
                    false => word.to_owned(),
                });
                words.collect::<Vec<_>>().join(" ")
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}
