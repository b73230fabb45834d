//! A caller that goes away at any moment, and a store that fails.

use std::pin::pin;
use std::task::{Context, Waker};

use sqlx::SqlitePool;
use tempfile::TempDir;

use crate::store::tests::{node, pod_manager};

use super::super::RegisterOptions;
use super::super::tests::registrar;
use super::*;

/// As long as anything of it may take.
const BOUND: Duration = Duration::from_secs(60);

async fn bulks(store: &Arc<Store>) -> Arc<Bulks> {
    let limits = BulkLimits {
        concurrency: 2,
        per_pod_manager: 2,
    };
    Arc::new(Bulks::new(Arc::new(registrar(store).await), limits))
}

fn url(directory: &TempDir) -> String {
    format!("sqlite://{}", directory.path().join("valence.db").display())
}

fn all_of(names: &[&str]) -> BulkRequest {
    BulkRequest {
        selection: Selection::Nodes(names.iter().map(|name| (*name).to_owned()).collect()),
        parameters: crate::enrollment::Object::new(),
        options: RegisterOptions::default(),
    }
}

async fn until(bulks: &Arc<Bulks>, id: Uuid, state: BulkState) {
    let reached = async {
        while bulks.get(id).await.unwrap().record.state != state {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, reached).await.unwrap();
}

/// Polls `work` so many times, and drops it then. Whether it has ended.
async fn ends_within<T>(polls: usize, work: impl Future<Output = T>) -> bool {
    let mut work = pin!(work);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if work.as_mut().poll(&mut context).is_ready() {
            return true;
        }
        // What it waits for is done by then, by threads or by other tasks.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    false
}

#[tokio::test]
async fn one_that_nobody_has_begun_because_its_caller_went_can_be_resumed() {
    // A statement that is dropped half-way ends its connection, and with that what is in
    // memory.
    let directory = TempDir::new().unwrap();
    let store = Arc::new(Store::open(&url(&directory), None).await.unwrap());
    let bulks = bulks(&store).await;
    let bulk = bulks.begin(all_of(&["not there"])).await.unwrap();
    let id = bulk.record.id;
    until(&bulks, id, BulkState::Done).await;
    let mut polls = 1;
    while !ends_within(polls, bulks.resume(id)).await {
        polls += 1;
        assert!(polls < 1000);
        bulks.stop(id).await.unwrap();
        let resumed = tokio::time::timeout(BOUND, bulks.resume(id)).await;
        resumed
            .unwrap_or_else(|_| panic!("stuck after {polls} polls"))
            .unwrap();
        until(&bulks, id, BulkState::Done).await;
    }
    assert!(polls > 2, "it was dropped half-way: {polls}");
}

#[tokio::test]
async fn one_that_the_store_brought_to_a_halt_is_gone_on_with() {
    let directory = TempDir::new().unwrap();
    let url = url(&directory);
    let store = Arc::new(Store::open(&url, None).await.unwrap());
    let beside = SqlitePool::connect(&url).await.unwrap();
    let rack = pod_manager("a", "https://a.example");
    store.insert_pod_manager(&rack).await.unwrap();
    for name in ["one", "two"] {
        let machine = node(name, rack.uuid, &format!("/redfish/v1/{name}"));
        store.insert_node(&machine).await.unwrap();
    }
    let full = "CREATE TRIGGER full BEFORE UPDATE ON bulk_items WHEN new.state <> 'running' \
                BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    sqlx::query(full).execute(&beside).await.unwrap();
    let bulks = bulks(&store).await;
    let keeper = Arc::clone(&bulks);
    let keeping = tokio::spawn(async move { keeper.keep_going_on().await });
    let bulk = bulks.begin(all_of(&["one", "two"])).await.unwrap();
    let halted = async {
        while bulks.get(bulk.record.id).await.unwrap().tally.running == 0
            || bulks.run_of(bulk.record.id).is_some()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, halted).await.unwrap();
    sqlx::query("DROP TRIGGER full")
        .execute(&beside)
        .await
        .unwrap();
    let mut follower = bulks.follow(bulk);
    let followed = async {
        let mut last = None;
        while let Some(event) = follower.next().await.unwrap() {
            last = Some(event);
        }
        last
    };
    let last = tokio::time::timeout(BOUND, followed).await.unwrap();
    let Some(BulkEvent::Over(over)) = last else {
        panic!("no end: {last:?}");
    };
    assert_eq!(over.record.state, BulkState::Done);
    // No Ironic: neither could be registered, and both have been tried.
    assert_eq!(over.tally.failed, 2);
    bulks.close();
    keeping.await.unwrap();
}

#[tokio::test]
async fn one_that_cannot_be_read_keeps_no_other_from_going_on() {
    let directory = TempDir::new().unwrap();
    let url = url(&directory);
    let store = Arc::new(Store::open(&url, None).await.unwrap());
    let bulks = bulks(&store).await;
    let mut begun = Vec::new();
    for name in ["one", "two"] {
        let bulk = bulks.begin(all_of(&[name])).await.unwrap();
        until(&bulks, bulk.record.id, BulkState::Done).await;
        begun.push(bulk.record.id);
    }
    bulks.closed().await;
    let beside = SqlitePool::connect(&url).await.unwrap();
    // In whatever order they are looked at.
    for (broken, other) in [(0, 1), (1, 0)] {
        let (broken, other) = (begun[broken], begun[other]);
        let cut =
            "UPDATE bulks SET state = 'running', options = CASE id WHEN $1 THEN '{' ELSE $2 END";
        let whole = serde_json::to_string(&RegisterOptions::default()).unwrap();
        let cut = sqlx::query(cut).bind(broken.to_string()).bind(whole);
        cut.execute(&beside).await.unwrap();
        let bulks = super::tests::bulks(&store).await;
        bulks.go_on().await.unwrap();
        until(&bulks, other, BulkState::Done).await;
        let left = bulks.get(broken).await.unwrap();
        assert_eq!(left.record.state, BulkState::Running);
        bulks.closed().await;
    }
}
