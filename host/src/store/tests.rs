//! The store on real SQLite and real PostgreSQL.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;
use uuid::Uuid;
use valence_testbed::Postgres;

use super::*;
use crate::node::{
    Composition, CompositionState, CredentialsSource, Node, PodManager, PodManagerDriver, VerifyCa,
};
use crate::secret::Secret;

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("made/valence.db")
}

async fn open(directory: &TempDir) -> Result<Store, StoreError> {
    Store::open(&format!("sqlite://{}", file(directory).display()), None).await
}

/// An empty store on each database.
async fn each_empty() -> [Store; 2] {
    let sqlite = Store::open("sqlite::memory:", None).await.unwrap();
    [sqlite, on_postgres(&a_database().await).await]
}

/// One PostgreSQL for all tests: each has databases of its own.
fn postgres() -> &'static Postgres {
    static POSTGRES: OnceLock<Postgres> = OnceLock::new();
    POSTGRES.get_or_init(|| Postgres::start().unwrap())
}

/// The url of an empty database on it.
pub(super) async fn a_database() -> String {
    let name = format!("test_{}", Uuid::new_v4().simple());
    let make = format!("CREATE DATABASE {name}");
    let pool = sqlx::PgPool::connect(&postgres().url("postgres"))
        .await
        .unwrap();
    sqlx::query(sqlx::AssertSqlSafe(make))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    postgres().url(&name)
}

/// The key stands beside what else the tests' PostgreSQL has: the same for all.
pub(super) async fn on_postgres(url: &str) -> Store {
    static KEY: OnceLock<TempDir> = OnceLock::new();
    let key = KEY.get_or_init(|| TempDir::new().unwrap());
    let name = url.rsplit('/').next().unwrap();
    let key = key.path().join(format!("{name}.key"));
    Store::open(url, Some(&key)).await.unwrap()
}

