//! Two servers and one database.

mod fences;
mod renewals;

use super::super::tests::{a_database, composition, node, on_postgres, pod_manager, registration};
use super::super::{Moment, RegistrationState};
use super::*;

/// Two servers on one PostgreSQL.
async fn two() -> (Store, Store) {
    let url = a_database().await;
    (on_postgres(&url).await, on_postgres(&url).await)
}

async fn taken(store: &Store, work: Work) -> Lease {
    store.lease(work).await.unwrap().ok().expect("free")
}

/// As if its holder had not renewed it.
async fn run_out(store: &Store, work: Work) {
    let sql = "UPDATE leases SET expires = 0 WHERE work = $1";
    let arguments = arguments![work.to_string()];
    assert_eq!(store.pool.execute(sql, arguments).await.unwrap(), 1);
}

/// Waits until somebody waits for a lock.
async fn somebody_waits(store: &Store) {
    let waits = "SELECT 1 AS one FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let started = Instant::now();
    while store
        .pool
        .rows(waits, arguments![])
        .await
        .unwrap()
        .is_empty()
    {
        assert!(started.elapsed() < Duration::from_secs(30), "nobody waits");
    }
}

#[tokio::test]
async fn of_two_servers_one_has_the_work_until_it_gives_it_back() {
    let (one, other) = two().await;
    let work = Work::Node(Uuid::new_v4());
    let lease = taken(&one, work).await;
    assert!(matches!(
        one.lease(work).await.unwrap(),
        Leased::Here(For::Request)
    ));
    assert!(matches!(
        other.lease(work).await.unwrap(),
        Leased::Elsewhere
    ));
    assert!(
        other
            .lease(Work::Node(Uuid::new_v4()))
            .await
            .unwrap()
            .ok()
            .is_some()
    );
    one.renew_leases().await.unwrap();
    assert!(one.hold(work).is_certain());
    let first = lease.epoch;
    lease.give_back().await;
    assert!(!one.hold(work).is_certain());
    let lease = taken(&other, work).await;
    assert!(lease.epoch > first);
    assert!(matches!(one.lease(work).await.unwrap(), Leased::Elsewhere));
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_has_it() {
    let (one, other) = two().await;
    let work = Work::Bulk(Uuid::new_v4());
    let asked = (0..20).map(|n| if n % 2 == 0 { &one } else { &other });
    let asked = futures::future::join_all(asked.map(|store| store.lease(work))).await;
    let had: Vec<_> = asked
        .into_iter()
        .filter_map(|asked| asked.unwrap().ok())
        .collect();
    assert_eq!(had.len(), 1);
}

#[tokio::test]
async fn what_ran_out_is_taken_over_and_nothing_more_is_written_for_it_by_the_former() {
    let (one, other) = two().await;
    let rack = pod_manager("a", "https://a.example");
    one.insert_pod_manager(&rack).await.unwrap();
    let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
    one.insert_node(&machine).await.unwrap();
    let work = Work::Node(machine.uuid);
    let stale = taken(&one, work).await;
    let mut new = registration(&machine);
    new.state = RegistrationState::Applying;
    one.begin_registration(&new).await.unwrap();
    let step = |store| {
        let store: &Store = store;
        store.record_step(new.node, new.id, "create-node", Moment::Before, "{}")
    };
    step(&one).await.unwrap();
    let hold = one.hold(work);
    run_out(&one, work).await;
    let lease = taken(&other, work).await;
    assert!(lease.epoch > stale.epoch);

    let refused = |error| matches!(error, StoreError::TakenOver { work: of } if of == work);
    assert!(hold.is_certain(), "it cannot know yet");
    assert!(refused(step(&one).await.unwrap_err()));
    assert!(!hold.is_certain());
    let (from, to) = (RegistrationState::Applying, RegistrationState::Undone);
    let set = one.set_registration_state(&new, from, to, None).await;
    assert!(refused(set.unwrap_err()));
    assert!(refused(one.complete_registration(&new).await.unwrap_err()));
    let steps = other.steps(new.id).await.unwrap();
    assert_eq!(steps.len(), 1);
    assert!(refused(one.begin_registration(&new).await.unwrap_err()));

    // Giving it back does not take it from its new holder.
    stale.give_back().await;
    assert!(matches!(one.lease(work).await.unwrap(), Leased::Elsewhere));
    step(&other).await.unwrap();
    other.complete_registration(&new).await.unwrap();
}

#[tokio::test]
async fn who_stands_still_in_a_transaction_holds_up_nobody_for_longer_than_a_lease() {
    let (one, other) = two().await;
    let work = Work::Node(Uuid::new_v4());
    let _stale = taken(&one, work).await;
    let begun = one.begin_under(work).await.unwrap();
    run_out(&one, work).await;
    let _lease = taken(&other, work).await;
    assert!(begun.commit().await.is_err(), "it was ended");
}

#[tokio::test]
async fn who_retires_leaves_everything_to_others_and_writes_nothing_more() {
    let (one, other) = two().await;
    let work = Work::Transition(Uuid::new_v4());
    let _lease = taken(&one, work).await;
    let hold = one.hold(work);
    one.retire().await.unwrap();
    assert!(!hold.is_certain());
    assert!(one.fence(work).is_err());
    taken(&other, work).await.give_back().await;
}

#[tokio::test]
async fn a_sqlite_file_is_one_servers_and_what_its_predecessor_had_is_its_own_at_once() {
    let directory = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}", directory.path().join("valence.db").display());
    let one = Store::open(&url, None).await.unwrap();
    one.serve().await.unwrap();
    let work = Work::Node(Uuid::new_v4());
    let lease = taken(&one, work).await;
    let other = Store::open(&url, None).await.unwrap();
    let refused = other.serve().await.unwrap_err();
    assert!(matches!(refused, StoreError::Served { .. }), "{refused}");
    // As a crash would leave it.
    std::mem::forget(lease);
    drop(one);
    other.serve().await.unwrap();
    assert!(other.lease(work).await.unwrap().ok().is_some());
}

