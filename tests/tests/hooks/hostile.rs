//! Hooks that break, run away or return rubbish: each ends its own call, and the
//! error says which hook, which limit and how to raise it.

use std::time::{Duration, Instant};

use serde_json::json;
use valence::failure::Cause;
use valence::hook::{EngineKind, Limits};

use super::bench::{Bench, evaluate_with};
use super::guest::{Guest, again, constant, give_back};

const LOOP: &str = "(loop (br 0)) unreachable";

#[tokio::test]
async fn what_breaks_or_runs_away_is_named_with_its_limit() {
    let limits = Limits {
        fuel: 5_000_000,
        ..Limits::default()
    };
    let recursion = Guest::new()
        .raw("(func $deep (result i32) (i32.add (call $deep) (call $deep)))")
        .map("(call $deep)");
    let memory = Guest::new().map("(drop (memory.grow (i32.const 2000))) unreachable");
    let table = Guest::new()
        .raw("(table $t 1 funcref)")
        .map("(drop (table.grow $t (ref.null func) (i32.const 200000))) unreachable");
    let calls = Guest::new()
        .import(
            "registration",
            "[method]registration.service-root",
            "root",
            "(param i32) (result i32)",
        )
        .map("(loop (drop (call $root (local.get $registration))) (br 0)) unreachable");
    for (guest, expected) in [
        (
            Guest::new().map("unreachable"),
            "it trapped: wasm `unreachable` instruction executed",
        ),
        (
            Guest::new().map(LOOP),
            "it ran on past its fuel of 5000000; `limits.fuel`",
        ),
        (
            Guest::new().review(LOOP),
            "it ran on past its fuel of 5000000; `limits.fuel`",
        ),
        (recursion, "it filled its stack of 512 KiB; `limits.stack`"),
        (memory, "it wanted more memory than 64 MiB; `limits.memory`"),
        (
            table,
            "it wanted more elements in its tables than 100000; `limits.table_elements`",
        ),
        (calls, "more often than 10000; `limits.host_calls`"),
    ] {
        let bench = Bench::new().hook_with("rogue", guest, |spec| spec.limits = limits);
        let failure = bench.evaluate().await.unwrap_err().into_failure();
        assert_eq!(failure.cause, Cause::HookFailed);
        assert_eq!(failure.hook.as_deref(), Some("rogue"));
        assert!(
            failure.detail.starts_with("hook `rogue` failed: ")
                && failure.detail.contains(expected),
            "{}",
            failure.detail
        );
    }
}

#[tokio::test]
async fn what_fails_to_grow_uses_up_no_limit() {
    // Each asks for a hundred times what it declares, a thousand times over.
    for module in [
        "(memory $small 1 2) (func $grow (drop (memory.grow $small (i32.const 100))))",
        "(table $small 1 2 funcref)
         (func $grow (drop (table.grow $small (ref.null func) (i32.const 9000))))",
    ] {
        for kind in [EngineKind::Offline, EngineKind::Server { concurrency: 1 }] {
            let body = again(1000, "(call $grow)")
                + &give_back("(local.get $node)", "(local.get $node_length)");
            let guest = Guest::new().raw(module).map(&body);
            let bench = Bench::on(kind).hook("hopeful", guest);
            let evaluation = bench.evaluate().await;
            assert!(evaluation.is_ok(), "{}", evaluation.unwrap_err());
        }
    }
}

#[tokio::test]
async fn a_table_grows_as_far_as_its_limit_says() {
    let growing = |elements: u32| {
        let grow = format!(
            "(if (i32.eq (table.grow $t (ref.null func) (i32.const {elements})) (i32.const -1))
               (then unreachable))"
        );
        let body = grow + &give_back("(local.get $node)", "(local.get $node_length)");
        Guest::new().raw("(table $t 1 funcref)").map(&body)
    };
    let server = EngineKind::Server { concurrency: 1 };
    for (elements, limit) in [(90_000, 100_000), (290_000, 300_000)] {
        let bench = Bench::on(server).hook_with("growing", growing(elements), |spec| {
            spec.limits.table_elements = limit;
        });
        let evaluation = bench.evaluate().await;
        assert!(evaluation.is_ok(), "{}", evaluation.unwrap_err());
        let bench = Bench::on(server).hook_with("growing", growing(elements + 10_000), |spec| {
            spec.limits.table_elements = limit;
        });
        let told = format!("tables than {limit}; `limits.table_elements`");
        let said = bench.rejection().await;
        assert!(said.contains(&told), "{said}");
    }
}

