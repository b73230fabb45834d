//! Updates of what is registered.

use super::unanswered::until_one_waits;
use super::*;

pub(super) fn update(of: &Registration) -> Update {
    Update {
        id: Uuid::new_v4(),
        registration: of.id,
        state: UpdateState::Applying,
        evaluation: r#"{"enrollment":{"node":{}}}"#.into(),
        enrollment_digest: "d2".into(),
        credentials_hmac: "c2".into(),
        credentials: CredentialsSource::Sealed {
            username: "operator".into(),
            sealed: vec![0, 255],
        },
        chain_digest: "h2".into(),
        before: r#"{"ports":[]}"#.into(),
        detail: None,
        created_at: now(),
    }
}

#[tokio::test]
async fn an_update_goes_from_intent_to_done_and_is_what_is_registered_then() {
    for store in each_empty().await {
        let (one, _turn) = at_one(&store).await;
        let first = registration(&one);
        store.begin_registration(&first).await.unwrap();
        let (cut_off, refused) = (update(&first), update(&first));
        store.begin_update(one.uuid, &cut_off, None).await.unwrap();
        assert_eq!(
            store.unfinished_updates().await.unwrap(),
            std::slice::from_ref(&cut_off)
        );
        let error = store.complete_update(&first, &cut_off).await.unwrap_err();
        assert!(matches!(error, StoreError::State { .. }), "{error}");
        store.begin_update(one.uuid, &refused, None).await.unwrap();
        let state = UpdateState::TakingBack;
        let said = Some("what it changed is taken back");
        let ended = store.end_update(one.uuid, refused.id, state, said);
        ended.await.unwrap();
        let unfinished = store.unfinished_updates().await.unwrap();
        let unfinished: Vec<_> = unfinished.iter().map(|one| (one.id, one.state)).collect();
        assert_eq!(unfinished, [(refused.id, state)]);
        let state = UpdateState::Undone;
        store
            .end_update(one.uuid, refused.id, state, Some("Ironic said no"))
            .await
            .unwrap();
        let open = store.open_updates(first.id).await.unwrap();
        let open: Vec<_> = open.iter().map(|one| (one.id, one.state)).collect();
        assert_eq!(open, [(cut_off.id, UpdateState::Failed)]);

        use RegistrationState::*;
        store
            .set_registration_state(&first, Intended, Applying, None)
            .await
            .unwrap();
        store.complete_registration(&first).await.unwrap();
        let done = update(&first);
        store.begin_update(one.uuid, &done, None).await.unwrap();
        store.complete_update(&first, &done).await.unwrap();
        assert_eq!(store.open_updates(first.id).await.unwrap(), []);
        let known = store.registration(first.id).await.unwrap();
        assert_eq!(
            (known.enrollment_digest.as_str(), &known.credentials),
            ("d2", &done.credentials)
        );
    }
}

#[tokio::test]
async fn what_an_update_was_to_be_followed_by_ends_with_it_and_nothing_else_does() {
    for store in each_empty().await {
        let one = node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1");
        let _turn = at(&store, one.uuid).await;
        let goal = crate::node::Goal {
            target: crate::node::Target::Manageable,
            inspect: false,
        };
        let update = |registration| Update {
            id: Uuid::new_v4(),
            registration,
            state: UpdateState::Applying,
            evaluation: "{}".into(),
            enrollment_digest: "d".into(),
            credentials_hmac: "c".into(),
            credentials: CredentialsSource::Absent,
            chain_digest: "h".into(),
            before: "{}".into(),
            detail: None,
            created_at: now(),
        };
        let state = async |of: &Transition| store.transition(of.id).await.unwrap();
        let mut first = registration(&one);
        first.state = RegistrationState::Applying;
        let under_way = Transition::new(first.id, goal);
        let begun = store.begin_registration_with(&first, Some(&under_way), None);
        begun.await.unwrap();
        let refused = update(first.id);
        let begun = store.begin_update(one.uuid, &refused, None);
        begun.await.unwrap();
        let undone = UpdateState::Undone;
        let ended = store.end_update(one.uuid, refused.id, undone, None);
        ended.await.unwrap();
        assert_eq!(state(&under_way).await.state, TransitionState::Running);
        let (from, to) = (RegistrationState::Applying, RegistrationState::Failed);
        let set = store.set_registration_state(&first, from, to, None);
        set.await.unwrap();
        let ended = state(&under_way).await;
        assert_eq!(ended.state, TransitionState::Cancelled);
        assert_eq!(ended.detail.as_deref(), Some("its registration has ended"));

        // One that is given up for another leaves that what was to follow it.
        let second = registration(&one);
        store.begin_registration(&second).await.unwrap();
        let (former, latter) = (update(second.id), update(second.id));
        let following = Transition::new(second.id, goal);
        let begun = store.begin_update(one.uuid, &former, Some(&following));
        begun.await.unwrap();
        let begun = store.begin_update(one.uuid, &latter, None);
        begun.await.unwrap();
        assert_eq!(state(&following).await.state, TransitionState::Running);
        let ended = store.end_update(one.uuid, latter.id, undone, None);
        ended.await.unwrap();
        let ended = state(&following).await;
        assert_eq!(ended.state, TransitionState::Cancelled);
        assert!(ended.detail.unwrap().contains("update"));

        // Neither is on record without the other.
        let missing = update(Uuid::new_v4());
        let following = Transition::new(second.id, goal);
        let begun = store.begin_update(one.uuid, &missing, Some(&following));
        begun.await.unwrap_err();
        assert!(store.transition(following.id).await.is_err());
    }
}

#[tokio::test]
async fn an_update_that_ends_while_its_node_is_given_up_waits_for_that_and_not_for_each_other() {
    let url = a_database().await;
    let store = on_postgres(&url).await;
    let (machine, _turn) = at_one(&store).await;
    let mut new = registration(&machine);
    new.state = RegistrationState::Applying;
    store.begin_registration(&new).await.unwrap();
    store.complete_registration(&new).await.unwrap();
    let update = update(&new);
    store
        .begin_update(machine.uuid, &update, None)
        .await
        .unwrap();
    // As `delete_node` does, in its order.
    let beside = sqlx::PgPool::connect(&url).await.unwrap();
    let mut giving_up = beside.begin().await.unwrap();
    let touch = "UPDATE nodes SET updated_at = updated_at WHERE uuid = $1";
    let touch = sqlx::query(touch).bind(machine.uuid.to_string());
    touch.execute(&mut *giving_up).await.unwrap();
    let completing = async { store.complete_update(&new, &update).await };
    let then = async {
        until_one_waits(&beside).await;
        let end = "UPDATE registrations SET detail = detail WHERE node = $1";
        let end = sqlx::query(end).bind(machine.uuid.to_string());
        end.execute(&mut *giving_up).await?;
        giving_up.commit().await
    };
    let (completed, given_up) = tokio::join!(completing, then);
    given_up.unwrap();
    completed.unwrap();
}
