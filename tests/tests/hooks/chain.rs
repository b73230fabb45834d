//! What hooks return, and what becomes of it.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use valence::enrollment::{Author, Reading};
use valence::evaluate::{Effect, Rejection};
use valence::failure::Cause;
use valence::hook::{Chain, EngineKind, HookSpec, Mode, OnFailure};

use super::bench::{Bench, evaluate_with};
use super::guest::{Guest, Refusal, SET_NODE, give_back};

fn name(text: &str) -> Guest {
    Guest::setting(&json!({ "name": text }))
}

#[tokio::test]
async fn without_a_hook_the_seed_stands() {
    let evaluation = Bench::new().evaluate().await.unwrap();
    assert_eq!(evaluation.enrollment.node["name"], "rack-a-1");
    assert!(evaluation.hooks.is_empty());
    assert!(evaluation.changes.iter().all(|one| one.by == Author::Seed));
}

#[tokio::test]
async fn a_hook_sets_a_name_and_is_said_to() {
    let bench = Bench::new().hook("naming", name("dc1-web43"));
    let evaluation = bench.evaluate().await.unwrap();
    assert_eq!(evaluation.enrollment.node["name"], "dc1-web43");
    let change = evaluation.changes.last().unwrap();
    assert_eq!(change.pointer, "/node/name");
    assert_eq!(change.from, Some(json!("rack-a-1")));
    assert_eq!(change.to, Some(json!("dc1-web43")));
    assert_eq!(change.by, Author::Hook("naming".into()));
    let [run] = &evaluation.hooks[..] else {
        panic!("{:?}", evaluation.hooks)
    };
    assert_eq!(run.wrote, ["/node/name"]);
    assert!(run.fuel > 0);
    assert!(run.digest.starts_with("sha256:"));
}

#[tokio::test]
async fn what_a_hook_read_and_why_goes_with_its_changes() {
    let mut guest = Guest::reader().import(
        "provenance",
        "because",
        "because",
        "(param i32 i32 i32 i32)",
    );
    let read = guest.read("system", "/SerialNumber");
    let (about, about_length) = guest.text("/node/name");
    let (why, why_length) = guest.text("it is \u{1b}written on the lid");
    let body = format!(
        "{read}
         (call $because (i32.const {about}) (i32.const {about_length}) (i32.const {why}) (i32.const {why_length}))
         {} {}",
        guest.set(&json!({"name": "lid-7"})),
        give_back(SET_NODE.0, SET_NODE.1)
    );
    let bench = Bench::new().hook("lid", guest.map(&body));
    let evaluation = bench.evaluate().await.unwrap();
    let change = evaluation.changes.last().unwrap();
    assert_eq!(
        change.because.as_deref(),
        Some("it is \\u{1b}written on the lid")
    );
    assert_eq!(
        *change.reads,
        [Reading {
            document: "/redfish/v1/Systems/1".into(),
            pointer: "/SerialNumber".into(),
        }]
    );
}

#[tokio::test]
async fn evaluating_twice_gives_the_same_for_the_same_fuel() {
    for kind in [EngineKind::Offline, EngineKind::Server { concurrency: 2 }] {
        let bench = Bench::on(kind)
            .hook("naming", name("a"))
            .hook("tag", Guest::tagging("CUSTOM_A"));
        let mut first = bench.evaluate().await.unwrap();
        let mut second = bench.evaluate().await.unwrap();
        assert_eq!(first.digest(), second.digest());
        for run in first.hooks.iter_mut().chain(&mut second.hooks) {
            run.duration_us = 0;
        }
        assert_eq!(first, second);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_the_pool_has_room_for_wait_for_their_turn() {
    // It waits for a document, so that others run meanwhile.
    let mut guest = Guest::reader();
    let body =
        guest.read("root", "/Id") + &give_back("(local.get $node)", "(local.get $node_length)");
    let bench = Bench::on(EngineKind::Server { concurrency: 2 }).hook("waiting", guest.map(&body));
    let chain = Arc::new(bench.chain().await);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let chain = Arc::clone(&chain);
            tokio::spawn(async move { evaluate_with(&chain, json!({})).await })
        })
        .collect();
    for task in tasks {
        let evaluation = task.await.unwrap();
        assert!(evaluation.is_ok(), "{}", evaluation.unwrap_err());
    }
}

