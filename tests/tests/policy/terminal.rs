//! Colours, on a terminal and nowhere else.

use std::process::Command;

use valence_testbed::Python;
use valence_tests::{binary, target};

use super::failing;

/// Runs its arguments on a terminal of their own.
const ON_A_TERMINAL: &str = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))";

/// What `valence` shows of `arguments` on a terminal.
pub(crate) fn on_a_terminal(arguments: &[&str], variable: Option<(&str, &str)>) -> String {
    let output = Command::new(Python::ready().unwrap().program("python"))
        .args(["-c", ON_A_TERMINAL])
        .arg(binary())
        .args(arguments)
        .env("XDG_CACHE_HOME", target().join("tmp/cache"))
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .envs(variable)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn only_a_terminal_shows_differences_in_colour() {
    let site = failing();
    let project = site.root().display().to_string();
    let shown = |variable| on_a_terminal(&["hook", "test", &project], variable);
    let coloured = shown(None);
    for part in [
        "\u{1b}[31mfail\u{1b}[0m",
        "\u{1b}[31m- \"web99\"\u{1b}[0m",
        "\u{1b}[32m+ \"R12-u07\"\u{1b}[0m",
    ] {
        assert!(coloured.contains(part), "{part:?}: {coloured:?}");
    }
    // <https://no-color.org>: any value but none.
    let plain = shown(Some(("NO_COLOR", "1")));
    assert!(plain.contains("- \"web99\""), "{plain:?}");
    for (where_, text) in [("NO_COLOR", plain), ("a pipe", site.test([]).stdout)] {
        assert!(!text.contains('\u{1b}'), "{where_}: {text:?}");
    }
}
