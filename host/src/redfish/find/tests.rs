use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::redfish::{Mockup, ReadLimits};

fn snapshot(map: &Value) -> Snapshot {
    let map = map.as_object().unwrap().clone();
    Snapshot::new(Arc::new(Mockup::from_map(map)), ReadLimits::default())
}

fn two_systems() -> Value {
    json!({
        "/redfish/v1": {"Systems": {"@odata.id": "/redfish/v1/Systems"}},
        "/redfish/v1/Systems": {"Members": [
            {"@odata.id": "/redfish/v1/Systems/HGX_Baseboard_0"},
            {"@odata.id": "/redfish/v1/Systems/System%200"},
            {"@odata.id": "/redfish/v1/Systems/Gone"},
        ]},
        "/redfish/v1/Systems/HGX_Baseboard_0": {
            "@odata.type": "#ComputerSystem.v1_17_0.ComputerSystem",
            "Id": "HGX_Baseboard_0", "Name": "System", "UUID": "6B6F1A21-0000-4000-8000-0000000000AA",
        },
        "/redfish/v1/Systems/System%200": {"Id": 7, "Name": "System", "UUID": null},
        "/redfish/v1/Chassis/1": {"@odata.type": "#Chassis.v1_0_0.Chassis", "Id": "1"},
    })
}

#[tokio::test]
async fn a_system_is_found_by_path_id_and_uuid() {
    for (wanted, path, id) in [
        (
            "/redfish/v1/Systems/HGX_Baseboard_0/",
            "HGX_Baseboard_0",
            "HGX_Baseboard_0",
        ),
        ("hgx_baseboard_0", "HGX_Baseboard_0", "HGX_Baseboard_0"),
        (
            "6b6f1a210000400080000000000000aa",
            "HGX_Baseboard_0",
            "HGX_Baseboard_0",
        ),
        ("System 0", "System%200", "7"),
        ("7", "System%200", "7"),
    ] {
        let found = find_node(&snapshot(&two_systems()), PodManagerDriver::Redfish, wanted)
            .await
            .unwrap();
        let path: ResourcePath = format!("/redfish/v1/Systems/{path}").parse().unwrap();
        assert_eq!((&found.node, &found.system), (&path, &path), "{wanted}");
        assert_eq!(found.id, id, "{wanted}");
        assert_eq!(found.name.as_deref(), Some("System"), "{wanted}");
    }
}

#[tokio::test]
async fn what_is_not_found_says_what_there_is() {
    for (wanted, expected) in [
        (
            "banana",
            "there is no node `banana` behind this pod manager; there are: `/redfish/v1/Systems/HGX_Baseboard_0` (System), `/redfish/v1/Systems/System%200` (System)",
        ),
        (
            "System",
            "`System` could be any of several nodes: name one by its path; there are: `/redfish/v1/Systems/HGX_Baseboard_0` (System), `/redfish/v1/Systems/System%200` (System)",
        ),
        (
            "/redfish/v1/Chassis/1",
            "`/redfish/v1/Chassis/1` is no system but `#Chassis.v1_0_0.Chassis`",
        ),
        (
            "//evil.example/redfish/v1",
            "`//evil.example/redfish/v1` is no path of a Redfish resource: it is to begin with `/redfish`",
        ),
        (
            "/redfish/v1/Systems/3",
            "there is no node `/redfish/v1/Systems/3` behind this pod manager; there are: `/redfish/v1/Systems/HGX_Baseboard_0`, `/redfish/v1/Systems/System%200`, `/redfish/v1/Systems/Gone`",
        ),
    ] {
        let error = find_node(&snapshot(&two_systems()), PodManagerDriver::Redfish, wanted)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_node_that_cannot_be_read_is_not_taken_for_missing() {
    let mut map = two_systems();
    map["/redfish/v1/Systems/System%200"] = json!([]);
    let error = find_node(&snapshot(&map), PodManagerDriver::Redfish, "banana")
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        FindError::Read(ReadError::Malformed { .. })
    ));
}

