//! What may not be believed or done blindly: a journal that fails, a lock that
//! stays, and a node that is not as it was.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use valence::ironic::{
    self, Auth, Client, Evidence, Journal, JournalError, NoJournal, Outcome, Plan, Problem,
    Removed, Settings, Step, Twin, Undo,
};
use valence::rules::Microversion;
use valence_tests::{Fault, Proxy, When, ask_ironic};

use super::{Own, apply, assert_nothing_left, client, open, plan, settings, small_plan};

/// Fails at each step of one kind: before it is sent, or after it was answered.
struct Failing {
    kind: &'static str,
    before: bool,
}

impl Failing {
    fn at(&self, step: &Step, before: bool) -> Result<(), JournalError> {
        match step.kind() == self.kind && before == self.before {
            true => Err(JournalError::new("no space left on device")),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Journal for Failing {
    async fn before(&self, _: Uuid, step: &Step) -> Result<(), JournalError> {
        self.at(step, true)
    }

    async fn after(&self, _: Uuid, step: &Step, _: &Outcome) -> Result<(), JournalError> {
        self.at(step, false)
    }
}

fn behind(proxy: &Proxy, patience: Duration) -> Client {
    Client::new(settings(&proxy.endpoint(), Auth::None))
        .expect("a client")
        .with_patience(patience)
}

async fn struck(begins: &'static str, times: usize, fault: Fault) -> Proxy {
    Proxy::before(&open().endpoint(), When { begins, times }, fault).await
}

/// Asks Ironic as anybody may.
async fn ask(method: &str, path: &str, body: serde_json::Value) {
    let (status, answer) = ask_ironic(&open().endpoint(), method, path, Some(&body)).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
}

async fn in_use(plan: &Plan) {
    let path = format!("nodes/{}", plan.node_uuid);
    let instance = json!([{"op": "add", "path": "/instance_uuid", "value": Uuid::new_v4()}]);
    ask("PATCH", &path, instance).await;
}

#[tokio::test]
async fn a_removal_that_cannot_be_noted_has_happened_all_the_same() {
    let client = client().await;
    let plan = small_plan(&Own::new());
    apply(&client, &plan).await.expect("created");
    for (before, left) in [(true, Undo::NothingMade), (false, Undo::Pending)] {
        let kind = "delete-node";
        let journal = Failing { kind, before };
        let removed = ironic::remove(&client, &journal, plan.registration, plan.node_uuid).await;
        let error = removed.expect_err("the journal failed");
        assert_eq!(error.undo, left, "{error}");
        assert!(error.is_no_verdict());
    }
    assert_nothing_left(&client, &plan).await;
}

#[tokio::test]
async fn nothing_is_deleted_that_is_not_on_record() {
    let client = client().await;
    let own = Own::new();
    let refused = plan(json!({
        "node": {"driver": "fake-hardware", "name": own.name()},
        "traits": ["no trait"],
    }));
    let (kind, before) = ("delete-node", true);
    let applied = ironic::apply(&client, &Failing { kind, before }, &refused, None).await;
    let error = applied.expect_err("a refusal");
    assert_eq!(error.undo, Undo::Pending, "{error}");
    let there = client.node(refused.node_uuid).await.expect("an answer");
    assert!(there.is_some());
}

#[tokio::test]
async fn what_was_cut_off_is_not_undone_because_the_journal_fails() {
    let client = client().await;
    let plan = small_plan(&Own::new());
    let (kind, before) = ("create-port", true);
    let finished = ironic::finish(&client, &Failing { kind, before }, &plan, None).await;
    assert_eq!(finished.expect_err("a failure").undo, Undo::Pending);
    ironic::finish(&client, &NoJournal, &plan, None)
        .await
        .expect("finished");
}

#[tokio::test]
async fn a_removal_is_not_given_up_because_the_node_is_locked() {
    let direct = client().await;
    let plan = small_plan(&Own::new());
    apply(&direct, &plan).await.expect("created");
    let proxy = struck("DELETE ", usize::MAX, Fault::Before(409)).await;
    let client = behind(&proxy, Duration::from_secs(1));
    let removed = ironic::remove(&client, &NoJournal, plan.registration, plan.node_uuid).await;
    let error = removed.expect_err("a lock");
    assert_eq!(error.undo, Undo::Pending, "{error}");
    assert!(error.to_string().contains("stays on record"), "{error}");
}

#[tokio::test]
async fn a_node_that_was_locked_is_looked_at_before_it_is_written_to() {
    let direct = client().await;
    for begins in ["DELETE ", "PUT /v1/nodes/"] {
        let plan = small_plan(&Own::new());
        let registration = plan.registration;
        let mut less = plan.clone();
        less.enrollment.traits.clear();
        apply(&direct, &less).await.expect("created");
        let proxy = struck(begins, usize::MAX, Fault::Before(409)).await;
        let client = behind(&proxy, Duration::from_secs(60));
        let write = async {
            match begins {
                "DELETE " => ironic::remove(&client, &NoJournal, registration, plan.node_uuid)
                    .await
                    .map(drop),
                _ => ironic::finish(&client, &NoJournal, &plan, None)
                    .await
                    .map(drop),
            }
        };
        let deploy = async {
            while !proxy.requests().iter().any(|line| line.starts_with(begins)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            in_use(&plan).await;
            proxy.lift();
        };
        let (written, ()) = futures::join!(write, deploy);
        let error = written.expect_err("in use");
        assert!(error.to_string().contains("was locked"), "{error}");
        let traits = direct.node_traits(plan.node_uuid).await.expect("traits");
        assert!(traits.is_empty(), "{begins}: {traits:?}");
    }
}

#[tokio::test]
async fn what_somebody_uses_by_now_is_not_finished() {
    let client = client().await;
    let plan = small_plan(&Own::new());
    let mut cut_off = plan.clone();
    cut_off.enrollment.traits.clear();
    apply(&client, &cut_off).await.expect("created");
    in_use(&plan).await;
    let finished = ironic::finish(&client, &NoJournal, &plan, None).await;
    let error = finished.expect_err("in use");
    assert_eq!(error.undo, Undo::Remains);
    assert!(error.to_string().contains("with an instance"), "{error}");
    let traits = client.node_traits(plan.node_uuid).await.expect("traits");
    assert!(traits.is_empty(), "{traits:?}");
}

#[tokio::test]
async fn the_mark_of_another_registration_is_not_ours() {
    let client = client().await;
    let plan = small_plan(&Own::new());
    apply(&client, &plan).await.expect("created");
    let (other, node) = (Uuid::new_v4(), plan.node_uuid);
    let removed = ironic::remove(&client, &NoJournal, other, node).await;
    let error = removed.expect_err("another's");
    assert!(matches!(error.problem, Problem::NotOurs { .. }), "{error}");
    let mark = plan.registration.to_string();
    assert!(error.to_string().contains(&mark), "{error}");
    let earlier = [plan.registration];
    let removed = ironic::remove_left(&client, &NoJournal, other, node, &earlier).await;
    assert_eq!(removed.expect("removed"), Removed::Deleted);
}

#[tokio::test]
async fn of_a_strangers_node_under_our_uuid_nothing_is_ours() {
    let client = client().await;
    let plan = small_plan(&Own::new());
    let stranger = json!({"uuid": plan.node_uuid, "driver": "fake-hardware"});
    ask("POST", "nodes", stranger).await;
    for error in [
        apply(&client, &plan).await.expect_err("taken"),
        ironic::finish(&client, &NoJournal, &plan, None)
            .await
            .expect_err("taken"),
    ] {
        assert_eq!(error.undo, Undo::Undone, "{error}");
        let uuid = plan.node_uuid.to_string();
        assert!(error.to_string().contains(&uuid), "{error}");
    }
    let there = client.node(plan.node_uuid).await.expect("an answer");
    assert!(there.is_some());
}

#[tokio::test]
async fn a_read_that_failed_once_is_repeated() {
    let direct = client().await;
    let own = Own::new();
    let address = format!("https://{}.example", own.name());
    let info = json!({"redfish_address": address, "redfish_system_id": "/redfish/v1/Systems/1"});
    let plan = plan(json!({"node": {"driver": "redfish", "driver_info": info}}));
    apply(&direct, &plan).await.expect("created");
    for begins in ["GET /v1/nodes/", "GET /v1/nodes?"] {
        let proxy = struck(begins, 1, Fault::Before(500)).await;
        let client = behind(&proxy, Duration::from_secs(60));
        if begins.ends_with('/') {
            let found = ironic::find_registered(&client, &plan).await;
            assert!(found.expect("an answer").is_some());
            continue;
        }
        let found = ironic::find_twin(&client, &plan, &[]).await;
        match found.expect("an answer") {
            Twin::One(found, Evidence::Bmc) => assert_eq!(found.uuid, plan.node_uuid),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_older_api_is_not_asked_for_what_it_does_not_know() {
    let _ = client().await;
    let settings = Settings {
        api_version: Some(Microversion(46)),
        ..settings(&open().endpoint(), Auth::None)
    };
    let client = Client::new(settings).expect("a client");
    let client = client.with_patience(Duration::from_secs(90));
    let plan = small_plan(&Own::new());
    apply(&client, &plan).await.expect("created");
    let found = ironic::find_registered(&client, &plan).await;
    assert!(found.expect("an answer").is_some());
    let removed = ironic::remove(&client, &NoJournal, plan.registration, plan.node_uuid).await;
    assert_eq!(removed.expect("removed"), Removed::Deleted);
}

#[tokio::test]
async fn which_versions_there_are_is_asked_by_who_may_not_send_too() {
    let client = client().await.only_while(|| false);
    client.profile().await.expect("the versions");
    let client = client.with_patience(Duration::ZERO);
    let node = client.node(Uuid::new_v4()).await.expect_err("not sent");
    assert!(node.to_string().contains("not sent"), "{node}");
}

#[tokio::test]
async fn an_ironic_that_hangs_is_waited_for_once() {
    let _ = client().await;
    let proxy = struck("GET / ", usize::MAX, Fault::Hang).await;
    let settings = Settings {
        timeout: Duration::from_millis(500),
        ..settings(&proxy.endpoint(), Auth::None)
    };
    let client = Client::new(settings).expect("a client");
    let client = client.with_patience(Duration::ZERO);
    let asked = futures::future::join_all((0..5).map(|_| client.profile())).await;
    assert!(asked.iter().all(Result::is_err), "{asked:?}");
    assert_eq!(proxy.requests().len(), 1);
    proxy.lift();
    client.profile().await.expect("asked anew");
}
