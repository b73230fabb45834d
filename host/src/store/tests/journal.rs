//! The journal.

use super::*;

#[tokio::test]
async fn the_journal_is_read_in_the_order_in_which_it_was_written() {
    for store in each_empty().await {
        let new = registration(&node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1"));
        let _turn = at(&store, new.node).await;
        let refused = store
            .record_step(new.node, new.id, "node", Moment::Before, "{}")
            .await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })));
        store.begin_registration(&new).await.unwrap();
        for moment in [Moment::Before, Moment::After] {
            for step in ["node", "port"] {
                store
                    .record_step(new.node, new.id, step, moment, r#"{"status":201}"#)
                    .await
                    .unwrap();
            }
        }
        let steps = store.steps(new.id).await.unwrap();
        let told: Vec<_> = steps
            .iter()
            .map(|step| (step.step.as_str(), step.moment))
            .collect();
        assert_eq!(
            told,
            [
                ("node", Moment::Before),
                ("port", Moment::Before),
                ("node", Moment::After),
                ("port", Moment::After)
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_come_together_are_all_written_and_one_that_cannot_be_is_told_alone() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await.unwrap();
    let new = registration(&node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1"));
    let _turn = at(&store, new.node).await;
    store.begin_registration(&new).await.unwrap();
    let nobodys = Uuid::new_v4();
    let written = futures::future::join_all((0..50).map(|number| {
        let registration = if number == 7 { nobodys } else { new.id };
        let (store, step, node) = (&store, number.to_string(), new.node);
        async move {
            let moment = Moment::Before;
            store
                .record_step(node, registration, &step, moment, "{}")
                .await
        }
    }))
    .await;
    for (number, result) in written.iter().enumerate() {
        match result {
            Ok(()) => assert_ne!(number, 7),
            Err(error) => {
                assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
                assert_eq!(number, 7);
            }
        }
    }
    let steps = store.steps(new.id).await.unwrap();
    let told: Vec<_> = steps.iter().map(|step| step.step.clone()).collect();
    let all = (0..50).filter(|number| *number != 7);
    assert_eq!(
        told,
        all.map(|number: u32| number.to_string())
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn one_who_is_dropped_while_writing_for_others_leaves_theirs_to_be_written() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await.unwrap();
    let new = registration(&node("one", Uuid::new_v4(), "/redfish/v1/Nodes/1"));
    let _turn = at(&store, new.node).await;
    store.begin_registration(&new).await.unwrap();
    let mut first = Box::pin(store.record_step(new.node, new.id, "first", Moment::Before, "{}"));
    let mut second = Box::pin(store.record_step(new.node, new.id, "second", Moment::Before, "{}"));
    // Both are in line, then the first begins to write both.
    for _ in 0..2 {
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut second).is_pending());
    }
    drop(first);
    second.await.unwrap();
    let steps = store.steps(new.id).await.unwrap();
    assert!(steps.iter().any(|step| step.step == "second"), "{steps:?}");
}