#[tokio::test]
async fn a_hook_that_denies_is_quoted_and_one_that_fails_is_not() {
    let bench = Bench::new().hook("gate", Guest::refusing(Refusal::Denied, "no rack\n"));
    let failure = bench.evaluate().await.unwrap_err().into_failure();
    assert_eq!(failure.cause, Cause::Denied);
    assert_eq!(failure.detail, "denied by hook `gate`: no rack\\u{a}");
    assert_eq!(failure.hook.as_deref(), Some("gate"));

    let bench = Bench::new().hook("gate", Guest::refusing(Refusal::Failed, "row 7"));
    let failure = bench.evaluate().await.unwrap_err().into_failure();
    assert_eq!(failure.cause, Cause::HookFailed);
    assert_eq!(
        failure.detail,
        "hook `gate` failed: it said that it could not do its work"
    );
    assert_eq!(failure.source.unwrap().to_string(), "row 7");
}

#[tokio::test]
async fn two_hooks_conflict_unless_the_later_overrides() {
    let bench = Bench::new()
        .hook("first", name("a"))
        .hook("second", name("b"));
    let rejection = bench.evaluate().await.unwrap_err();
    let Rejection::BadOutput {
        hook,
        message,
        pointer,
    } = &rejection
    else {
        panic!("{rejection}")
    };
    assert_eq!(hook, "second");
    assert!(message.contains("`first`"), "{message}");
    assert_eq!(pointer.as_deref(), Some("/node/name"));

    let bench = Bench::new()
        .hook("first", name("a"))
        .hook_with("second", name("b"), |spec| {
            spec.overrides = vec!["first".into()]
        });
    assert_eq!(bench.evaluate().await.unwrap().enrollment.node["name"], "b");
}

#[tokio::test]
async fn what_wiped_a_fleet_s_traits_is_refused() {
    let bench = Bench::new()
        .hook("firmware", Guest::tagging("CUSTOM_FIRMWARE_UPDATE_1_BIOS"))
        .hook("model", Guest::tagging("CUSTOM_DELL_POWEREDGE_R7615"));
    let message = bench.rejection().await;
    assert_eq!(
        message,
        "hook `model`: it removes `/traits/CUSTOM_FIRMWARE_UPDATE_1_BIOS`, which hook `firmware` set before it; \
         `overrides = [\"firmware\"]` of its `[[hook]]` would let it"
    );
}

#[tokio::test]
async fn what_ironic_would_refuse_names_the_hook_that_set_it() {
    let bench = Bench::new()
        .hook("naming", name("fine"))
        .hook("model", Guest::tagging("CUSTOM_SUPERMICRO_SYS-421GE-TNHR+"));
    let failure = bench.evaluate().await.unwrap_err().into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment);
    assert_eq!(failure.hook.as_deref(), Some("model"));
    assert_eq!(
        failure.field.as_deref(),
        Some("/traits/CUSTOM_SUPERMICRO_SYS-421GE-TNHR+")
    );
}

#[tokio::test]
async fn protected_keys_are_not_for_hooks() {
    let uuid = json!({"uuid": "11111111-2222-3333-4444-555555555555"});
    let bench = Bench::new().hook("greedy", Guest::setting(&uuid));
    let rejection = bench.evaluate().await.unwrap_err();
    let failure = rejection.into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment);
    assert_eq!(failure.field.as_deref(), Some("/node/uuid"));
    assert!(failure.detail.contains("protected"), "{}", failure.detail);
}

#[tokio::test]
async fn a_caller_s_value_gives_way_to_a_hook_with_a_warning() {
    let bench = Bench::new().hook("naming", name("site-1"));
    // Asked for in vain, whether it differs from the draft or not.
    for asked in ["mine", "rack-a-1"] {
        let evaluation = bench.evaluate_for(json!({"name": asked})).await.unwrap();
        assert_eq!(evaluation.enrollment.node["name"], "site-1");
        let warning = evaluation.findings.last().unwrap();
        assert_eq!(warning.effect, Effect::Warn);
        assert_eq!(warning.pointer.as_deref(), Some("/node/name"));
        assert_eq!(
            warning.message,
            "hook `naming` replaced what the request asks for"
        );
    }
}

#[tokio::test]
async fn a_shadow_has_no_effect_whatever_it_does() {
    let shadow = |guest| Bench::new().hook_with("new", guest, |spec| spec.mode = Mode::Shadow);
    for (guest, expected) in [
        (name("b"), "would change `/node/name`"),
        (
            Guest::refusing(Refusal::Denied, "no"),
            "would end it: denied by hook `new`: no",
        ),
        (
            Guest::new().map("unreachable"),
            "would end it: hook `new` failed: it trapped",
        ),
        (Guest::finding(&[(true, "ill")]), "would deny: ill"),
    ] {
        let evaluation = shadow(guest).evaluate().await.unwrap();
        assert_eq!(evaluation.enrollment.node["name"], "rack-a-1");
        let finding = evaluation.findings.last().unwrap();
        assert_eq!(finding.effect, Effect::Warn);
        assert!(finding.message.contains(expected), "{}", finding.message);
        assert!(evaluation.hooks[0].wrote.is_empty());
    }
}