#[tokio::test]
async fn a_transition_is_carried_on_by_one_server_until_that_no_longer_holds_it() {
    let (one, other) = two().await;
    let rack = pod_manager("a", "https://a.example");
    one.insert_pod_manager(&rack).await.unwrap();
    let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
    one.insert_node(&machine).await.unwrap();
    let _turn = taken(&one, Work::Node(machine.uuid)).await;
    let mut new = registration(&machine);
    new.state = RegistrationState::Applying;
    let goal = crate::node::Goal {
        target: crate::node::Target::Available,
        inspect: false,
    };
    let transition = super::super::Transition::new(new.id, goal);
    let begun = one.begin_registration_with(&new, Some(&transition), None);
    begun.await.unwrap();
    let of = async |store: &Store| store.transitions_to_carry_on().await.unwrap();
    assert!(
        of(&one).await.is_empty(),
        "its registration is not complete"
    );
    one.complete_registration(&new).await.unwrap();
    let it = [transition.id];
    assert_eq!((of(&one).await, of(&other).await), (it.into(), it.into()));
    let work = Work::Transition(transition.id);
    let lease = taken(&one, work).await;
    assert_eq!((of(&one).await, of(&other).await), (it.into(), vec![]));
    run_out(&one, work).await;
    assert_eq!(of(&other).await, it);
    one.renew_leases().await.unwrap();
    assert!(of(&other).await.is_empty());
    lease.give_back().await;
    assert_eq!(of(&other).await, it);
}

#[tokio::test]
async fn a_decision_is_on_record_though_its_document_is_removed_meanwhile() {
    let (one, other) = two().await;
    let document = super::super::tests::document("/redfish/v1", Some("{}"));
    let decision = super::super::tests::decision(Uuid::new_v4(), 1_000_000);
    let (digest, body) = document.body.clone().unwrap();
    let sql = "INSERT INTO documents (digest, body, size) VALUES ($1, $2, 2)";
    let arguments = arguments![digest.as_str(), body.as_str()];
    one.pool.execute(sql, arguments).await.unwrap();
    let mut stopping = one.pool.begin().await.unwrap();
    let sql = "LOCK TABLE decision_documents IN SHARE MODE";
    stopping.execute(sql, arguments![]).await.unwrap();
    let prune = async {
        somebody_waits(&one).await;
        let before = jiff::Timestamp::UNIX_EPOCH;
        other.prune_decisions(before, 1 << 20).await.unwrap();
        stopping.commit().await.unwrap();
    };
    let documents = [document];
    let (kept, ()) = futures::join!(one.insert_decision(&decision, &documents), prune);
    kept.unwrap();
    let known = one.decision_documents(decision.id).await.unwrap();
    assert_eq!(known, documents);
}
