//! What may be written, and by whom.

use super::*;

#[tokio::test]
async fn a_composition_is_written_by_who_has_its_node_and_only_as_far_as_it_is() {
    let (one, other) = two().await;
    let rack = pod_manager("a", "https://a.example");
    one.insert_pod_manager(&rack).await.unwrap();
    let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
    let new = composition(&machine);
    let work = Work::Node(machine.uuid);
    let uri = machine.resource_uri.as_str();
    assert!(one.insert_composition(&new).await.is_err(), "no lease");
    let _stale = taken(&one, work).await;
    one.insert_composition(&new).await.unwrap();
    run_out(&one, work).await;
    let _lease = taken(&other, work).await;

    let refused = |error| matches!(error, StoreError::TakenOver { work: of } if of == work);
    assert!(refused(one.set_sent(new.node).await.unwrap_err()));
    assert!(refused(one.set_made(new.node, uri).await.unwrap_err()));
    let set = one.set_removing(new.node, true).await;
    assert!(refused(set.unwrap_err()));
    assert!(refused(one.set_composed(new.node).await.unwrap_err()));
    let completed = one.complete_composition(&machine, None, false).await;
    assert!(refused(completed.unwrap_err()));
    let forgotten = one.forget_composition(new.node).await;
    assert!(refused(forgotten.unwrap_err()));
    assert_eq!(
        other.composition(new.node).await.unwrap(),
        Some(new.clone())
    );

    let missing = |error| {
        matches!(
            error,
            StoreError::NotFound {
                what: "composition",
                ..
            }
        )
    };
    let early = other.complete_composition(&machine, None, false).await;
    assert!(missing(early.unwrap_err()), "nothing is made yet");
    assert!(other.node("one").await.is_err());
    other.set_sent(new.node).await.unwrap();
    let sent = other.composition(new.node).await.unwrap().unwrap().sent_at;
    assert!(sent.is_some_and(|at| at >= new.created_at));
    other.forget_composition(new.node).await.unwrap();
    assert!(missing(other.set_made(new.node, uri).await.unwrap_err()));
    let late = other.complete_composition(&machine, None, false).await;
    assert!(missing(late.unwrap_err()));
    assert!(other.node("one").await.is_err());
    assert_eq!(other.composition(new.node).await.unwrap(), None);
}

#[tokio::test]
async fn that_a_composition_is_registered_is_written_by_who_has_the_whole_of_it() {
    let (one, other) = two().await;
    let rack = pod_manager("a", "https://a.example");
    one.insert_pod_manager(&rack).await.unwrap();
    let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
    let uuid = machine.uuid;
    let mut new = composition(&machine);
    new.registering = Some("{}".into());
    let _turn = taken(&one, Work::Node(uuid)).await;
    let _stale = taken(&one, Work::Composition(uuid)).await;
    one.insert_composition(&new).await.unwrap();
    let uri = machine.resource_uri.as_str();
    one.set_made(uuid, uri).await.unwrap();
    one.complete_composition(&machine, None, false)
        .await
        .unwrap();
    run_out(&one, Work::Composition(uuid)).await;
    let _whole = taken(&other, Work::Composition(uuid)).await;
    let refused = one.set_registered(uuid).await.unwrap_err();
    assert!(matches!(refused, StoreError::TakenOver { .. }));
    assert_eq!(other.backlog().await.unwrap().compositions, 1);
    other.set_registered(uuid).await.unwrap();
    assert_eq!(other.backlog().await.unwrap().compositions, 0);
}

#[tokio::test]
async fn a_bmc_is_claimed_by_who_has_the_node_and_after_whoever_is_at_it() {
    let (one, other) = two().await;
    let [mine, theirs] = [0, 1].map(|_| node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1"));
    let claimed = one.claim_bmc("a", mine.uuid).await;
    assert!(claimed.is_err(), "no lease");
    assert!(one.release_bmcs_but("a", mine.uuid).await.is_err());
    let _mine = taken(&one, Work::Node(mine.uuid)).await;
    let _theirs = taken(&other, Work::Node(theirs.uuid)).await;
    let mut new = registration(&mine);
    new.state = RegistrationState::Undone;
    one.begin_registration(&new).await.unwrap();

    // As a registration that is not committed yet.
    let mut begun = one.begin_under(Work::Node(mine.uuid)).await.unwrap();
    let sql = "UPDATE registrations SET state = 'applying' WHERE id = $1";
    begun.execute(sql, arguments![new.id]).await.unwrap();
    let had = super::super::super::bmcs::claim_in(&mut begun, "a", mine.uuid).await;
    assert!(had.unwrap());
    let claim = other.claim_bmc("a", theirs.uuid);
    let commit = async {
        let waits = "SELECT 1 AS one FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let started = Instant::now();
        while one.pool.rows(waits, arguments![]).await.unwrap().is_empty() {
            assert!(started.elapsed() < Duration::from_secs(30), "nobody waits");
        }
        begun.commit().await.unwrap();
    };
    let (claimed, ()) = futures::join!(claim, commit);
    assert_eq!(claimed.unwrap(), Some(mine.uuid));
}

#[tokio::test]
async fn entries_of_several_that_are_written_together_are_refused_one_by_one() {
    let (one, other) = two().await;
    let machines = [0, 1].map(|_| node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1"));
    let [mine, lost] = machines.map(|machine| registration(&machine));
    let _mine = taken(&one, Work::Node(mine.node)).await;
    let _lost = taken(&one, Work::Node(lost.node)).await;
    for new in [&mine, &lost] {
        one.begin_registration(new).await.unwrap();
    }
    run_out(&one, Work::Node(lost.node)).await;
    let _taken = taken(&other, Work::Node(lost.node)).await;
    let write = |of: &super::super::super::Registration| {
        let (node, id) = (of.node, of.id);
        let one = &one;
        async move {
            one.record_step(node, id, "create-port", Moment::Before, "{}")
                .await
        }
    };
    let both = futures::join!(write(&mine), write(&lost), write(&mine));
    both.0.unwrap();
    both.2.unwrap();
    assert!(matches!(both.1, Err(StoreError::TakenOver { .. })));
    assert_eq!(one.steps(lost.id).await.unwrap(), []);
    assert!(one.steps(mine.id).await.unwrap().len() >= 2);
}
