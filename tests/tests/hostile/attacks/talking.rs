//! Writing what reaches a log or a terminal.

use super::*;

/// Words that are made to harm whoever reads them.
pub(super) fn talking() -> Vec<Attack> {
    let log = |text: &str, often: &str| {
        let mut guest = Guest::new().import("log", "write", "log", "(param i32 i32 i32)");
        let line = at(&mut guest, text);
        let write = format!("(call $log (i32.const 4) {line})");
        let body = if often.is_empty() {
            write
        } else {
            again(5000, &write)
        };
        guest.map(&(body + &same()))
    };
    let words =
        "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n2026-01-01T00:00:00Z ERROR forged by a hook\u{202e}";
    let denied = Attack {
        status: 403,
        code: "denied",
        ..broken(
            "words-of-denial",
            Guest::refusing(Refusal::Denied, words),
            "",
            "\\u{1b}[2J",
        )
    };
    let long = "x".repeat(20_000);
    let long = Attack {
        status: 403,
        code: "denied",
        ..broken(
            "long-denial",
            Guest::refusing(Refusal::Denied, &long),
            "",
            "xxx…",
        )
    };
    vec![
        denied,
        long,
        broken(
            "words-of-failure",
            Guest::refusing(Refusal::Failed, words),
            "",
            "could not do its work",
        ),
        harmless("words-of-log", log(words, ""), ""),
        harmless("log-flood", log(&"flood ".repeat(100), "often"), ""),
        harmless(
            "skipped",
            map(LOOP),
            "on_failure = \"skip\"\nlimits = { fuel = 1000000 }",
        ),
    ]
}
