//! Leases that are renewed, given back late, and swept.

use super::*;

#[tokio::test]
async fn who_was_too_slow_learns_of_it_when_it_renews() {
    let (one, other) = two().await;
    let work = Work::Transition(Uuid::new_v4());
    let _stale = taken(&one, work).await;
    let hold = one.hold(work);
    run_out(&one, work).await;
    // Nobody has taken it: it is this one's still.
    one.renew_leases().await.unwrap();
    assert!(hold.is_certain());
    run_out(&one, work).await;
    let _lease = taken(&other, work).await;
    one.renew_leases().await.unwrap();
    assert!(!hold.is_certain());
    assert!(one.still_has(work).is_err());
}

#[tokio::test]
async fn what_is_held_is_renewed_whoever_has_the_connections() {
    let (one, other) = two().await;
    let works: Vec<_> = (0..40).map(|_| Work::Node(Uuid::new_v4())).collect();
    let mut leases = Vec::new();
    for work in &works {
        leases.push(taken(&one, *work).await);
        run_out(&one, *work).await;
    }
    let mut busy = Vec::new();
    for _ in 0..16 {
        busy.push(one.pool.begin().await.unwrap());
    }
    one.renew_leases().await.unwrap();
    let this = one.this_replica("a".into(), "c".into(), "d".into());
    assert_eq!(one.appear(&this).await.unwrap().len(), 1);
    for work in works {
        assert!(matches!(
            other.lease(work).await.unwrap(),
            Leased::Elsewhere
        ));
    }
}

#[tokio::test]
async fn what_is_written_right_now_keeps_no_other_lease_from_being_renewed() {
    let (one, other) = two().await;
    let [written, idle] = [(); 2].map(|()| Work::Node(Uuid::new_v4()));
    let _leases = [taken(&one, written).await, taken(&one, idle).await];
    for work in [written, idle] {
        run_out(&one, work).await;
    }
    let begun = one.begin_under(written).await.unwrap();
    let wait = async {
        somebody_waits(&one).await;
        let taken = other.lease(idle).await.unwrap();
        assert!(matches!(taken, Leased::Elsewhere), "it is renewed already");
        begun.commit().await.unwrap();
    };
    let (renewed, ()) = futures::join!(one.renew_leases(), wait);
    renewed.unwrap();
    let taken = other.lease(written).await.unwrap();
    assert!(matches!(taken, Leased::Elsewhere), "it is renewed then");
}

#[tokio::test]
async fn what_could_not_be_given_back_is_so_with_the_next_renewal() {
    let (one, other) = two().await;
    let work = Work::Bulk(Uuid::new_v4());
    let lease = taken(&one, work).await;
    // As if the database had been away.
    let _ = lease.leases.held().remove(&work);
    std::mem::forget(lease);
    one.renew_leases().await.unwrap();
    taken(&other, work).await.give_back().await;
}

#[tokio::test]
async fn only_the_rows_of_what_nobody_works_on_are_swept() {
    let memory = Store::open("sqlite::memory:", None).await.unwrap();
    for store in [memory, on_postgres(&a_database().await).await] {
        let [held, ended] = [(); 2].map(|()| Work::Bulk(Uuid::new_v4()));
        let _held = taken(&store, held).await;
        taken(&store, ended).await.give_back().await;
        for work in [held, ended] {
            run_out(&store, work).await;
        }
        store.sweep_leases().await.unwrap();
        let rows = store.pool.rows("SELECT work FROM leases", arguments![]);
        let rows = rows.await.unwrap();
        let left: Vec<_> = rows.iter().map(|row| row.text("work").unwrap()).collect();
        assert_eq!(left, [held.to_string()]);
        assert!(store.begin_under(held).await.is_ok());
    }
}
