//! Stores that are opened, again and for the first time.

use super::*;

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart_and_files_are_the_owners_alone() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await.unwrap();
    let rack = pod_manager("Rack-A", "https://10.0.0.5/redfish/v1");
    store.insert_pod_manager(&rack).await.unwrap();
    let one = node("One", rack.uuid, "/redfish/v1/Nodes/1");
    store.insert_node(&one).await.unwrap();
    let purpose = Purpose::PodManager(rack.uuid);
    let sealed = store.seal(purpose, &Secret::new("canary")).unwrap();
    store.close().await;

    let store = open(&directory).await.unwrap();
    assert_eq!(
        store.pod_managers().await.unwrap(),
        std::slice::from_ref(&rack)
    );
    assert_eq!(
        store.nodes_of(rack.uuid).await.unwrap(),
        std::slice::from_ref(&one)
    );
    assert_eq!(store.node(&one.uuid.to_string()).await.unwrap(), one);
    assert_eq!(store.unseal(purpose, &sealed).unwrap().expose(), "canary");
    assert_eq!(mode(&file(&directory)), 0o600);
    assert_eq!(mode(&file(&directory).with_extension("key")), 0o600);
    let wal = file(&directory).with_extension("db-wal");
    assert_eq!(mode(&wal), 0o600);
}

#[tokio::test]
async fn postgresql_is_opened_again_and_keeps_its_key() {
    let url = a_database().await;
    let store = on_postgres(&url).await;
    let rack = pod_manager("Rack-A", "https://10.0.0.5/redfish/v1");
    store.insert_pod_manager(&rack).await.unwrap();
    let purpose = Purpose::PodManager(rack.uuid);
    let sealed = store.seal(purpose, &Secret::new("canary")).unwrap();
    store.close().await;

    let store = on_postgres(&url).await;
    assert_eq!(store.pod_manager("rack-a").await.unwrap(), rack);
    assert_eq!(store.unseal(purpose, &sealed).unwrap().expose(), "canary");
    let directory = TempDir::new().unwrap();
    let other = Store::open(&url, Some(&directory.path().join("other.key"))).await;
    assert!(matches!(other.err(), Some(StoreError::KeyFileGone { .. })));
}

#[tokio::test]
async fn a_lost_or_changed_or_open_key_is_found_out_at_the_start() {
    let directory = TempDir::new().unwrap();
    open(&directory).await.unwrap().close().await;
    let key = file(&directory).with_extension("key");
    let right = std::fs::read_to_string(&key).unwrap();
    let allow = |mode| std::fs::set_permissions(&key, PermissionsExt::from_mode(mode)).unwrap();

    allow(0o640);
    assert!(matches!(
        open(&directory).await.err(),
        Some(StoreError::KeyFileOpen { mode: 0o640, .. })
    ));
    allow(0o600);
    std::fs::write(&key, "no key").unwrap();
    assert!(matches!(
        open(&directory).await.err(),
        Some(StoreError::KeyFileBad { .. })
    ));
    std::fs::write(&key, "0".repeat(64)).unwrap();
    assert!(matches!(
        open(&directory).await.err(),
        Some(StoreError::WrongKey { .. })
    ));
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(
        open(&directory).await.err(),
        Some(StoreError::KeyFileGone { .. })
    ));
    std::fs::write(&key, right.trim_end()).unwrap();
    allow(0o600);
    assert!(open(&directory).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_opened_says_what_and_where() {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("made"), "in the way").unwrap();
    let error = open(&directory).await.err().unwrap();
    assert!(matches!(&error, StoreError::Directory { path, .. } if path.ends_with("made")));
    for url in ["mysql://x", "valence.db", "sqlite:x?nonsense=1"] {
        let error = Store::open(url, None).await.err();
        assert!(matches!(error, Some(StoreError::Url)), "{url}");
    }
    let error = Store::open("postgres://user:secret@127.0.0.1:1/x", None).await;
    assert!(matches!(error.err(), Some(StoreError::KeyFileUnnamed)));
}
