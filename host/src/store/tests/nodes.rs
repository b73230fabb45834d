//! Nodes and pod managers.

use super::*;

#[tokio::test]
async fn names_are_found_and_unique_without_regard_to_case() {
    for store in each_empty().await {
        let rack = pod_manager("Rack-Ä", "https://10.0.0.5/redfish/v1");
        store.insert_pod_manager(&rack).await.unwrap();
        assert_eq!(store.pod_manager("rack-ä").await.unwrap(), rack);
        let again = pod_manager("RACK-Ä", "https://10.0.0.6");
        let error = store.insert_pod_manager(&again).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is a pod manager with the name `RACK-Ä` already"
        );

        let one = node("One", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&one).await.unwrap();
        assert_eq!(store.node("ONE").await.unwrap(), one);
        let error = store
            .insert_node(&node("ONE", rack.uuid, "/redfish/v1/Nodes/2"))
            .await
            .unwrap_err();
        assert!(matches!(
            error,
            StoreError::Duplicate {
                what: "node",
                field: "name",
                ..
            }
        ));
        let error = store.node("two").await.unwrap_err();
        assert_eq!(error.to_string(), "there is no node `two`");
    }
}

#[tokio::test]
async fn one_service_is_one_pod_manager_however_it_is_spelled() {
    for store in each_empty().await {
        let rack = pod_manager("a", "https://Rack.example:443/redfish/v1/");
        store.insert_pod_manager(&rack).await.unwrap();
        let again = pod_manager("b", "https://rack.example");
        let error = store.insert_pod_manager(&again).await.unwrap_err();
        assert!(matches!(error, StoreError::Duplicate { field: "url", .. }));
    }
}

#[tokio::test]
async fn one_resource_is_one_node_of_its_pod_manager_only() {
    for store in each_empty().await {
        let (a, b) = (
            pod_manager("a", "https://a.example"),
            pod_manager("b", "https://b.example"),
        );
        store.insert_pod_manager(&a).await.unwrap();
        store.insert_pod_manager(&b).await.unwrap();
        let uri = "/redfish/v1/Nodes/1";
        store.insert_node(&node("one", a.uuid, uri)).await.unwrap();
        store.insert_node(&node("two", b.uuid, uri)).await.unwrap();
        let error = store.insert_node(&node("three", a.uuid, uri)).await;
        assert!(matches!(
            error,
            Err(StoreError::Duplicate {
                field: "resource",
                ..
            })
        ));
    }
}

#[tokio::test]
async fn a_pod_manager_with_nodes_stays_and_a_node_needs_a_pod_manager() {
    for store in each_empty().await {
        let rack = pod_manager("a", "https://a.example");
        let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        let error = store.insert_node(&one).await.unwrap_err();
        assert!(matches!(
            error,
            StoreError::NotFound {
                what: "pod manager",
                ..
            }
        ));
        store.insert_pod_manager(&rack).await.unwrap();
        store.insert_node(&one).await.unwrap();
        let error = store.delete_pod_manager(rack.uuid).await.unwrap_err();
        assert!(matches!(error, StoreError::InUse { by: "nodes", .. }));
        store.delete_node(one.uuid, false).await.unwrap();
        store.delete_pod_manager(rack.uuid).await.unwrap();
        assert!(matches!(
            store.delete_pod_manager(rack.uuid).await,
            Err(StoreError::NotFound { .. })
        ));
    }
}

#[tokio::test]
async fn a_declared_pod_manager_keeps_its_uuid_and_is_released_when_no_longer_declared() {
    for store in each_empty().await {
        let made = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&made).await.unwrap();
        let declared = PodManager {
            credentials: CredentialsSource::Named("rack-a".into()),
            ..pod_manager("A", "https://elsewhere.example")
        };
        let kept = store.upsert_configured(&declared).await.unwrap();
        assert_eq!(
            (kept.uuid, kept.created_at, kept.configured),
            (made.uuid, made.created_at, true)
        );
        assert_eq!(
            store.pod_managers().await.unwrap(),
            std::slice::from_ref(&kept)
        );
        store.release_configured(&[kept.uuid]).await.unwrap();
        assert!(store.pod_manager("a").await.unwrap().configured);
        store.release_configured(&[]).await.unwrap();
        assert!(!store.pod_manager("a").await.unwrap().configured);
    }
}