#[tokio::test]
async fn a_hook_that_may_be_skipped_is_unless_it_denies() {
    let skipping =
        |guest| Bench::new().hook_with("frail", guest, |spec| spec.on_failure = OnFailure::Skip);
    for guest in [
        Guest::new().map("unreachable"),
        Guest::new().review("unreachable"),
        Guest::refusing(Refusal::Failed, "row 7"),
        Guest::returning("[]"),
    ] {
        let evaluation = skipping(guest).evaluate().await.unwrap();
        assert_eq!(evaluation.enrollment.node["name"], "rack-a-1");
        let warning = &evaluation.findings.last().unwrap().message;
        assert!(warning.contains("`frail`"), "{warning}");
        assert!(warning.ends_with("it was skipped"), "{warning}");
    }
    let denied = skipping(Guest::refusing(Refusal::Denied, "no"))
        .evaluate()
        .await;
    assert!(matches!(denied, Err(Rejection::Denied { .. })));
}

#[tokio::test]
async fn what_breaks_the_sites_policy_is_not_skipped() {
    let skip = |spec: &mut HookSpec| spec.on_failure = OnFailure::Skip;
    let ungranted = Bench::new().hook_with("frail", name("a"), |spec| {
        skip(spec);
        spec.writes = Some(Vec::new());
    });
    let conflict = Bench::new()
        .hook("first", name("a"))
        .hook_with("frail", name("b"), skip);
    let keys: Map<_, _> = (0..2001).map(|n| (format!("k{n}"), json!(1))).collect();
    let flood = Guest::setting(&json!({"extra": keys}));
    let flood = Bench::new().hook_with("frail", flood, skip);
    for bench in [ungranted, conflict, flood] {
        let rejection = bench.evaluate().await.unwrap_err();
        assert!(
            matches!(&rejection, Rejection::BadOutput { hook, .. } if hook == "frail"),
            "{rejection}"
        );
    }
}

#[tokio::test]
async fn when_selects_the_nodes() {
    for (manufacturer, pod_manager, expected) in [
        ("Contoso*", "*", "b"),
        ("contoso", "rack-*", "b"),
        ("Dell*", "*", "rack-a-1"),
        ("Contoso", "rack-b", "rack-a-1"),
    ] {
        let bench = Bench::new().hook_with("picky", name("b"), |spec| {
            spec.when.manufacturer = vec![manufacturer.into()];
            spec.when.pod_manager = vec![pod_manager.into()];
        });
        let evaluation = bench.evaluate().await.unwrap();
        assert_eq!(
            evaluation.enrollment.node["name"], expected,
            "{manufacturer}"
        );
    }
}

#[tokio::test]
async fn all_reviews_are_told_at_once() {
    let bench = Bench::new()
        .hook("health", Guest::finding(&[(false, "warm"), (true, "ill")]))
        .hook("firmware", Guest::finding(&[(true, "old")]));
    let rejection = bench.evaluate().await.unwrap_err();
    let Rejection::Denied {
        hook,
        message,
        findings,
    } = rejection
    else {
        panic!("{rejection}")
    };
    assert_eq!((hook.as_str(), message.as_str()), ("health", "ill"));
    let messages: Vec<_> = findings.iter().map(|one| one.message.as_str()).collect();
    assert!(messages.ends_with(&["warm", "ill", "old"]), "{messages:?}");
}

#[tokio::test]
async fn a_warning_lets_the_node_pass() {
    let bench = Bench::new().hook("health", Guest::finding(&[(false, "warm")]));
    let evaluation = bench.evaluate().await.unwrap();
    let finding = evaluation.findings.last().unwrap();
    assert_eq!(finding.hook.as_deref(), Some("health"));
    assert_eq!(finding.message, "warm");
}

#[tokio::test]
async fn a_chain_is_digested_with_all_that_matters() {
    let digest = async |configure: fn(&mut valence::hook::HookSpec)| {
        let bench = Bench::new().hook_with("naming", name("a"), configure);
        bench.chain().await.digest().to_owned()
    };
    let plain = digest(|_| {}).await;
    assert_eq!(plain, digest(|_| {}).await);
    assert_ne!(plain, digest(|spec| spec.mode = Mode::Shadow).await);
    assert_ne!(
        plain,
        digest(|spec| {
            spec.settings.insert("a".into(), Value::Null);
        })
        .await
    );
    assert_ne!(plain, Chain::empty().digest());
}
