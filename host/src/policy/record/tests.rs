use serde_json::json;

use super::*;
use crate::redfish::{Mockup, ReadLimits, Snapshot};

fn read(documents: Value) -> BTreeMap<ResourcePath, Recorded> {
    let Value::Object(documents) = documents else {
        unreachable!()
    };
    documents
        .into_iter()
        .map(|(path, body)| (path.try_into().unwrap(), Recorded::Read { body }))
        .collect()
}

fn link(path: &str) -> Value {
    json!({"@odata.id": path})
}

/// A service with paged systems, of which one was read.
fn paged() -> Recording {
    Recording::of(read(json!({
        "/redfish/v1": {"@odata.etag": "W/\"1\"", "Id": "root", "Systems": link("/redfish/v1/Systems"), "Chassis": link("/redfish/v1/Chassis")},
        "/redfish/v1/Systems": {"Members": [link("/redfish/v1/Systems/0")], "Members@odata.count": 3, "Members@odata.nextLink": "/redfish/v1/Systems?$skip=1"},
        "/redfish/v1/Systems?$skip=1": {"Members": [link("/redfish/v1/Systems/0"), link("/redfish/v1/Systems/Node 1")], "@odata.nextLink": "/redfish/v1/Systems?$skip=2"},
        "/redfish/v1/Systems?$skip=2": {"Members": [link("/redfish/v1/Systems/2")]},
        "/redfish/v1/Chassis": {"Members": [link("/redfish/v1/Chassis/1")], "@odata.nextLink": "/redfish/v1/Chassis/More"},
        "/redfish/v1/Chassis/More": {"Members": [link("/redfish/v1/Chassis/2")]},
        "/redfish/v1/Systems/Node 1": {"Id": "Node 1", "Oem": [{"ETag": "x", "Password": "hunter2", "Name": "n"}]},
    })))
}

#[test]
fn pages_become_one_and_the_other_nodes_are_left_out() {
    let documents = paged().documents;
    let body = |path: &str| &documents[&path.parse().unwrap()];
    assert_eq!(
        body("/redfish/v1/Systems"),
        &json!({"Members": [link("/redfish/v1/Systems/Node 1")], "Members@odata.count": 1})
    );
    assert_eq!(
        body("/redfish/v1/Chassis"),
        &json!({"Members": [link("/redfish/v1/Chassis/1"), link("/redfish/v1/Chassis/2")], "Members@odata.count": 2})
    );
    assert_eq!(documents.len(), 4, "{documents:#?}");
}

#[test]
fn entity_tags_are_dropped_and_secrets_blanked() {
    let documents = paged().documents;
    assert_eq!(documents[&ResourcePath::root()].get("@odata.etag"), None);
    assert_eq!(
        documents[&"/redfish/v1/Systems/Node 1".parse().unwrap()],
        json!({"Id": "Node 1", "Oem": [{"Password": "******", "Name": "n"}]})
    );
}

#[tokio::test]
async fn what_is_written_is_a_mockup_with_the_same_documents() {
    let recording = paged();
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("new/recording");
    recording.write(&directory).unwrap();
    // As a client asks for it.
    let file = directory.join("redfish/v1/Systems/Node%201/index.json");
    assert!(file.is_file());
    assert!(directory.join("redfish/index.json").is_file());
    let mockup = Mockup::open(&directory).unwrap();
    let snapshot = Snapshot::new(std::sync::Arc::new(mockup), ReadLimits::default());
    for (path, body) in &recording.documents {
        assert_eq!(snapshot.read(path).await.unwrap().body(), body, "{path}");
    }
}

#[test]
fn nothing_is_written_over_and_a_mockup_has_a_root() {
    let root = tempfile::tempdir().unwrap();
    let recording = paged();
    recording.write(root.path()).unwrap();
    let again = recording.write(root.path()).unwrap_err();
    assert!(matches!(again, RecordingError::Occupied(_)), "{again}");
    let rootless = Recording::of(read(json!({"/redfish/v1/Systems/1": {"Id": "1"}})));
    let nowhere = rootless.write(&root.path().join("other")).unwrap_err();
    assert!(matches!(nowhere, RecordingError::NoRoot), "{nowhere}");
}

#[test]
fn what_could_not_be_read_is_told() {
    let path: ResourcePath = "/redfish/v1/Systems".parse().unwrap();
    let absent = ReadError::Absent { path: path.clone() };
    let failed = ReadError::Broken {
        path: path.clone(),
        reason: "500".into(),
    };
    let reads = |error: &ReadError| BTreeMap::from([(path.clone(), Recorded::Not(error.clone()))]);
    assert_eq!(Recording::of(reads(&absent)).unreadable, []);
    assert_eq!(Recording::of(reads(&failed)).unreadable, [failed]);
}
