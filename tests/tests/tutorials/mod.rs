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
//!   that holds TEXT.
//!
//! Everything else is prose, and what is for the reader's own machines (an address of a
//! BMC that there is not) stands in blocks of another kind.

mod output;
mod page;
mod reader;

use reader::Reader;
use valence_tests::emulator::Emulator;
use valence_tests::root;

/// The address of the machine that tutorials record.
const BMC: &str = "http://127.0.0.1:8000";

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_pages_on_hooks_and_their_tests_comes_to_a_tested_hook() {
    let machine = root().join("hooks/mockups/dell-rack.json");
    let bmc = Emulator::of_recording(&machine).start().await;
    let mut reader = Reader::new("hooks", &["my-site/target"]);
    reader.has("hooks");
    reader.meets(BMC, bmc.url());
    // The second goes on where the first ends.
    for page in ["docs/writing-hooks.md", "docs/testing-policy.md"] {
        reader.follows(page);
    }
}
