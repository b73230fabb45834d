//! The tutorials among the documentation, done as they say, step by step, by a reader
//! who types what stands there.
//!
//! A page joins by being listed below. Of its fenced blocks these are done, in their
//! order:
//!
//! - ```` ```console ````: each line that begins with `$ ` is a command for the shell (one
//!   that ends in `\` goes on in the next line). What stands below is all that it prints,
//!   with a line `...` for any number of lines, and with what differs from one machine to
//!   the next counted as equal ([`output::same`]). Nothing below: anything may be printed.
//!   A command whose output has a line that begins with `error: ` is to fail, any other
//!   is not.
//! - any block after a line `<!-- file: PATH -->`: what the file at PATH is to hold from
//!   then on; after `<!-- after: PATH: TEXT -->`: what is to stand in it below the line
//!   that holds TEXT. A reader leaves out what others put into files of another language.
//!
//! Everything else is prose, and what is for the reader's own machines (an address of a
//! BMC that there is not) stands in blocks of another kind.

mod output;
mod page;
mod reader;

use crate::new_hook::tools;
use reader::Reader;
use valence_tests::emulator::Emulator;
use valence_tests::root;

/// The address of the machine that tutorials record.
const BMC: &str = "http://127.0.0.1:8000";

/// What the pages on hooks have put into files by those who write in a language.
const RULES: [(&str, &str); 3] = [
    ("rust", "my-site/src/lib.rs"),
    ("python", "my-site/hook.py"),
    ("javascript", "my-site/hook.js"),
];

/// Does both pages as somebody who writes in `language`, which is called `title`.
/// `prepare` gives the reader its tools.
async fn comes_to_a_tested_hook(
    language: &str,
    title: &str,
    kept: &[&str],
    prepare: impl FnOnce(&mut Reader),
) {
    let machine = root().join("hooks/mockups/dell-rack.json");
    let bmc = Emulator::of_recording(&machine).start().await;
    let mut reader = Reader::new(&format!("hooks-{language}"), kept);
    reader.has("hooks");
    reader.meets(BMC, bmc.url());
    reader.meets("--lang rust", &format!("--lang {language}"));
    reader.meets("a hook in Rust;", &format!("a hook in {title};"));
    for (_, rule) in RULES.iter().filter(|(other, _)| *other != language) {
        reader.leaves_to_others(rule);
    }
    prepare(&mut reader);
    // The second goes on where the first ends.
    for page in ["docs/writing-hooks.md", "docs/testing-policy.md"] {
        reader.follows(page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_pages_on_hooks_and_their_tests_comes_to_a_tested_hook() {
    comes_to_a_tested_hook("rust", "Rust", &["my-site/target"], |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_a_reader_who_writes_in_python() {
    comes_to_a_tested_hook("python", "Python", &[], |reader| {
        reader.will_find("my-site/.venv", |place| {
            tools::componentize_py(&place.join("bin/componentize-py"));
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_a_reader_who_writes_in_javascript() {
    comes_to_a_tested_hook("javascript", "JavaScript", &[], |reader| {
        reader.will_find("my-site/node_modules", tools::node_modules);
        let own = reader.own();
        tools::node_that_keeps(&own.join("node"));
        reader.finds_programs(&own);
    })
    .await;
}
