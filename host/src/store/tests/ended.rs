//! What goes long after its end, and what stays.

use super::pool::arguments;
use super::*;
use crate::node::{Goal, Target};

const LONG_AGO: i64 = 1_000_000;

fn then(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

/// Puts one in this state on record, that was begun and ended so many seconds after 1970.
async fn ended(store: &Store, of: &Registration, state: &'static str, second: i64) -> Uuid {
    let new = Registration {
        id: Uuid::new_v4(),
        created_at: then(second),
        ..of.clone()
    };
    store.begin_registration(&new).await.unwrap();
    let written = store.record_step(new.node, new.id, "node", Moment::Before, "{}");
    written.await.unwrap();
    let sql = "UPDATE registrations SET state = $2, updated_at = $3 WHERE id = $1";
    let arguments = arguments![new.id, state, then(second)];
    store.pool.execute(sql, arguments).await.unwrap();
    new.id
}

async fn left(store: &Store) -> Vec<Uuid> {
    let mut all: Vec<_> = store
        .registrations()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.id)
        .collect();
    all.sort();
    all
}

fn sorted<const N: usize>(mut ids: [Uuid; N]) -> [Uuid; N] {
    ids.sort();
    ids
}

#[tokio::test]
async fn registrations_go_long_after_their_end_but_what_somebody_may_ask_for_stays() {
    for store in each_empty().await {
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let mut machines = Vec::new();
        for n in 0..4 {
            let machine = node(&format!("n{n}"), rack.uuid, &format!("/redfish/v1/{n}"));
            if n < 3 {
                store.insert_node(&machine).await.unwrap();
            }
            machines.push(machine);
        }
        let mut turns = Vec::new();
        for machine in &machines {
            turns.push(at(&store, machine.uuid).await);
        }
        let of: Vec<_> = machines.iter().map(registration).collect();
        // The last of a node that was refused again and again.
        let refused = ended(&store, &of[0], "undone", 1).await;
        ended(&store, &of[0], "undone", 2).await;
        let last = ended(&store, &of[0], "undone", 3).await;
        // Before one in force; one that failed may have left something there.
        ended(&store, &of[1], "undone", 1).await;
        let failed = ended(&store, &of[1], "failed", 2).await;
        let in_force = ended(&store, &of[1], "complete", 3).await;
        // One that failed, and was taken out with what came after it.
        ended(&store, &of[2], "failed", 1).await;
        ended(&store, &of[2], "removed", 2).await;
        let next = Registration {
            epoch: 1,
            ironic_uuid: Uuid::new_v4(),
            ..of[2].clone()
        };
        let unfinished = ended(&store, &next, "removing", 3).await;
        // Of a node that is not there any more.
        ended(&store, &of[3], "removed", 1).await;
        let given_up = ended(&store, &of[3], "failed", 2).await;
        let all = left(&store).await;
        assert_eq!(store.forget_ended(then(0)).await.unwrap(), 0);
        assert_eq!(left(&store).await, all);

        assert!(store.forget_ended(then(LONG_AGO)).await.unwrap() > 0);
        let stay = sorted([last, failed, in_force, unfinished, given_up]);
        assert_eq!(left(&store).await, stay);
        // With their journal.
        assert_eq!(store.steps(refused).await.unwrap(), []);
        assert_eq!(store.steps(last).await.unwrap().len(), 1);
        assert_eq!(store.forget_ended(then(LONG_AGO)).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn what_belongs_to_what_is_in_force_goes_but_for_the_last_and_the_unfinished() {
    for store in each_empty().await {
        let machine = node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1");
        let _turn = at(&store, machine.uuid).await;
        let new = registration(&machine);
        let id = ended(&store, &new, "complete", 1).await;
        let goal = Goal {
            target: Target::Available,
            inspect: false,
        };
        let mut transitions = Vec::new();
        for (state, second) in [("failed", 1), ("done", 2), ("running", 3)] {
            let transition = Transition::new(id, goal);
            let begun = store.begin_transition(machine.uuid, &transition);
            begun.await.unwrap();
            let sql = "UPDATE transitions SET state = $2, created_at = $3, updated_at = $3 \
                       WHERE id = $1";
            let arguments = arguments![transition.id, state, then(second)];
            store.pool.execute(sql, arguments).await.unwrap();
            transitions.push(transition.id);
        }
        let mut updates = Vec::new();
        for state in ["done", "undone", "failed", "applying"] {
            let update = updates::update(&Registration { id, ..new.clone() });
            let begun = store.begin_update(machine.uuid, &update, None);
            begun.await.unwrap();
            let sql = "UPDATE updates SET state = $2, updated_at = $3 WHERE id = $1";
            let arguments = arguments![update.id, state, then(1)];
            store.pool.execute(sql, arguments).await.unwrap();
            updates.push(update.id);
        }
        assert_eq!(store.forget_ended(then(LONG_AGO)).await.unwrap(), 4);
        for (place, transition) in transitions.iter().enumerate() {
            let is_there = store.transition(*transition).await.is_ok();
            assert_eq!(is_there, place == 2, "{place}");
        }
        let open = store.open_updates(id).await.unwrap();
        let mut open: Vec<_> = open.iter().map(|update| update.id).collect();
        open.sort();
        assert_eq!(open, sorted([updates[2], updates[3]]));
        assert_eq!(left(&store).await, [id]);
    }
}

#[tokio::test]
async fn registrations_of_many_nodes_go_with_them_once_they_are_done() {
    for store in each_empty().await {
        let mut ids = Vec::new();
        for state in [BulkState::Done, BulkState::Stopped, BulkState::Running] {
            let (bulk, items) = bulks::bulk(&["one", "two"]);
            let bulk = Bulk {
                state,
                updated_at: then(1),
                ..bulk
            };
            store.insert_bulk(&bulk, &items).await.unwrap();
            ids.push(bulk.id);
        }
        assert_eq!(store.forget_ended(then(LONG_AGO)).await.unwrap(), 1);
        assert_eq!(store.bulk_items(ids[0]).await.unwrap(), []);
        for (place, id) in ids.iter().enumerate() {
            assert_eq!(store.bulk(*id).await.is_ok(), place > 0, "{place}");
        }
    }
}

#[tokio::test]
async fn what_is_asked_for_often_is_found_by_an_index() {
    let store = Store::open("sqlite::memory:", None).await.unwrap();
    for (sql, index) in [
        (
            "EXPLAIN QUERY PLAN SELECT id FROM registrations WHERE ironic_uuid = 'a'",
            "registrations_ironic_uuid",
        ),
        (
            "EXPLAIN QUERY PLAN SELECT SUM(size) FROM documents",
            "COVERING INDEX documents_size",
        ),
        (
            "EXPLAIN QUERY PLAN SELECT SUM(size) FROM decisions",
            "COVERING INDEX decisions_size",
        ),
    ] {
        let rows = store.pool.rows(sql, arguments![]).await.unwrap();
        let plan = rows[0].text("detail").unwrap();
        assert!(plan.contains(index), "{plan}");
    }
}
