//! Composing nodes: Intel RSD's and DMTF's, cut off at every step, and registered in
//! the same operation.

pub(crate) mod bed;
mod blocks;
mod cut_off;
mod hardware;
mod registered;

use serde_json::{Value, json};
use valence_tests::emulator::{Documents, Emulator, Fault, Kind, Machine, Pool, Rsd, Way};
use valence_tests::{Valence, root};

use bed::{NODES, PASSWORD, SYSTEMS, detail, known, made, names, rsd, server, settled, wanted};

#[tokio::test(flavor = "multi_thread")]
async fn an_rsd_node_is_composed_told_renamed_and_given_back() {
    let behaviour = Rsd {
        integer_ids: true,
        reads: 2,
        ..Rsd::default()
    };
    let emulator = rsd(0x2000, behaviour).await;
    let valence = server().start();
    known(&valence, &emulator, "redfishv1").await;

    let composed = valence.post("/v1/nodes", wanted("first")).await;
    assert_eq!(composed.status, 200, "{:#}", composed.body);
    let keys: Vec<_> = composed.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["index", "name", "podm_id", "resource_uri", "uuid"]);
    assert_eq!(composed.body["index"], "1");
    let node = made(&emulator).remove(0);
    assert_eq!(composed.body["resource_uri"], json!(node));
    let asked = emulator
        .seen()
        .into_iter()
        .find(|seen| seen.path.ends_with("/Allocate"));
    let asked = asked.unwrap().body;
    assert_eq!(asked["Memory"], json!([{"CapacityMiB": 65536}]));
    assert_eq!(asked["Processors"], json!([{"TotalCores": 32}]));
    let shown = valence.get("/v1/nodes/first").await.body;
    assert_eq!(shown["node_state"], "Assembled", "{shown:#}");
    assert_eq!(shown["description"], "for tests");
    assert_eq!(shown["metadata"]["network"].as_array().unwrap().len(), 2);

    for (body, status) in [
        (json!({"Reset": {"Type": "On"}}), 204),
        (json!({"Reset": {"Type": "PowerCycle"}}), 400),
        (json!({"Reset": {"Type": "Explode"}}), 400),
        (json!({"Boot": {"Enabled": "Once", "Target": "Pxe"}}), 204),
        (json!({"Boot": {"Enabled": "Once", "Target": "Tape"}}), 400),
        (json!({"attach": {"resource_id": "1"}}), 400),
    ] {
        let told = valence.post("/v1/nodes/first/action", body.clone()).await;
        assert_eq!(told.status, status, "{body}: {:#}", told.body);
    }
    let system = emulator.document(&format!("{SYSTEMS}/1")).unwrap();
    assert_eq!(system["PowerState"], "On");
    assert_eq!(system["Boot"]["BootSourceOverrideTarget"], "Pxe");

    let patch = json!({"name": "renamed", "description": null});
    let changed = valence.send("PATCH", "/v1/nodes/first", Some(patch)).await;
    assert_eq!(
        (changed.status, &changed.body["name"]),
        (200, &json!("renamed"))
    );
    let second = valence.post("/v1/nodes", wanted("Renamed")).await;
    assert_eq!(second.status, 409, "the name is taken: {:#}", second.body);

    let deleted = valence.delete("/v1/nodes/renamed").await;
    assert_eq!(
        (deleted.status, &deleted.body["code"]),
        (200, &json!("DELETED"))
    );
    assert!(made(&emulator).is_empty());
    assert!(names(&valence).await.is_empty());
    assert!(!valence.log().contains(bed::PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pod_manager_does_wrong_leaves_nothing_allocated() {
    let allocate = format!("{NODES}/Actions/Allocate");
    let lost = |kind| Fault::at(&allocate, kind).of("POST").times(1).after();
    let refused = Fault::at(&allocate, Kind::Status(400)).of("POST").times(1);
    let failing = Rsd {
        fails_to_assemble: true,
        ..Rsd::default()
    };
    let stuck = Fault::at("/redfish/v1/Nodes/1", Kind::Status(500))
        .of("DELETE")
        .times(3);
    for (number, behaviour, faults, says) in [
        (
            0x2010,
            Rsd::default(),
            vec![lost(Kind::Reset)],
            "has been given back",
        ),
        (0x2030, Rsd::default(), vec![lost(Kind::Truncated)], ""),
        (0x2040, failing.clone(), vec![], "`Failed`"),
        (0x2050, Rsd::default(), vec![refused], "refuses: http 400"),
        (0x2060, failing, vec![stuck], "stays on record"),
    ] {
        let emulator = rsd(number, behaviour).await;
        let valence = server().start();
        known(&valence, &emulator, "redfishv1").await;
        for fault in faults {
            emulator.fault(fault);
        }
        let composed = valence.post("/v1/nodes", wanted("node")).await;
        if composed.status == 200 {
            // An answer that is cut off in its body still says where the node is.
            assert!(says.is_empty());
            assert_eq!(made(&emulator).len(), 1);
            continue;
        }
        assert_eq!(composed.status, 502, "{says}: {:#}", composed.body);
        assert!(detail(&composed).contains(says), "{:#}", composed.body);
        settled(&valence).await;
        assert!(made(&emulator).is_empty(), "{says}");
        assert!(names(&valence).await.is_empty());
        emulator.mend();
        let again = valence.post("/v1/nodes", wanted("node")).await;
        let is_failing = says == "`Failed`" || says == "stays on record";
        assert_eq!(again.status == 200, !is_failing, "{:#}", again.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pod_manager_does_in_its_own_time_is_waited_for() {
    let machines = [Machine {
        id: "1".into(),
        model: "AM-5",
        number: 0x2090,
        nics: 1,
    }];
    let rsd = Emulator::of_machines(machines).rsd(Rsd::default());
    let pool = Emulator::of(Documents::of_machines([])).composition(Pool::of_two_zones(0x20a0));
    for (emulator, driver, properties) in [
        (rsd, "redfishv1", json!({})),
        (
            pool,
            "redfish-composition",
            json!({"resource_blocks": ["Compute-1", "Net-1"]}),
        ),
    ] {
        let emulator = emulator
            .account("root", PASSWORD, Way::Either)
            .in_its_own_time(2);
        let emulator = emulator.start().await;
        let valence = server().start();
        known(&valence, &emulator, driver).await;
        let asked = json!({"name": "later", "podm_id": "pod", "properties": properties});
        let composed = valence.post("/v1/nodes", asked).await;
        assert_eq!(composed.status, 200, "{driver}: {:#}", composed.body);
        assert_eq!(
            composed.body["resource_uri"],
            json!(made(&emulator).remove(0))
        );
        let deleted = valence.delete("/v1/nodes/later").await;
        assert_eq!(deleted.status, 200, "{driver}: {:#}", deleted.body);
        assert!(made(&emulator).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_no_mark_is_ours_by_its_name_only_where_marks_are_known_to_be_dropped() {
    let forgetful = Rsd {
        forgets_descriptions: true,
        ..Rsd::default()
    };
    let allocate = format!("{NODES}/Actions/Allocate");
    let lost = || {
        let fault = Fault::at(&allocate, Kind::Status(502));
        fault.of("POST").times(1).after()
    };
    for is_known in [false, true] {
        let emulator = rsd(0x2020 + 8 * u16::from(is_known), forgetful.clone()).await;
        let valence = server().start();
        known(&valence, &emulator, "redfishv1").await;
        let before = usize::from(is_known);
        if is_known {
            let first = valence.post("/v1/nodes", wanted("first")).await;
            assert_eq!(first.status, 200, "{:#}", first.body);
        }
        emulator.fault(lost());
        let composed = valence.post("/v1/nodes", wanted("node")).await;
        assert_eq!(composed.status, 502, "{:#}", composed.body);
        let given_back = detail(&composed).contains("has been given back");
        assert_eq!(given_back, is_known, "{:#}", composed.body);
        settled(&valence).await;
        assert_eq!(names(&valence).await.len(), before);
        assert_eq!(made(&emulator).len(), 1, "it may be somebody else's");
        let told = valence.log().contains("it is left alone");
        assert_eq!(told, !is_known);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_manager_without_resources_or_another_driver_says_so() {
    let emulator = rsd(0x2070, Rsd::default()).await;
    let valence = server().start();
    known(&valence, &emulator, "redfishv1").await;
    let mut greedy = wanted("greedy");
    greedy["properties"]["memory"]["capacity_mib"] = json!("99999999");
    let refused = valence.post("/v1/nodes", greedy).await;
    assert_eq!(refused.status, 502, "{:#}", refused.body);
    assert!(detail(&refused).contains("there are no resources left"));
    for (change, field) in [
        (json!({"podm_id": "nowhere"}), 404),
        (json!({"name": "not legal"}), 400),
        (json!({"flavor_id": "small"}), 400),
        (json!({"properties": {"ram": 1}}), 400),
        (json!({"properties": {"resource_blocks": ["A"]}}), 400),
        (json!({"parameters": {}}), 400),
        (json!({"size": 1}), 400),
    ] {
        let mut body = wanted("wrong");
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let refused = valence.post("/v1/nodes", body).await;
        assert_eq!(refused.status, field, "{change}: {:#}", refused.body);
    }
    let driver = json!({"driver": "redfish"});
    valence
        .send("PATCH", "/v1/pod_managers/pod", Some(driver))
        .await;
    let refused = valence.post("/v1/nodes", wanted("node")).await;
    assert_eq!(refused.status, 400, "{:#}", refused.body);
    assert!(detail(&refused).contains("every system is a node already"));
    assert!(made(&emulator).is_empty());
    assert!(names(&valence).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn flavors_are_kept_and_composed_by() {
    let emulator = rsd(0x2080, Rsd::default()).await;
    let valence = server().start();
    known(&valence, &emulator, "redfishv1").await;
    let flavor =
        json!({"name": "small", "properties": {"memory": {"capacity_mib": 1024, "type": "DDR4"}}});
    let made_one = valence.post("/v1/flavors", flavor.clone()).await;
    assert_eq!(made_one.status, 200, "{:#}", made_one.body);
    assert_eq!(
        made_one.body["properties"]["memory"]["capacity_mib"],
        "1024"
    );
    assert_eq!(valence.post("/v1/flavors", flavor).await.status, 409);
    let patch = json!({"name": "tiny"});
    let changed = valence
        .send("PATCH", "/v1/flavors/SMALL", Some(patch))
        .await;
    assert_eq!(changed.body["name"], "tiny", "{:#}", changed.body);
    let listed = valence.get("/v1/flavors?name=tiny&fields=name").await.body;
    assert_eq!(listed, json!([{"name": "tiny"}]));

    let body = json!({"name": "by-flavor", "podm_id": "pod", "flavor_id": "tiny"});
    assert_eq!(valence.post("/v1/nodes", body).await.status, 200);
    let asked = emulator
        .seen()
        .into_iter()
        .find(|seen| seen.path.ends_with("/Allocate"));
    assert_eq!(
        asked.unwrap().body["Memory"],
        json!([{"CapacityMiB": 1024, "MemoryDeviceType": "DDR4"}])
    );
    let deleted = valence.delete("/v1/flavors/tiny").await;
    assert_eq!(deleted.body["code"], "DELETED");
    assert_eq!(valence.get("/v1/flavors/tiny").await.status, 404);

    let systems = valence.get("/v1/systems?podm_id=pod").await.body;
    let ids: Vec<&Value> = systems
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, [&json!("1"), &json!("2")]);
    assert_eq!(
        valence.get("/v1/systems/2").await.body["manufacturer"],
        "Acme Metal"
    );
    assert_eq!(valence.get("/v1/systems/3").await.status, 404);
    assert_eq!(valence.get("/v1/racks").await.body, json!([]));
    for (path, says) in [("/v1/devices", "ExpEther"), ("/Systems/1", "not passed on")] {
        let absent = valence.get(path).await;
        assert_eq!(absent.status, 404);
        assert!(detail(&absent).contains(says), "{:#}", absent.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_composes_tells_and_shows() {
    let emulator = rsd(0x2090, Rsd::default()).await;
    let valence = server().start();
    known(&valence, &emulator, "redfishv1").await;
    let cli = |valence: &Valence, line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        valence.cli_with(&words)
    };
    for (line, prints) in [
        ("flavor create small --memory 1024 --cores 2", "small"),
        ("flavor list -f value -c name", "small"),
        ("node compose one --flavor small", "/redfish/v1/Nodes/1"),
        (
            "node compose two --memory 2048 --description spare",
            "/redfish/v1/Nodes/2",
        ),
        ("node action one reset ForceOff", ""),
        ("node action one boot Pxe --enabled Continuous", ""),
        ("node set two --name three", "three"),
        ("system list -f value -c id", "1\n2\n"),
        ("system show 2 -f value -c model", "AM-5"),
        ("rack list -f json", "[]"),
        ("node delete one three", ""),
        ("flavor delete small", ""),
    ] {
        let done = cli(&valence, line);
        assert_eq!(done.exit, 0, "{line}: {done:?}");
        assert!(done.stdout.contains(prints), "{line}: {done:?}");
    }
    assert_eq!(cli(&valence, "node compose x --memory 99999999").exit, 5);
    assert_eq!(
        cli(&valence, "node compose x --memory 1 --flavor small").exit,
        2
    );
    assert!(made(&emulator).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_read_the_devices_that_intel_rsd_attached() {
    let emulator = rsd(0x20b0, Rsd::default()).await;
    let component = root().join("tests/fixtures/contract/since_v0.1.0/composed.wasm");
    let valence = server().hook("reader", &component, "").start();
    known(&valence, &emulator, "redfishv1").await;
    let composed = valence.post("/v1/nodes", wanted("composed")).await;
    assert_eq!(composed.status, 200, "{:#}", composed.body);
    emulator.change(|documents| {
        let node = documents.get_mut(&format!("{NODES}/1")).unwrap();
        let drive = json!({"@odata.id": "/redfish/v1/Chassis/drawer/Drives/1"});
        let volume = json!({"@odata.id": "/redfish/v1/StorageServices/1/Volumes/1"});
        node["Links"]["LocalDrives"] = json!([drive]);
        node["Links"]["RemoteDrives"] = json!([volume]);
    });
    let path = "/v1/nodes/composed/register?dry_run=true";
    let dry = valence.post(path, json!({})).await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    let told = dry.body["enrollment"]["node"]["description"].as_str();
    let told = told.unwrap();
    for (device, number) in [
        ("EthernetInterface=- ", 2),
        (" Drive=- ", 1),
        ("RemoteDrive=- ", 1),
        ("block=", 0),
    ] {
        assert_eq!(told.matches(device).count(), number, "{device}: {told}");
    }
    assert!(!told.contains("unnamed="), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_read_whether_and_how_a_node_was_composed() {
    let emulator = rsd(0x20a0, Rsd::default()).await;
    let component = root().join("tests/fixtures/contract/since_v0.1.0/documents.wasm");
    let valence = server().hook("reader", &component, "").start();
    known(&valence, &emulator, "redfishv1").await;
    let composed = valence.post("/v1/nodes", wanted("composed")).await;
    assert_eq!(composed.status, 200, "{:#}", composed.body);
    emulator.change(|documents| {
        let mut other = documents.get(&format!("{NODES}/1")).unwrap().clone();
        other["Id"] = json!("9");
        documents.put_member(NODES, &format!("{NODES}/9"), other);
    });
    let node = json!({"podm_id": "pod", "node_index": "9", "name": "found"});
    let managed = valence.post("/v1/nodes/manage", node).await;
    assert_eq!(
        managed.status, 409,
        "it is the same system: {:#}",
        managed.body
    );
    emulator.change(|documents| {
        let system = json!({"@odata.id": format!("{SYSTEMS}/2")});
        let other = documents.get_mut(&format!("{NODES}/9")).unwrap();
        other["Links"]["ComputerSystem"] = system;
    });
    let node = json!({"podm_id": "pod", "node_index": "9", "name": "found"});
    let managed = valence.post("/v1/nodes/manage", node).await;
    assert_eq!(managed.status, 200, "{:#}", managed.body);
    for (name, is_composed) in [("composed", true), ("found", false)] {
        let path = format!("/v1/nodes/{name}/register?dry_run=true");
        let dry = valence.post(&path, json!({})).await;
        assert_eq!(dry.status, 200, "{:#}", dry.body);
        let ports = dry.body["enrollment"]["ports"].as_array().unwrap();
        let told = ports.iter().find_map(|port| port["extra"].get("composed"));
        assert_eq!(told, Some(&json!(is_composed)), "{name}: {:#}", dry.body);
    }
}