#[tokio::test]
async fn what_it_is_given_and_returns_counts_as_exchanged() {
    let same = give_back("(local.get $node)", "(local.get $node_length)");
    let parameters = json!({"extra": {"note": "x".repeat(3000)}});
    for (limit, expected) in [
        (9000, ""),
        (5000, "it exchanged more with valence than 5000 bytes"),
    ] {
        let bench = Bench::new().hook_with("mirror", Guest::new().map(&same), |spec| {
            spec.limits.host_bytes = limit;
        });
        let evaluation = evaluate_with(&bench.chain().await, parameters.clone()).await;
        let said = evaluation.map_or_else(|error| error.to_string(), |_| String::new());
        assert!(
            said.contains(expected) && said.is_empty() == expected.is_empty(),
            "{said}"
        );
    }
}

#[tokio::test]
async fn only_so_many_documents_are_read() {
    let mut guest = Guest::reader();
    // The same document twice is one document.
    let body = [
        guest.read("root", "/Id"),
        guest.read("root", "/Name"),
        guest.read("system", "/Id"),
        "unreachable".into(),
    ]
    .concat();
    let bench = Bench::new().hook_with("rogue", guest.map(&body), |spec| spec.limits.reads = 1);
    assert_eq!(
        bench.rejection().await,
        "hook `rogue` failed: it asked for more documents than 1; `limits.reads` of its `[[hook]]` raises this"
    );
}

#[tokio::test]
async fn pages_are_documents_too() {
    const GET: &str = "(param i32 i32 i32 i32)";
    let guest = || {
        let mut guest = Guest::reader()
            .import("redfish", "[method]document.follow", "follow", GET)
            .import(
                "redfish",
                "[method]document.members",
                "members",
                "(param i32 i32)",
            );
        let (at, length) = guest.text("/Oem/Pages");
        guest.map(&format!(
            "(call $follow (call $system (local.get $registration))
               (i32.const {at}) (i32.const {length}) (i32.const 512))
             (call $members (i32.load (i32.const 520)) (i32.const 600)) {}",
            give_back("(local.get $node)", "(local.get $node_length)")
        ))
    };
    // The system, and four pages, the last of which is not there. The system takes
    // 4,132 bytes, a page 704.
    for (reads, read_bytes, told) in [
        (5, 7000, ""),
        (4, 7000, "more documents than 4; `limits.reads`"),
        (2, 7000, "more documents than 2; `limits.reads`"),
        (5, 6000, "`limits.read_bytes`"),
        (5, 5000, "`limits.read_bytes`"),
    ] {
        let bench = Bench::new().hook_with("pager", guest(), |spec| {
            spec.limits.reads = reads;
            spec.limits.read_bytes = read_bytes;
        });
        match bench.evaluate().await {
            Ok(_) => assert_eq!(told, "", "{reads} {read_bytes}"),
            Err(rejection) => {
                let said = rejection.to_string();
                assert!(!told.is_empty() && said.contains(told), "{said}");
            }
        }
    }
}

#[tokio::test]
async fn the_deadline_ends_what_has_fuel_enough() {
    let deadline = Duration::from_millis(50);
    for kind in [EngineKind::Offline, EngineKind::Server { concurrency: 1 }] {
        let bench = Bench::on(kind).hook_with("slow", Guest::new().map(LOOP), |spec| {
            spec.limits.fuel = u64::MAX;
            spec.limits.deadline = deadline;
        });
        let chain = bench.chain().await;
        let begun = Instant::now();
        let ended = evaluate_with(&chain, json!({})).await;
        let rejection = ended.unwrap_err().to_string();
        assert!(begun.elapsed() < deadline * 10, "{:?}", begun.elapsed());
        assert_eq!(
            rejection,
            "hook `slow` failed: it ran on past its deadline of 50 ms; `limits.deadline` of its `[[hook]]` raises this"
        );
    }
}

