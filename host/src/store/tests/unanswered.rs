//! Statements that PostgreSQL does not answer.

use std::time::Duration;

use sqlx::PgPool;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::*;

/// Well above what a statement may take.
const BOUND: Duration = Duration::from_secs(120);

/// Waits until a statement in this database waits for a lock.
pub(super) async fn until_one_waits(beside: &PgPool) {
    let waiting = "SELECT 1 FROM pg_stat_activity \
                   WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let waits = async {
        while sqlx::query(waiting)
            .fetch_optional(beside)
            .await
            .unwrap()
            .is_none()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, waits).await.unwrap();
}

async fn begun(store: &Store) -> (Registration, Lease) {
    let new = registration(&node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1"));
    let turn = at(store, new.node).await;
    store.begin_registration(&new).await.unwrap();
    (new, turn)
}

async fn step(store: &Store, of: &Registration) -> Result<(), StoreError> {
    store
        .record_step(of.node, of.id, "node", Moment::Before, "{}")
        .await
}

#[tokio::test]
async fn what_somebody_locks_ends_no_statement_but_its_own_and_the_journal_goes_on() {
    let url = a_database().await;
    let store = on_postgres(&url).await;
    let (new, _turn) = begun(&store).await;
    let beside = PgPool::connect(&url).await.unwrap();
    let mut locking = beside.begin().await.unwrap();
    let lock = sqlx::query("LOCK TABLE steps, registrations IN ACCESS EXCLUSIVE MODE");
    lock.execute(&mut *locking).await.unwrap();
    // In a transaction too, which is undone.
    let applying = || {
        store.set_registration_state(
            &new,
            RegistrationState::Intended,
            RegistrationState::Applying,
            None,
        )
    };
    let both = async { tokio::join!(step(&store, &new), applying()) };
    let locked_out = tokio::time::timeout(BOUND, both).await.expect("they end");
    for error in [locked_out.0.unwrap_err(), locked_out.1.unwrap_err()] {
        assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    }
    locking.rollback().await.unwrap();
    let again = async { tokio::join!(step(&store, &new), applying()) };
    let again = tokio::time::timeout(BOUND, again).await.expect("they end");
    again.0.unwrap();
    again.1.unwrap();
    assert_eq!(store.steps(new.id).await.unwrap().len(), 1, "not twice");
}

/// What passes everything on to the tests' PostgreSQL, until it is told to pass nothing
/// on and to close nothing, as a host that has lost its power.
async fn in_between(url: &str, dead: watch::Receiver<bool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let (start, rest) = url.split_once("127.0.0.1:").unwrap();
    let (port, database) = rest.split_once('/').unwrap();
    let there = format!("127.0.0.1:{port}");
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let (there, mut dead) = (there.clone(), dead.clone());
            if *dead.borrow_and_update() {
                continue;
            }
            tokio::spawn(async move {
                let mut to = TcpStream::connect(there).await.unwrap();
                tokio::select! {
                    _ = copy_bidirectional(&mut from, &mut to) => {}
                    _ = dead.changed() => {
                        drop(to);
                        std::future::pending::<()>().await;
                    }
                }
                drop(from);
            });
        }
    });
    format!("{start}{here}/{database}")
}

#[tokio::test]
async fn a_host_that_has_gone_without_a_word_holds_up_no_statement_for_long() {
    let url = a_database().await;
    let (kill, dead) = watch::channel(false);
    let store = on_postgres(&in_between(&url, dead).await).await;
    let (new, _turn) = begun(&store).await;
    let beside = PgPool::connect(&url).await.unwrap();
    let mut locking = beside.begin().await.unwrap();
    let lock = sqlx::query("LOCK TABLE steps IN ACCESS EXCLUSIVE MODE");
    lock.execute(&mut *locking).await.unwrap();
    let dying = async {
        until_one_waits(&beside).await;
        kill.send(true).unwrap();
        locking.rollback().await.unwrap();
    };
    let cut_off = async { tokio::time::timeout(BOUND, step(&store, &new)).await };
    let (cut_off, ()) = tokio::join!(cut_off, dying);
    let error = cut_off.expect("it ends").unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    kill.send(false).unwrap();
    let after = tokio::time::timeout(BOUND, step(&store, &new)).await;
    after.expect("it ends").unwrap();
}