/// Has this process work on `node`, for as long as that is kept.
async fn at(store: &Store, node: Uuid) -> Lease {
    store.lease(Work::Node(node)).await.unwrap().ok().unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub(crate) fn pod_manager(name: &str, url: &str) -> PodManager {
    PodManager {
        uuid: Uuid::new_v4(),
        name: name.into(),
        url: url.into(),
        driver: PodManagerDriver::RedfishV1,
        credentials: CredentialsSource::Sealed {
            username: "admin".into(),
            sealed: vec![0, 1, 255],
        },
        auth: crate::node::ServiceAuth::Session,
        verify_ca: VerifyCa::File("/etc/ssl/bmc \"1\".pem".into()),
        ironic_verify_ca: Some(VerifyCa::Check(false)),
        configured: false,
        created_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn node(name: &str, podm_id: Uuid, uri: &str) -> Node {
    Node {
        uuid: Uuid::new_v4(),
        name: name.into(),
        podm_id,
        index: "1".into(),
        resource_uri: uri.into(),
        system_uri: "/redfish/v1/Systems/1".into(),
        description: None,
        managed_by: None,
        epoch: 0,
        created_at: now(),
        updated_at: now(),
    }
}

pub(super) fn composition(of: &Node) -> Composition {
    Composition {
        node: of.uuid,
        podm_id: of.podm_id,
        state: CompositionState::Intended,
        request: serde_json::from_str(r#"{"name": "one", "properties": {}}"#).unwrap(),
        known: Vec::new(),
        resource_uri: None,
        redfish_uuid: None,
        registering: None,
        sent_at: None,
        created_at: of.created_at,
        updated_at: of.updated_at,
    }
}

pub(crate) fn registration(node: &Node) -> Registration {
    Registration {
        id: Uuid::new_v4(),
        node: node.uuid,
        epoch: node.epoch,
        ironic_uuid: Uuid::new_v4(),
        state: RegistrationState::Intended,
        evaluation: r#"{"enrollment":{}}"#.into(),
        enrollment_digest: "d1".into(),
        credentials_hmac: "c1".into(),
        credentials: CredentialsSource::Sealed {
            username: "operator".into(),
            sealed: vec![9],
        },
        chain_digest: "h1".into(),
        detail: Some("as asked".into()),
        created_at: now(),
        updated_at: now(),
    }
}

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
async fn an_update_goes_from_intent_to_done_and_is_what_is_registered_then() {
    for store in each_empty().await {
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&one).await.unwrap();
        let _turn = at(&store, one.uuid).await;
        let first = registration(&one);
        store.begin_registration(&first).await.unwrap();
        let update = |state| Update {
            id: Uuid::new_v4(),
            registration: first.id,
            state,
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
        };
        let (cut_off, refused) = (update(UpdateState::Applying), update(UpdateState::Applying));
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
        let done = update(UpdateState::Applying);
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

#[tokio::test]
async fn a_registration_goes_from_intent_to_removal_and_takes_the_node_along() {
    for store in each_empty().await {
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&one).await.unwrap();
        let _turn = at(&store, one.uuid).await;
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

#[tokio::test]
async fn a_bulk_registration_keeps_how_far_each_node_is_and_what_ended_when() {
    for store in each_empty().await {
        let new = Bulk {
            id: Uuid::new_v4(),
            state: BulkState::Running,
            selector: "{\"all\":true}".into(),
            parameters: "{}".into(),
            options: "{}".into(),
            created_at: now(),
            updated_at: now(),
        };
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

#[tokio::test]
async fn a_node_with_a_registration_is_given_up_by_force_only_and_is_not_registered_then() {
    use RegistrationState::*;
    for store in each_empty().await {
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&one).await.unwrap();
        let _turn = at(&store, one.uuid).await;
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
async fn of_two_nodes_with_one_bmc_the_second_leaves_nothing_on_record() {
    let directory = TempDir::new().unwrap();
    let sqlite = open(&directory).await.unwrap();
    for store in [sqlite, on_postgres(&a_database().await).await] {
        let nodes: Vec<_> = (0..6)
            .map(|place| node(&format!("n{place}"), Uuid::new_v4(), "/redfish/v1/Nodes/1"))
            .collect();
        let mut turns = Vec::new();
        for node in &nodes {
            turns.push(at(&store, node.uuid).await);
        }
        let attempts: Vec<_> = nodes.iter().map(registration).collect();
        let bmc = "https://10.0.0.5";
        let begin = |new| store.begin_registration_with(new, None, Some(bmc));
        let begun = futures::future::join_all(attempts.iter().map(begin)).await;
        let won = begun.iter().position(Result::is_ok).unwrap();
        for (place, begun) in begun.iter().enumerate() {
            let left = store.latest_registration(nodes[place].uuid).await.unwrap();
            assert_eq!(left.is_some(), place == won, "{begun:?}");
            match begun {
                Ok(()) => assert_eq!(place, won, "two have {bmc}"),
                Err(StoreError::SystemTaken { node }) => {
                    assert_eq!(*node, Some(nodes[won].uuid));
                }
                Err(error) => panic!("{error}"),
            }
        }
        // One that has ended leaves its BMC to others.
        let (from, to) = (RegistrationState::Intended, RegistrationState::Undone);
        let ended = store.set_registration_state(&attempts[won], from, to, None);
        ended.await.unwrap();
        let heir = nodes.iter().find(|node| node.uuid != nodes[won].uuid);
        let heir = registration(heir.unwrap());
        store
            .begin_registration_with(&heir, None, Some(bmc))
            .await
            .unwrap();
    }
}

pub(super) fn decision(node: Uuid, at: i64) -> Decision {
    Decision {
        id: Uuid::new_v4(),
        node,
        node_name: "one".into(),
        pod_manager: "rack-a".into(),
        kind: DecisionKind::DryRun,
        outcome: "denied".into(),
        detail: Some("no rack".into()),
        hook: Some("guardrails".into()),
        parameters: "{}".into(),
        circumstances: String::new(),
        evaluation: r#"{"hooks":[]}"#.into(),
        enrollment_digest: None,
        chain_digest: "c1".into(),
        fuel: 4711,
        created_at: jiff::Timestamp::from_microsecond(at).unwrap(),
    }
}

pub(super) fn document(path: &str, body: Option<&str>) -> Document {
    Document {
        path: path.into(),
        body: body.map(|body| (format!("digest of {body}"), body.into())),
        error: body.is_none().then(|| r#"{"absent":{}}"#.into()),
    }
}

#[tokio::test]
async fn decisions_share_their_documents_and_go_when_they_are_old_or_too_many() {
    for store in each_empty().await {
        let node = Uuid::new_v4();
        let shared = "x".repeat(1000);
        let mut all = Vec::new();
        for n in 0..20_i64 {
            let new = decision(node, 1_000_000 + n);
            let own = format!("{n:0>100}");
            let of = [
                document("/redfish/v1", Some(&shared)),
                document("/redfish/v1/Systems/1", Some(&own)),
                document("/redfish/v1/Systems/1/Bios", None),
            ];
            store.insert_decision(&new, &of).await.unwrap();
            assert_eq!(store.decision(new.id).await.unwrap(), new);
            assert_eq!(store.decision_documents(new.id).await.unwrap(), of);
            all.push(new);
        }
        let listed = store.decisions().await.unwrap();
        let ids = |all: &[Decision]| all.iter().rev().map(|one| one.id).collect::<Vec<_>>();
        let shown: Vec<_> = listed.iter().map(|one| one.id).collect();
        assert_eq!(shown, ids(&all));
        assert!(listed.iter().all(|one| one.evaluation.is_empty()));

        let before = all[5].created_at;
        assert_eq!(store.prune_decisions(before, 1 << 20).await.unwrap(), 5);
        // The shared document, and of each record 114 bytes with its own document.
        let gone = store.prune_decisions(before, 1000 + 8 * 114).await.unwrap();
        assert!((7..10).contains(&gone), "{gone}");
        let left = store.decisions().await.unwrap();
        let shown: Vec<_> = left.iter().map(|one| one.id).collect();
        assert_eq!(shown, ids(&all)[..left.len()]);
        let newest = store.decision_documents(left[0].id).await.unwrap();
        assert_eq!(newest[0].body.as_ref().unwrap().1, shared);
        assert_eq!(
            store.prune_decisions(before, 0).await.unwrap(),
            left.len() as u64
        );
        assert!(store.decision(left[0].id).await.is_err());
    }
}

#[tokio::test]
async fn the_bmc_of_what_failed_is_free_for_others_only_when_it_is_out_of_ironic() {
    for store in each_empty().await {
        let rack = pod_manager("rack", "https://10.0.0.5/redfish/v1");
        store.insert_pod_manager(&rack).await.unwrap();
        let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&one).await.unwrap();
        let _turn = at(&store, one.uuid).await;
        let mut failed = registration(&one);
        failed.state = RegistrationState::Applying;
        store.begin_registration(&failed).await.unwrap();
        assert_eq!(store.claim_bmc("a", one.uuid).await.unwrap(), None);
        let set = async |from, to| {
            let set = store.set_registration_state(&failed, from, to, None);
            set.await.unwrap();
        };
        set(RegistrationState::Applying, RegistrationState::Failed).await;
        let other = Uuid::new_v4();
        let _other = at(&store, other).await;
        let holder = store.claim_bmc("a", other).await.unwrap();
        assert_eq!(holder, Some(one.uuid));
        set(RegistrationState::Failed, RegistrationState::Removing).await;
        store.end_registration(&failed).await.unwrap();
        assert_eq!(store.claim_bmc("a", other).await.unwrap(), None);
    }
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

#[tokio::test]
async fn of_each_node_the_newest_decision_is_chosen_that_is_no_dry_runs() {
    for store in each_empty().await {
        let [one, two] = [Uuid::new_v4(), Uuid::new_v4()];
        let mut insert = Vec::new();
        for (node, at, kind) in [
            (one, 1, DecisionKind::Register),
            (one, 2, DecisionKind::Drift),
            (one, 3, DecisionKind::DryRun),
            (two, 4, DecisionKind::DryRun),
            (two, 5, DecisionKind::DryRun),
        ] {
            let new = Decision {
                kind,
                node_name: node.to_string(),
                ..decision(node, at)
            };
            let read = document("/redfish/v1", Some("{}"));
            store.insert_decision(&new, &[read]).await.unwrap();
            insert.push(new.id);
        }
        let at = |at| jiff::Timestamp::from_microsecond(at).unwrap();
        let places = async |since, node: &str, every| -> Vec<usize> {
            let chosen = store.chosen_decisions(at(since), node, every).await;
            let place = |id| insert.iter().position(|known| *known == id).unwrap();
            chosen.unwrap().into_iter().map(place).collect()
        };
        assert_eq!(places(0, "", false).await, [1, 4]);
        assert_eq!(places(0, "", true).await, [0, 1, 2, 3, 4]);
        assert_eq!(places(3, "", false).await, [2, 4]);
        assert_eq!(places(0, &one.to_string(), false).await, [1]);
        assert_eq!(places(0, "nobody", false).await, Vec::<usize>::new());
        let reads = store.decision_reads(insert[0]).await.unwrap();
        let (digest, body) = reads[0].body.clone().unwrap();
        assert_eq!(body, "");
        let body = store.document(&digest).await.unwrap();
        assert_eq!(body.as_deref(), Some("{}"));
        assert_eq!(store.document("no-such").await.unwrap(), None);
    }
}