#[tokio::test]
async fn one_that_loops_leaves_room_for_others() {
    let bench = Bench::new().hook_with("slow", Guest::new().map(LOOP), |spec| {
        spec.limits.fuel = u64::MAX;
        spec.limits.deadline = Duration::from_millis(200);
    });
    let quick = async {
        // On this one thread, it runs only when the other lets it.
        let mut turns = 0;
        while turns < 10 {
            tokio::task::yield_now().await;
            turns += 1;
        }
        Instant::now()
    };
    let begun = Instant::now();
    let ((slow, ended), quick) =
        tokio::join!(async { (bench.evaluate().await, Instant::now()) }, quick);
    assert!(slow.is_err());
    assert!(quick < ended, "{:?}", quick - begun);
}

#[tokio::test]
async fn rubbish_is_refused_where_it_stands() {
    let deep = |levels: usize| format!("{{\"a\": {}1{}}}", "[".repeat(levels), "]".repeat(levels));
    for (node, expected) in [
        ("rubbish", "hook `rogue`: what it returned is no json: "),
        ("[]", "hook `rogue`: what it returned is no json object"),
        ("null", "hook `rogue`: what it returned is no json object"),
        (
            r#"{"name": "a\u0000b"}"#,
            "hook `rogue`: it has the control character \\u{0}",
        ),
        (
            r#"{"name": "\ud800"}"#,
            "hook `rogue`: what it returned is no json: ",
        ),
        (
            &deep(40),
            "hook `rogue`: it returned json deeper than 32; `limits.depth`",
        ),
        (
            &deep(2000),
            "hook `rogue`: it returned json deeper than 32; `limits.depth`",
        ),
    ] {
        let bench = Bench::new().hook("rogue", Guest::returning(node));
        let failure = bench.evaluate().await.unwrap_err().into_failure();
        assert_eq!(failure.cause, Cause::InvalidEnrollment);
        assert_eq!(failure.hook.as_deref(), Some("rogue"));
        assert!(failure.detail.starts_with(expected), "{}", failure.detail);
    }
}

#[tokio::test]
async fn only_so_many_changes_are_taken() {
    let node = |values: usize| {
        let extra: serde_json::Map<_, _> = (0..values)
            .map(|number| (format!("k{number}"), json!(number)))
            .collect();
        json!({"driver": "redfish", "extra": extra}).to_string()
    };
    let bench = Bench::new().hook("rogue", Guest::returning(&node(2100)));
    let failure = bench.evaluate().await.unwrap_err().into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment);
    assert_eq!(failure.hook.as_deref(), Some("rogue"));
    assert!(
        failure.detail.starts_with("hook `rogue`: it made 21")
            && failure
                .detail
                .ends_with(" changes, and at most 2000 are taken"),
        "{}",
        failure.detail
    );

    let key = "k".repeat(2000);
    let long = json!({"driver": "redfish", "extra": {key: {"a": 1, "b": 2}}}).to_string();
    let bench = Bench::new().hook("rogue", Guest::returning(&long));
    let failure = bench.evaluate().await.unwrap_err().into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment);
    assert!(
        failure
            .detail
            .contains("its pointer is longer than 1024 bytes"),
        "{}",
        failure.detail
    );
}

#[tokio::test]
async fn strings_that_are_none_are_refused() {
    let returning = |at: u32, length: u32| {
        Guest::new().map(&format!(
            "(drop (memory.grow (i32.const 64))) {}",
            give_back(&constant(at), &constant(length))
        ))
    };
    let mut not_text = Guest::new();
    let broken = not_text.bytes(&[b'{', 0xff, 0xfe, b'}']);
    let not_text = not_text.map(&give_back(&constant(broken), &constant(4)));
    for (guest, expected) in [
        (
            returning(2 << 16, 300 << 10),
            "it returned more than 256 KiB; `limits.output`",
        ),
        (
            returning(u32::MAX - 8, 4096),
            "it broke the contract: string pointer/length out of bounds",
        ),
        (not_text, "it broke the contract: invalid utf-8"),
    ] {
        let bench = Bench::new().hook("rogue", guest);
        let message = bench.rejection().await;
        assert!(message.starts_with("hook `rogue`"), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}
