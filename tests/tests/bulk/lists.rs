//! Lists, all nodes, and all of a pod manager, from the command line.

use std::time::Duration;

use serde_json::json;
use valence_tests::Valence;

use super::bed::{by_hand, id, in_ironic, is_in_ironic, rack, rows, serving, wait_until};

const AT_ONCE: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_does_not_stop_the_others_and_is_tried_again() {
    let rack = rack("failing", 3, AT_ONCE).await;
    let valence = serving().start();
    let names = rack.managed_by(&valence).await;
    let [a, b, c] = names.as_slice() else {
        panic!("{names:?}");
    };
    let theirs = json!({"name": b, "driver": "fake-hardware"});
    by_hand("POST", "nodes", theirs).await;

    let outcome = valence.cli([
        "node",
        "register",
        a,
        b,
        "nobody",
        c,
        a,
        "-f",
        "json",
        "--sort-column",
        "name",
    ]);
    // A conflict exits 4, a node that there is not 9.
    assert_eq!(outcome.exit, 1, "{}", outcome.stderr);
    let told = rows(&outcome);
    let shown: Vec<_> = told
        .iter()
        .map(|row| (&row["name"], &row["state"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!(a), &json!("done")),
            (&json!(b), &json!("failed")),
            (&json!(c), &json!("done")),
            (&json!("nobody"), &json!("failed")),
        ]
    );
    assert!(told[1]["detail"].as_str().unwrap().contains(b.as_str()));
    for line in [
        format!("{a}: registered as "),
        format!("{b}: failed: "),
        "nobody: failed: there is no node `nobody`".into(),
        "error: 2 of 4 nodes are registered, 2 failed: `valence node register --resume ".into(),
    ] {
        assert!(outcome.stderr.contains(&line), "{line}: {}", outcome.stderr);
    }
    assert!(
        !outcome.stderr.contains('\u{1b}'),
        "no bar but on a terminal"
    );
    let ended = outcome.stderr.lines().filter(|line| line.starts_with('['));
    assert_eq!(ended.count(), 4, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("[4/4] "), "{}", outcome.stderr);
    assert!(is_in_ironic(a).await && is_in_ironic(c).await);

    // Whoever has lost the terminal finds it again, and what became of whom.
    let bulk = id(&outcome);
    let listed = rows(&valence.cli(["bulk", "list", "-f", "json"]));
    assert_eq!(listed[0]["uuid"], json!(bulk), "{listed:?}");
    assert_eq!(listed[0]["state"], "done");
    let shown = valence.cli(["bulk", "show", &bulk, "-f", "json", "--sort-column", "name"]);
    assert_eq!(
        shown.stderr,
        "done: of 4 nodes 2 are registered, 2 failed, 0 wait\n"
    );
    assert_eq!(rows(&shown)[1]["detail"], told[1]["detail"]);
    let record = valence.cli(["node", "registration", a, "-f", "value", "-c", "state"]);
    assert_eq!(record.stdout, "complete\n", "{record:?}");
    let whole = valence.cli(["node", "registration", a]);
    assert!(whole.stdout.contains("steps") && !whole.stdout.contains("explanation"));

    by_hand("DELETE", &format!("nodes/{b}"), json!(null)).await;
    let again = valence.cli(["node", "register", "--resume", &id(&outcome), "-f", "json"]);
    assert_eq!(again.exit, 9, "{}", again.stderr);
    assert!(
        again.stderr.contains(&format!("{b}: registered as")),
        "{}",
        again.stderr
    );
    assert!(
        !again.stderr.contains(&format!("{a}: ")),
        "{}",
        again.stderr
    );
    assert_eq!(rows(&again).len(), 4);
    assert!(is_in_ironic(b).await);
    let quiet = valence.cli([
        "node", "register", a, c, "-q", "-f", "value", "-c", "detail",
    ]);
    assert_eq!((quiet.exit, quiet.stderr.as_str()), (0, ""));
    assert_eq!(quiet.stdout, "unchanged\nunchanged\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_of_a_pod_manager_and_all_there_are() {
    let (one, other) = (
        rack("one", 3, AT_ONCE).await,
        rack("other", 2, AT_ONCE).await,
    );
    let valence = serving().start();
    let nothing = valence.cli(["node", "register", "--all"]);
    assert_eq!(nothing.exit, 0, "{}", nothing.stderr);
    let ones = one.managed_by(&valence).await;
    let others = other.managed_by(&valence).await;
    let pod_manager = ones[0].trim_end_matches("-1");
    let outcome = valence.cli([
        "node",
        "register",
        "--pod-manager",
        pod_manager,
        "-f",
        "json",
    ]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert_eq!(rows(&outcome).len(), 3);
    for name in &ones {
        assert!(is_in_ironic(name).await);
    }
    for name in &others {
        assert!(!is_in_ironic(name).await);
    }
    let outcome = valence.cli(["node", "register", "--all", "-f", "json"]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    let unchanged = rows(&outcome);
    let unchanged = unchanged.iter().filter(|row| row["detail"] == "unchanged");
    assert_eq!((rows(&outcome).len(), unchanged.count()), (5, 3));

    let gold = "{\"resource_class\": \"gold\"}";
    let update = [
        "node",
        "register",
        "--all",
        "--on-conflict",
        "update",
        "--parameters",
        gold,
    ];
    let outcome = valence.cli(update);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    for name in ones.iter().chain(&others) {
        let node = in_ironic(&format!("nodes/{name}")).await.unwrap();
        assert_eq!(node["resource_class"], "gold");
    }
    let unknown = valence.cli(["node", "register", "--pod-manager", "nobodys"]);
    assert_eq!(unknown.exit, 9, "{}", unknown.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pod_manager_is_asked_by_so_many_at_a_time_and_all_of_them_side_by_side() {
    let delay = Duration::from_millis(15);
    let (one, other) = (rack("busy", 6, delay).await, rack("idle", 6, delay).await);
    let valence = serving()
        .configure("[redfish]\nconcurrency = 3\n[bulk]\nper_pod_manager = 2")
        .start();
    one.managed_by(&valence).await;
    other.managed_by(&valence).await;
    let outcome = valence.cli(["node", "register", "--all"]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    for rack in [one, other] {
        let most = rack.most_at_once();
        assert!(most.systems == 2 && most.requests <= 3, "{most:?}");
    }

    let one = rack("alone", 4, delay).await;
    let valence = serving().configure("[bulk]\nconcurrency = 1").start();
    one.managed_by(&valence).await;
    let outcome = valence.cli(["node", "register", "--all"]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert_eq!(one.most_at_once().systems, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_is_that_of_the_failures_where_they_are_of_one_kind() {
    let rack = rack("lost", 2, AT_ONCE).await;
    let valence = Valence::with_ironic("http://127.0.0.1:9")
        .variable("VALENCE__IRONIC__RETRY_FOR", "100ms")
        .start();
    let names = rack.managed_by(&valence).await;
    let outcome = valence.cli(["node", "register", &names[0], &names[1]]);
    assert_eq!(outcome.exit, 6, "{}", outcome.stderr);
    let ended = wait_until(&valence, |bulk| bulk["state"] == "done").await;
    assert_eq!((&ended["failed"], &ended["done"]), (&json!(2), &json!(0)));
    for (arguments, words) in [
        (&["node", "register"][..], "required"),
        (&["node", "register", "a", "--all"], "cannot be used with"),
        (
            &["node", "register", "--all", "--dry-run"],
            "a dry run is of one node",
        ),
        (
            &["node", "register", "--resume", "x", "--dry-run"],
            "cannot be used with",
        ),
        (
            &["node", "register", "--resume", "x", "--target", "available"],
            "cannot be used with",
        ),
        (
            &["node", "register", "--resume", "x", "--no-wait"],
            "cannot be used with",
        ),
    ] {
        let refused = Valence::offline(arguments.iter().copied());
        assert_eq!(refused.exit, 2, "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let unknown = valence.cli(["node", "register", "--resume", "x"]);
    assert_eq!(unknown.exit, 9, "{}", unknown.stderr);
}
