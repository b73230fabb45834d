use serde_json::json;

use super::*;
use crate::redfish::Mockup;

/// A source that counts what it is asked for.
struct Counting(Mockup, Mutex<Vec<String>>);

#[async_trait]
impl Source for Counting {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        guard(&self.1).push(path.to_string());
        self.0.fetch(path).await
    }
}

fn source(map: &Value) -> Arc<Counting> {
    let map = map.as_object().unwrap().clone();
    Arc::new(Counting(Mockup::from_map(map), Mutex::default()))
}

fn snapshot(map: &Value) -> Snapshot {
    Snapshot::new(source(map), ReadLimits::default())
}

fn path(text: &str) -> ResourcePath {
    ResourcePath::page(text).unwrap()
}

fn texts(paths: Option<Vec<ResourcePath>>) -> Vec<String> {
    paths.unwrap().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn members_are_collected_over_all_pages_each_once() {
    let snapshot = snapshot(&json!({
        "/redfish/v1/Systems": {
            "Members": [{"@odata.id": "/redfish/v1/Systems/1/"}, {"@odata.id": "/redfish/v1/Systems/2"}],
            "Members@odata.nextLink": "/redfish/v1/Systems?$skip=2",
        },
        "/redfish/v1/Systems?$skip=2": {
            "Members": [{"@odata.id": "/redfish/v1/Systems/2"}, {"@odata.id": "/redfish/v1/Systems/3"}],
        },
    }));
    let members = snapshot
        .members(&path("/redfish/v1/Systems"))
        .await
        .unwrap();
    assert_eq!(
        texts(members),
        ["1", "2", "3"].map(|id| format!("/redfish/v1/Systems/{id}"))
    );
}

#[tokio::test]
async fn odd_collections_are_understood_or_named() {
    for (body, expected) in [
        (json!({"Id": "1"}), Some(None)),
        (json!({"Members": []}), Some(Some(0))),
        (json!({"Members@odata.count": 0}), Some(Some(0))),
        (
            json!({"Members": [null, {}, {"@odata.id": null}, {"@odata.id": "/redfish/v1/a"}]}),
            Some(Some(1)),
        ),
        (json!({"Members": [{}, 1]}), None),
        (
            json!({"Members": [], "Members@odata.nextLink": "/redfish/v1/c"}),
            None,
        ),
        (
            json!({"Members": [], "Members@odata.nextLink": "/redfish/v1/missing"}),
            None,
        ),
        (
            json!({"Members": [], "Members@odata.nextLink": "https://evil.example/redfish/v1/c"}),
            None,
        ),
        (
            json!({"Members": (0..1001).map(|n| json!({"@odata.id": format!("/redfish/v1/{n}")})).collect::<Vec<_>>()}),
            None,
        ),
    ] {
        let short = body.to_string().chars().take(90).collect::<String>();
        let read = snapshot(&json!({"/redfish/v1/c": body}))
            .members(&path("/redfish/v1/c"))
            .await;
        // An error that said "absent" would pass for a collection that is not there.
        assert!(!read.as_ref().is_err_and(ReadError::is_absent), "{short}");
        assert_eq!(
            read.ok()
                .map(|members| members.map(|members| members.len())),
            expected,
            "{short}"
        );
    }
}

#[tokio::test]
async fn inline_members_are_taken_as_they_are_if_whole() {
    let source = source(&json!({
        "/redfish/v1/Memory": {"Members": [
            {"@odata.id": "/redfish/v1/Memory/1", "@odata.type": "#Memory.v1_0_0.Memory", "Id": "1", "Name": "inline"},
            {"@odata.id": "/redfish/v1/Memory/2", "Name": "part"},
            {"@odata.id": "/redfish/v1/Memory/3", "Name": "part"},
            {"Id": "4", "Name": "without a link"},
        ]},
        "/redfish/v1/Memory/2": {"Id": "2", "Name": "read"},
    }));
    let snapshot = Snapshot::new(Arc::<Counting>::clone(&source), ReadLimits::default());
    let members = snapshot
        .members(&path("/redfish/v1/Memory"))
        .await
        .unwrap()
        .unwrap();
    let mut names = Vec::new();
    for member in &members {
        let document = snapshot.read(member).await.unwrap();
        names.push(document.text("/Name").unwrap().to_owned());
    }
    assert_eq!(names, ["inline", "read", "part", "without a link"]);
    assert!(!guard(&source.1).contains(&"/redfish/v1/Memory/1".to_owned()));
}

#[tokio::test]
async fn each_document_is_fetched_once_however_often_it_is_read() {
    let source = source(&json!({"/redfish/v1": {}}));
    let snapshot = Snapshot::new(Arc::<Counting>::clone(&source), ReadLimits::default());
    let (root, gone) = (ResourcePath::root(), path("/redfish/v1/gone"));
    snapshot
        .prefetch([root.clone(), gone.clone(), root.clone()])
        .await;
    snapshot.read(&root).await.unwrap();
    assert!(snapshot.read(&gone).await.unwrap_err().is_absent());
    assert_eq!(guard(&source.1).len(), 2);
}

#[tokio::test]
async fn records_read_as_the_service_did_and_no_further() {
    let live = snapshot(&json!({"/redfish/v1": {"Id": "root"}}));
    let (root, gone) = (ResourcePath::root(), path("/redfish/v1/gone"));
    live.prefetch([root.clone(), gone.clone()]).await;
    let text = serde_json::to_string(&live.recorded()).unwrap();

    let replayed = Snapshot::from_records(serde_json::from_str(&text).unwrap());
    assert_eq!(
        replayed.read(&root).await.unwrap().text("/Id"),
        Some("root")
    );
    assert!(replayed.read(&gone).await.unwrap_err().is_absent());
    let unread = replayed.read(&path("/redfish/v1/Chassis")).await;
    assert!(matches!(unread, Err(ReadError::NotRecorded { .. })));
    assert_eq!(replayed.recorded(), live.recorded());
}

#[tokio::test]
async fn limits_end_in_named_errors() {
    let few = ReadLimits {
        documents: 1,
        ..ReadLimits::default()
    };
    let snapshot = Snapshot::new(source(&json!({"/redfish/v1": {}})), few);
    snapshot.read(&ResourcePath::root()).await.unwrap();
    let error = snapshot
        .read(&path("/redfish/v1/Systems"))
        .await
        .unwrap_err();
    assert!(matches!(error, ReadError::TooMuch { .. }), "{error:?}");

    struct Hanging;
    #[async_trait]
    impl Source for Hanging {
        async fn fetch(&self, _: &ResourcePath) -> Result<Value, ReadError> {
            std::future::pending().await
        }
    }
    let short = ReadLimits {
        time: Duration::from_millis(20),
        ..ReadLimits::default()
    };
    let snapshot = Snapshot::new(Arc::new(Hanging), short);
    let error = snapshot.read(&ResourcePath::root()).await.unwrap_err();
    assert!(matches!(error, ReadError::TimedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn large_documents_are_not_piled_up_without_end() {
    struct Large;
    #[async_trait]
    impl Source for Large {
        async fn fetch(&self, _: &ResourcePath) -> Result<Value, ReadError> {
            Ok(json!({"Id": "x".repeat(3 << 20)}))
        }
    }
    let snapshot = Snapshot::new(Arc::new(Large), ReadLimits::default());
    snapshot
        .prefetch((0..20).map(|n| path(&format!("/redfish/v1/{n}"))))
        .await;
    let mut kept = 0;
    for recorded in snapshot.recorded().into_values() {
        match recorded {
            Recorded::Read { .. } => kept += 1,
            Recorded::Not(error) => assert!(matches!(error, ReadError::TooMuch { .. })),
        }
    }
    assert!((1..=10).contains(&kept), "{kept}");
}

#[tokio::test]
async fn who_reads_beside_takes_nothing_away_and_is_not_seen() {
    let documents = json!({
        "/redfish/v1": {"Id": "root"},
        "/redfish/v1/Systems/1": {"Id": "1"},
        "/redfish/v1/Systems/1/Bios": {"Id": "bios"},
    });
    let source = source(&documents);
    let limits = ReadLimits {
        documents: 2,
        ..ReadLimits::default()
    };
    let shared = Arc::new(Snapshot::new(Arc::clone(&source) as _, limits));
    let [root, system, bios] =
        ["", "/Systems/1", "/Systems/1/Bios"].map(|below| path(&format!("/redfish/v1{below}")));
    shared.read(&root).await.unwrap();
    let beside = shared.beside();
    assert_eq!(beside.read(&root).await.unwrap().text("/Id"), Some("root"));
    assert_eq!(beside.read(&bios).await.unwrap().text("/Id"), Some("bios"));
    assert_eq!(
        *guard(&source.1),
        ["/redfish/v1", "/redfish/v1/Systems/1/Bios"]
    );
    assert_eq!(shared.recorded().len(), 1);
    shared.read(&system).await.unwrap();
    // Each has its own two.
    assert!(beside.read(&system).await.is_err());
    assert!(shared.read(&bios).await.is_err());
}

#[tokio::test]
async fn what_is_on_record_has_no_secret_to_look_for() {
    let body = json!({"Password": "as it was recorded"});
    let document = Document::from_record(ResourcePath::root(), body.clone());
    assert_eq!(document.redacted().document().body(), &body);
}
