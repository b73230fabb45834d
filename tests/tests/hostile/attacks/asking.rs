//! Asking the host for much.

use super::*;

/// Asking for too much.
pub(super) fn asking() -> Vec<Attack> {
    let root = "(drop (call $root (local.get $registration)))";
    let mut reader = Guest::reader();
    let two = reader.read("root", "/Id") + &reader.read("system", "/Id") + &same();
    let follow_all = |documents: &[String]| {
        let mut guest = Guest::reader().import("redfish", "[method]document.follow", "follow", GET);
        let id = at(&mut guest, "/Id");
        let mut body = String::new();
        for document in documents {
            let link = at(&mut guest, &format!("/Oem/{document}"));
            body += &format!(
                "(call $follow (call $system (local.get $registration)) {link} (i32.const 512))
                 (call $get (i32.load (i32.const 520)) {id} (i32.const 600))"
            );
        }
        guest.map(&(body + &same()))
    };
    let follow = |document: &str| follow_all(&[document.to_owned()]);
    let absent: Vec<_> = (0..10).map(|n| format!("Absent/{n}")).collect();
    let mut because = Guest::new().import("provenance", "because", "because", GET);
    let reason = at(&mut because, &"because ".repeat(500));
    let because = because.map(&format!(
        "(loop (call $because {reason} {reason}) (br 0)) unreachable"
    ));
    let hanging = Attack {
        status: 504,
        code: "redfish-timeout",
        ..broken(
            "hanging-read",
            follow("Hanging"),
            "",
            "(read by hook `hanging-read`)",
        )
    };
    vec![
        broken(
            "host-calls",
            Guest::reader().map(&format!("(loop {root} (br 0)) unreachable")),
            "",
            "more often than 10000; `limits.host_calls`",
        ),
        broken(
            "reads",
            reader.map(&two),
            "limits = { reads = 1 }",
            "`limits.reads`",
        ),
        broken(
            "absent-reads",
            follow_all(&absent),
            "limits = { reads = 5 }",
            "more documents than 5; `limits.reads`",
        ),
        broken(
            "long-reads",
            follow("Long"),
            "limits = { read_bytes = \"1MiB\" }",
            "`limits.read_bytes`",
        ),
        broken("because", because, "", "`limits.host_bytes`"),
        hanging,
    ]
}
