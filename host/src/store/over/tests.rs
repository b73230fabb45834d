//! What is over costs nothing and keeps no password.

use sqlx::Row as _;
use uuid::Uuid;

use super::super::pool::{Pool, arguments};
use super::super::tests::{a_database, node, on_postgres, pod_manager, registration};
use super::super::{
    Bulk, BulkState, RegistrationState, Store, Update, UpdateState, Work, bulks, now,
    registrations, updates,
};
use crate::node::CredentialsSource;

#[tokio::test]
async fn what_is_looked_for_again_and_again_is_found_without_what_is_over() {
    let store = Store::open("sqlite::memory:", None).await.unwrap();
    let Pool::Sqlite(connections) = &store.pool else {
        panic!("it is in memory");
    };
    for (sql, index) in [
        (bulks::RUNNING, "bulks_running"),
        (registrations::UNFINISHED, "registrations_unfinished"),
        (updates::UNFINISHED, "updates_unfinished"),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan = sqlx::query(explain).fetch_all(&connections.readers).await;
        let plan: Vec<String> = plan.unwrap().iter().map(|row| row.get("detail")).collect();
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
    }
}

#[tokio::test]
async fn only_what_is_running_of_bulk_registrations_is_gone_on_with() {
    let store = Store::open("sqlite::memory:", None).await.unwrap();
    let bulk = |state| Bulk {
        id: Uuid::new_v4(),
        state,
        selector: "{}".into(),
        parameters: "{}".into(),
        options: "{}".into(),
        created_at: now(),
        updated_at: now(),
    };
    let running = bulk(BulkState::Running);
    for one in [&bulk(BulkState::Done), &running, &bulk(BulkState::Stopped)] {
        store.insert_bulk(one, &[]).await.unwrap();
    }
    assert_eq!(store.running_bulks().await.unwrap(), [running]);
}

/// How many passwords are on record for registrations, and for updates.
async fn passwords(store: &Store) -> (usize, usize) {
    let of = async |sql| store.pool.rows(sql, arguments![]).await.unwrap().len();
    (
        of("SELECT id FROM registrations WHERE credentials_sealed IS NOT NULL").await,
        of("SELECT id FROM updates WHERE credentials_sealed IS NOT NULL").await,
    )
}

#[tokio::test]
async fn passwords_of_a_registration_go_with_it_and_of_an_update_once_it_cannot_be_tried_again() {
    let memory = Store::open("sqlite::memory:", None).await.unwrap();
    for store in [memory, on_postgres(&a_database().await).await] {
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&machine).await.unwrap();
        let _turn = store.lease(Work::Node(machine.uuid)).await.unwrap().ok();
        use RegistrationState::{Applying, Complete, Failed, Removing, Undone};
        let begin = async || {
            let mut new = registration(&machine);
            new.state = Applying;
            store.begin_registration(&new).await.unwrap();
            new
        };
        let set = async |of, from, to| {
            let set = store.set_registration_state(of, from, to, None).await;
            set.unwrap();
        };
        let undone = begin().await;
        assert_eq!(passwords(&store).await, (1, 0));
        set(&undone, Applying, Undone).await;
        assert_eq!(passwords(&store).await, (0, 0));

        let first = begin().await;
        store.complete_registration(&first).await.unwrap();
        let update = async |end: Option<UpdateState>| {
            let new = Update {
                id: Uuid::new_v4(),
                registration: first.id,
                state: UpdateState::Applying,
                evaluation: "{}".into(),
                enrollment_digest: "d2".into(),
                credentials_hmac: "c2".into(),
                credentials: CredentialsSource::Sealed {
                    username: "operator".into(),
                    sealed: vec![7],
                },
                chain_digest: "h2".into(),
                before: "{}".into(),
                detail: None,
                created_at: now(),
            };
            store.begin_update(machine.uuid, &new, None).await.unwrap();
            if let Some(state) = end {
                let ended = store.end_update(machine.uuid, new.id, state, None);
                ended.await.unwrap();
            }
            new
        };
        update(Some(UpdateState::Undone)).await;
        assert_eq!(passwords(&store).await, (1, 0));
        update(Some(UpdateState::Failed)).await;
        assert_eq!(passwords(&store).await, (1, 1), "it may be tried again");
        let done = update(None).await;
        store.complete_update(&first, &done).await.unwrap();
        assert_eq!(passwords(&store).await, (1, 0), "it is the registration's");
        let now = store.registration(first.id).await.unwrap();
        assert_eq!(now.credentials, done.credentials);

        update(Some(UpdateState::Failed)).await;
        set(&first, Complete, Removing).await;
        assert_eq!(passwords(&store).await, (1, 1));
        store.end_registration(&first).await.unwrap();
        assert_eq!(passwords(&store).await, (0, 0));

        let failed = begin().await;
        set(&failed, Applying, Failed).await;
        let given_up = begin().await;
        store.complete_registration(&given_up).await.unwrap();
        store.delete_node(machine.uuid, true).await.unwrap();
        assert_eq!(passwords(&store).await, (0, 0));
    }
}