#[tokio::test]
async fn an_rsd_node_leads_to_its_system() {
    let map = json!({
        "/redfish/v1": {"Nodes": {"@odata.id": "/redfish/v1/Nodes"}},
        "/redfish/v1/Nodes": {"Members": (1..=4).map(|n| json!({"@odata.id": format!("/redfish/v1/Nodes/{n}")})).collect::<Vec<_>>()},
        "/redfish/v1/Nodes/1": {"Id": 1, "Name": "web", "Links": {"ComputerSystem": {"@odata.id": "/redfish/v1/Systems/System1"}}},
        "/redfish/v1/Nodes/2": {"Id": 2, "Name": "db", "Links": {"ComputerSystem": {}}},
        "/redfish/v1/Nodes/3": {"Id": 3, "Links": {"ComputerSystem": {"@odata.id": "/redfish/v1/Systems/gone"}}},
        "/redfish/v1/Nodes/4": {"Id": 4, "Links": {"ComputerSystem": {"@odata.id": "https://evil.example/redfish/v1/Systems/1"}}},
        "/redfish/v1/Systems/System1": {"Id": "System1"},
    });
    for wanted in ["1", "web", "/redfish/v1/Nodes/1"] {
        let found = find_node(&snapshot(&map), PodManagerDriver::RedfishV1, wanted)
            .await
            .unwrap();
        assert_eq!(found.node.as_str(), "/redfish/v1/Nodes/1");
        assert_eq!(found.system.as_str(), "/redfish/v1/Systems/System1");
        assert_eq!(
            (found.id.as_str(), found.name.as_deref()),
            ("1", Some("web"))
        );
    }
    let error = async |wanted| {
        find_node(&snapshot(&map), PodManagerDriver::RedfishV1, wanted)
            .await
            .unwrap_err()
    };
    assert!(matches!(error("db").await, FindError::NoSystem { .. }));
    assert!(matches!(error("3").await, FindError::MissingSystem { .. }));
    assert!(matches!(
        error("4").await,
        FindError::Read(ReadError::BadLink { .. })
    ));
    assert!(matches!(
        find_node(&snapshot(&two_systems()), PodManagerDriver::RedfishV1, "1").await,
        Err(FindError::NoCollection { .. })
    ));
}

/// Where the recorded machines are: beside the project, unless a variable says.
/// None where there are none, which `VALENCE_REQUIRE_CORPUS` makes an error.
#[allow(clippy::disallowed_methods, reason = "a test has no configuration")]
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let directory = std::env::var_os("VALENCE_CORPUS").map_or_else(beside, PathBuf::from);
    if directory.is_dir() {
        return Some(directory);
    }
    assert!(
        std::env::var_os("VALENCE_REQUIRE_CORPUS").is_none(),
        "no recorded machines in {}",
        directory.display()
    );
    None
}

#[tokio::test]
async fn the_systems_of_recorded_machines_are_found() {
    let Some(corpus) = corpus() else {
        println!("no recorded machines: none of their systems was looked for");
        return;
    };
    for (file, expected) in [
        ("cray__DL325", &["1"][..]),
        ("cray__EX420", &["Node0", "Node1"]),
        ("dmtf__public-rackmount1", &["437XR1138R2"]),
        ("libredfish__dell", &["System.Embedded.1"]),
        ("libredfish__hpe", &["1"]),
    ] {
        let mockup = Mockup::open(&corpus.join(format!("{file}.json"))).unwrap();
        let snapshot = Snapshot::new(Arc::new(mockup), ReadLimits::default());
        let systems = systems(&snapshot).await.unwrap();
        let ids: Vec<&str> = systems.iter().map(ResourcePath::last_segment).collect();
        assert_eq!(ids, expected, "{file}");
        for id in ids {
            let found = find_node(&snapshot, PodManagerDriver::Redfish, id)
                .await
                .unwrap();
            assert_eq!(found.id, id, "{file}");
        }
        println!("found the systems of {file}");
    }
}
