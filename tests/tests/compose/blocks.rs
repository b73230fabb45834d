//! DMTF's composition service.

use serde_json::{Value, json};
use valence_tests::emulator::{Documents, Emulator, Pool, Way};
use valence_tests::{Valence, ValenceBuilder, root};

use super::bed::{PASSWORD, SYSTEMS, detail, known, made, names, server, settled};

const BLOCKS: &str = "/redfish/v1/CompositionService/ResourceBlocks";

async fn service(pool: Pool) -> (Emulator, Valence) {
    served(pool, server()).await
}

async fn served(pool: Pool, server: ValenceBuilder) -> (Emulator, Valence) {
    let emulator = Emulator::of(Documents::of_machines([]))
        .composition(pool)
        .account("root", PASSWORD, Way::Sessions)
        .start()
        .await;
    let valence = server.start();
    known(&valence, &emulator, "redfish-composition").await;
    (emulator, valence)
}

async fn compose(valence: &Valence, name: &str, properties: Value) -> valence_tests::Reply {
    let body = json!({"name": name, "podm_id": "pod", "properties": properties});
    valence.post("/v1/nodes", body).await
}

fn of(emulator: &Emulator, system: &Value) -> Vec<String> {
    let system = emulator.document(system.as_str().unwrap()).unwrap();
    let blocks = system["Links"]["ResourceBlocks"].as_array().unwrap().iter();
    let id = |link: &Value| {
        link["@odata.id"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    let mut ids: Vec<_> = blocks.map(id).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_are_composed_of_named_blocks_and_of_chosen_ones_of_one_zone() {
    let (emulator, valence) = service(Pool::of_two_zones(0x2201)).await;
    for (properties, status, says) in [
        (
            json!({"resource_blocks": ["Compute-1", "Net-3"]}),
            400,
            "of no resource zone together",
        ),
        (
            json!({"resource_blocks": ["Compute-9"]}),
            400,
            "there is no resource block `Compute-9`",
        ),
        (
            json!({"resource_zone": "C"}),
            400,
            "there is no resource zone `C`",
        ),
        (
            json!({"processor": {"total_cores": "65"}}),
            409,
            "65 of CPU",
        ),
        (
            json!({"pci_device": {"type": ["GPU"]}, "resource_zone": "B"}),
            409,
            "1 of GPU",
        ),
        (
            json!({"pci_device": {"type": ["teapot"]}}),
            400,
            "no device is called `teapot`",
        ),
    ] {
        let refused = compose(&valence, "no", properties).await;
        assert_eq!(refused.status, status, "{:#}", refused.body);
        assert!(detail(&refused).contains(says), "{:#}", refused.body);
    }
    let blocks = [format!("{BLOCKS}/Compute-1"), "Net-1".to_owned()];
    let named = compose(&valence, "named", json!({"resource_blocks": blocks})).await;
    assert_eq!(named.status, 200, "{:#}", named.body);
    assert_eq!(
        of(&emulator, &named.body["resource_uri"]),
        ["Compute-1", "Net-1"]
    );
    let shown = valence.get("/v1/nodes/named").await.body;
    let mac = &shown["metadata"]["network"][0]["mac"];
    assert_eq!(
        mac, "52:54:c0:22:01:01",
        "its interfaces are those of the block: {shown:#}"
    );
    let taken = compose(&valence, "taken", json!({"resource_blocks": ["Compute-1"]})).await;
    assert_eq!(taken.status, 409, "{:#}", taken.body);
    assert!(detail(&taken).contains("is in use or reserved"));

    let wanted = json!({"memory": {"capacity_mib": "65536"}, "processor": {"total_cores": "32"},
        "pci_device": {"type": ["NIC", "GPU"]}});
    let chosen = compose(&valence, "chosen", wanted).await;
    assert_eq!(chosen.status, 200, "{:#}", chosen.body);
    assert_eq!(
        of(&emulator, &chosen.body["resource_uri"]),
        ["Compute-2", "Gpu-1", "Net-2"]
    );
    let in_b = compose(
        &valence,
        "in-b",
        json!({"resource_zone": "B", "pci_device": {"type": ["NIC"]}}),
    )
    .await;
    assert_eq!(
        of(&emulator, &in_b.body["resource_uri"]),
        ["Compute-3", "Net-3"]
    );

    for name in ["named", "chosen", "in-b"] {
        assert_eq!(
            valence.delete(&format!("/v1/nodes/{name}")).await.status,
            200
        );
    }
    assert!(emulator.members(SYSTEMS).is_empty());
    assert_eq!(
        emulator
            .members("/redfish/v1/CompositionService/FreePool")
            .len(),
        8
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_chooses_by_itself_is_told_what_is_wanted() {
    let (emulator, mut valence) = service(Pool::of_two_zones(0x2202).constrained()).await;
    let wanted = json!({"memory": {"capacity_mib": "32768", "type": "DDR4"}, "processor": {"total_cores": "16"},
        "pci_device": {"type": ["NIC", "NIC", "SSD"]}});
    let composed = compose(&valence, "node", wanted.clone()).await;
    assert_eq!(composed.status, 200, "{:#}", composed.body);
    let seen = emulator.seen();
    let asked = seen
        .iter()
        .rfind(|seen| seen.method == "POST" && seen.path == SYSTEMS)
        .unwrap();
    assert_eq!(asked.body["Links"], Value::Null, "it names no blocks");
    assert_eq!(
        asked.body["EthernetInterfaces"]["Members"],
        json!([{"@Redfish.RequestedCount": 2}])
    );
    assert_eq!(
        of(&emulator, &composed.body["resource_uri"]),
        ["Compute-1", "Net-1", "Storage-1"]
    );

    valence.delete("/v1/nodes/node").await;
    for point in ["allocate/sent:1", "compose/assembled:1"] {
        valence.kill();
        valence.start_again(Some(point));
        let body = json!({"name": "node", "podm_id": "pod", "properties": wanted});
        let cut = valence.try_to_send("POST", "/v1/nodes", Some(body)).await;
        assert!(cut.is_err(), "{point}: {cut:?}");
        valence.kill();
        valence.start_again(None);
        settled(&valence).await;
        assert!(made(&emulator).is_empty(), "{point}");
        assert!(names(&valence).await.is_empty(), "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_read_blocks_zones_and_devices() {
    let component = root().join("tests/fixtures/contract/since_v0.1.0/composed.wasm");
    let with_hook = server().hook("reader", &component, "");
    let (_emulator, valence) = served(Pool::of_two_zones(0x2209), with_hook).await;
    let blocks = json!({"resource_blocks": ["Compute-1", "Gpu-1"]});
    let composed = compose(&valence, "composed", blocks).await;
    assert_eq!(composed.status, 200, "{:#}", composed.body);
    let path = "/v1/nodes/composed/register?dry_run=true";
    let dry = valence.post(path, json!({})).await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    let told = dry.body["enrollment"]["node"]["description"].as_str();
    let told = told.unwrap();
    let zone = "zone=/redfish/v1/CompositionService/ResourceZones/A";
    for says in [
        format!("block=Compute-1 of=Compute is=Composed in=Active {zone} "),
        format!("block=Gpu-1 of=Processor is=Composed in=Active {zone} "),
        "zone=Zone A ".to_owned(),
    ] {
        assert!(told.contains(&says), "{says}: {told}");
    }
    for (device, number) in [
        (format!("Processor={BLOCKS}/Compute-1 "), 2),
        (format!("Processor={BLOCKS}/Gpu-1 "), 2),
        (format!("Memory={BLOCKS}/Compute-1 "), 2),
        ("unnamed=".to_owned(), 0),
    ] {
        assert_eq!(told.matches(&device).count(), number, "{device}: {told}");
    }
}
