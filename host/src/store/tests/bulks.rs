//! Bulk registrations.

use super::*;

fn bulk_item(place: u32, node: Option<Uuid>) -> BulkItem {
    BulkItem {
        place,
        name: format!("node-{place}"),
        node,
        pod_manager: node.map(|_| Uuid::from_u128(7)),
        state: ItemState::Waiting,
        result: None,
        begun: None,
        ended: None,
    }
}

pub(super) fn bulk(names: &[&str]) -> (Bulk, Vec<BulkItem>) {
    let new = Bulk {
        id: Uuid::new_v4(),
        state: BulkState::Running,
        selector: "{\"all\":true}".into(),
        parameters: "{}".into(),
        options: "{}".into(),
        created_at: now(),
        updated_at: now(),
    };
    let items = (0..).zip(names).map(|(place, name)| BulkItem {
        name: (*name).to_owned(),
        ..bulk_item(place, None)
    });
    (new, items.collect())
}

#[tokio::test]
async fn a_bulk_registration_keeps_how_far_each_node_is_and_what_ended_when() {
    for store in each_empty().await {
        let (new, _) = bulk(&[]);
        let node = Uuid::new_v4();
        let items = [
            bulk_item(0, Some(node)),
            bulk_item(1, None),
            bulk_item(2, Some(node)),
        ];
        store.insert_bulk(&new, &items).await.unwrap();
        let _lease = store.lease(Work::Bulk(new.id)).await.unwrap().ok();
        assert_eq!(store.bulk(new.id).await.unwrap(), new);
        assert_eq!(store.bulk_items(new.id).await.unwrap(), items);

        assert!(store.begin_item(new.id, 2).await.unwrap());
        assert!(store.begin_item(new.id, 1).await.unwrap());
        let tally = |waiting, running, done, failed| Tally {
            waiting,
            running,
            done,
            failed,
        };
        assert_eq!(store.tally(new.id).await.unwrap(), tally(1, 2, 0, 0));
        store
            .end_item(new.id, 2, ItemState::Done, "{}")
            .await
            .unwrap();
        store
            .end_item(new.id, 1, ItemState::Failed, "{}")
            .await
            .unwrap();
        let ended = async |after| {
            let ended = store.ended_after(new.id, after).await.unwrap();
            ended
                .iter()
                .map(|item| (item.place, item.ended))
                .collect::<Vec<_>>()
        };
        assert_eq!(ended(0).await, [(2, Some(1)), (1, Some(2))]);
        assert_eq!(ended(1).await, [(1, Some(2))]);
        let (listed, counted) = store.bulks().await.unwrap().remove(0);
        assert_eq!((listed, counted), (new.clone(), tally(1, 0, 1, 1)));
        assert_eq!(counted.total(), 3);

        store.stop_bulk(new.id).await.unwrap();
        assert_eq!(store.bulk(new.id).await.unwrap().state, BulkState::Stopped);
        assert!(!store.begin_item(new.id, 0).await.unwrap());
        store.resume_bulk(new.id).await.unwrap();
        // What failed is tried again, what is done is not.
        assert_eq!(store.tally(new.id).await.unwrap(), tally(2, 0, 1, 0));
        assert_eq!(store.bulk(new.id).await.unwrap().state, BulkState::Running);
        store.set_bulk_state(new.id, BulkState::Done).await.unwrap();
        store.stop_bulk(new.id).await.unwrap();
        assert_eq!(store.bulk(new.id).await.unwrap().state, BulkState::Done);
        let missing = store.bulk(Uuid::nil()).await;
        assert!(matches!(missing, Err(StoreError::NotFound { .. })));
    }
}
