//! Registrations, from their intent to their end.

use super::*;

#[tokio::test]
async fn a_registration_goes_from_intent_to_removal_and_takes_the_node_along() {
    for store in each_empty().await {
        let (one, _turn) = at_one(&store).await;
        let first = registration(&one);
        store.begin_registration(&first).await.unwrap();
        assert_eq!(
            store.unfinished_registrations().await.unwrap(),
            std::slice::from_ref(&first)
        );

        use RegistrationState::*;
        let error = store.complete_registration(&first).await.unwrap_err();
        assert!(matches!(
            error,
            StoreError::State {
                is: Intended,
                needed: Applying,
                ..
            }
        ));
        store
            .set_registration_state(&first, Intended, Applying, None)
            .await
            .unwrap();
        store.complete_registration(&first).await.unwrap();
        let registered = store.node("one").await.unwrap();
        assert_eq!(
            (registered.managed_by.as_deref(), registered.epoch),
            (Some("ironic"), 0)
        );
        assert!(store.unfinished_registrations().await.unwrap().is_empty());
        // Somebody renames it by a copy from before.
        let renamed = Node {
            name: "One".into(),
            ..one.clone()
        };
        store.update_node(&renamed).await.unwrap();
        let known = store.node("one").await.unwrap();
        assert_eq!(
            (known.name.as_str(), known.managed_by.as_deref()),
            ("One", Some("ironic"))
        );

        store
            .set_registration_state(&first, Complete, Removing, None)
            .await
            .unwrap();
        store.end_registration(&first).await.unwrap();
        let free = store.node("one").await.unwrap();
        assert_eq!((free.managed_by, free.epoch), (None, 1));
        let known = store.latest_registration(one.uuid).await.unwrap().unwrap();
        assert_eq!((known.id, known.state), (first.id, Removed));
    }
}

#[tokio::test]
async fn of_two_registrations_of_a_node_the_second_is_refused_until_the_first_has_ended() {
    let directory = TempDir::new().unwrap();
    let sqlite = open(&directory).await.unwrap();
    for store in [sqlite, on_postgres(&a_database().await).await] {
        let one = node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1");
        let _turn = at(&store, one.uuid).await;
        let attempts: Vec<_> = (0..8).map(|_| registration(&one)).collect();
        let begun =
            futures::future::join_all(attempts.iter().map(|new| store.begin_registration(new)))
                .await;
        assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), 1);
        let winner = store.latest_registration(one.uuid).await.unwrap().unwrap();
        for error in begun.into_iter().filter_map(Result::err) {
            assert!(
                matches!(error, StoreError::Registered { registration, .. } if registration == winner.id)
            );
        }
        store
            .set_registration_state(
                &winner,
                RegistrationState::Intended,
                RegistrationState::Undone,
                Some("Ironic said no"),
            )
            .await
            .unwrap();
        let known = store.registration(winner.id).await.unwrap();
        assert_eq!(known.detail.as_deref(), Some("Ironic said no"));
        store.begin_registration(&registration(&one)).await.unwrap();
        assert_eq!(store.registrations().await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_node_with_a_registration_is_given_up_by_force_only_and_is_not_registered_then() {
    use RegistrationState::*;
    for store in each_empty().await {
        let (one, _turn) = at_one(&store).await;
        let first = registration(&one);
        store.begin_registration(&first).await.unwrap();
        let error = store.delete_node(one.uuid, false).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Registered { registration, .. } if registration == first.id),
            "{error}"
        );
        store
            .set_registration_state(&first, Intended, Applying, None)
            .await
            .unwrap();
        store.delete_node(one.uuid, true).await.unwrap();
        let error = store.complete_registration(&first).await.unwrap_err();
        assert!(
            matches!(error, StoreError::NotFound { what: "node", .. }),
            "{error}"
        );
        let known = store.registration(first.id).await.unwrap();
        assert_eq!(known.state, Applying, "it is to be taken out again");
        store
            .set_registration_state(&first, Applying, Removing, None)
            .await
            .unwrap();
        store.end_registration(&first).await.unwrap();
        let gone = store.delete_node(one.uuid, false).await;
        assert!(matches!(gone, Err(StoreError::NotFound { .. })));
    }
}

#[tokio::test]
async fn the_registration_in_force_is_the_latest_whatever_the_clock_said() {
    let store = Store::open("sqlite::memory:", None).await.unwrap();
    let one = node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1");
    let _turn = at(&store, one.uuid).await;
    let later = now() + std::time::Duration::from_secs(3600);
    let before = Registration {
        state: RegistrationState::Removed,
        created_at: later,
        ..registration(&one)
    };
    store.begin_registration(&before).await.unwrap();
    let further = Registration {
        epoch: 1,
        ..registration(&one)
    };
    let over = Registration {
        state: RegistrationState::Failed,
        ..further.clone()
    };
    store.begin_registration(&over).await.unwrap();
    let latest = store.latest_registration(one.uuid).await.unwrap();
    assert_eq!(latest.map(|latest| latest.id), Some(over.id));
    let in_force = Registration {
        id: Uuid::new_v4(),
        created_at: now() - std::time::Duration::from_secs(3600),
        ..further
    };
    store.begin_registration(&in_force).await.unwrap();
    let latest = store.latest_registration(one.uuid).await.unwrap();
    assert_eq!(latest.map(|latest| latest.id), Some(in_force.id));
}

#[tokio::test]
async fn what_is_in_force_of_a_node_that_is_given_up_is_so_no_longer() {
    use RegistrationState::*;
    for store in each_empty().await {
        let rack = pod_manager("rack", "https://10.0.0.5/redfish/v1");
        store.insert_pod_manager(&rack).await.unwrap();
        let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&one).await.unwrap();
        let _turn = at(&store, one.uuid).await;
        let mut first = registration(&one);
        first.state = Applying;
        let goal = crate::node::Goal {
            target: crate::node::Target::Available,
            inspect: false,
        };
        let transition = Transition::new(first.id, goal);
        let begun = store.begin_registration_with(&first, Some(&transition), Some("a"));
        begun.await.unwrap();
        store.complete_registration(&first).await.unwrap();
        let two = node("two", rack.uuid, "/redfish/v1/Nodes/2");
        store.insert_node(&two).await.unwrap();
        let _other = at(&store, two.uuid).await;
        let second = registration(&two);
        let taken = store.begin_registration_with(&second, None, Some("a"));
        let taken = taken.await.unwrap_err();
        assert!(matches!(taken, StoreError::SystemTaken { .. }), "{taken}");
        store.delete_node(one.uuid, true).await.unwrap();
        let known = store.registration(first.id).await.unwrap();
        assert_eq!(known.state, Failed);
        let detail = known.detail.unwrap();
        assert!(detail.contains(&first.ironic_uuid.to_string()), "{detail}");
        let transition = store.transition(transition.id).await.unwrap();
        assert_eq!(transition.state, TransitionState::Cancelled);
        let begun = store.begin_registration_with(&second, None, Some("a"));
        begun.await.unwrap();
    }
}
