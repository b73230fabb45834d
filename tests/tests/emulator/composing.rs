//! Pod managers: Intel's and DMTF's.

use serde_json::{Value, json};
use valence_tests::emulator::{Emulator, Pool, Rsd};

use super::{SYSTEMS, answered, get, http, machines, post};

const ALLOCATE: &str = "/redfish/v1/Nodes/Actions/Allocate";
const BLOCKS: &str = "/redfish/v1/CompositionService/ResourceBlocks";

async fn delete(emulator: &Emulator, path: &str) -> u16 {
    answered(http().delete(format!("{}{path}", emulator.url())))
        .await
        .0
}

#[tokio::test]
async fn an_rsd_node_is_allocated_assembled_and_given_back() {
    let behaviour = Rsd {
        integer_ids: true,
        reads: 2,
        ..Rsd::default()
    };
    let emulator = machines(1).rsd(behaviour).start().await;
    let wanted = json!({"Name": "n", "Memory": [{"CapacityMiB": 65536}], "Processors": [{"TotalCores": 32}]});
    let too_much = json!({"Memory": [{"CapacityMiB": 65537}]});
    assert_eq!(post(&emulator, ALLOCATE, too_much).await.0, 409);
    let (status, made) = post(&emulator, ALLOCATE, wanted.clone()).await;
    assert_eq!((status, &made["Id"]), (201, &json!(1)));
    let node = made["@odata.id"].as_str().unwrap();
    assert_eq!(
        post(&emulator, ALLOCATE, wanted).await.0,
        409,
        "none is left"
    );
    let assemble = format!("{node}/Actions/ComposedNode.Assemble");
    assert_eq!(
        post(&emulator, &assemble, json!({})).await.0,
        409,
        "too early"
    );
    let mut states = Vec::new();
    for _ in 0..2 {
        states.push(get(&emulator, node).await.1["ComposedNodeState"].clone());
    }
    assert_eq!(post(&emulator, &assemble, json!({})).await.0, 204);
    for _ in 0..2 {
        states.push(get(&emulator, node).await.1["ComposedNodeState"].clone());
    }
    assert_eq!(
        json!(states),
        json!(["Allocating", "Allocated", "Assembling", "Assembled"])
    );
    let reset = format!("{node}/Actions/ComposedNode.Reset");
    assert_eq!(
        post(&emulator, &reset, json!({"ResetType": "On"})).await.0,
        204
    );
    let system = emulator.document(&format!("{SYSTEMS}/1")).unwrap();
    assert_eq!(system["PowerState"], "On", "it is the node's");
    assert_eq!(delete(&emulator, node).await, 204);
    assert_eq!(get(&emulator, node).await.0, 404);
}

#[tokio::test]
async fn systems_are_composed_of_blocks_of_one_zone_and_give_them_back() {
    let emulator = machines(0)
        .composition(Pool::of_two_zones(9).constrained())
        .start()
        .await;
    let of = |blocks: &[&str]| {
        let links: Vec<_> = blocks
            .iter()
            .map(|id| json!({"@odata.id": format!("{BLOCKS}/{id}")}))
            .collect();
        json!({"Name": "n", "Links": {"ResourceBlocks": links}})
    };
    for (blocks, expected) in [
        (&["Compute-1", "Net-3"][..], 400),
        (&["Net-1"], 400),
        (&["Compute-1", "Nothing"], 400),
        (&["Compute-1", "Net-1"], 201),
        (&["Compute-1"], 409),
    ] {
        assert_eq!(
            post(&emulator, SYSTEMS, of(blocks)).await.0,
            expected,
            "{blocks:?}"
        );
    }
    let system = &emulator.members(SYSTEMS)[0];
    let composed = emulator.document(system).unwrap();
    assert_eq!(composed["SystemType"], "Composed");
    assert_eq!(
        composed["ProcessorSummary"],
        json!({"Count": 2, "CoreCount": 32})
    );
    let nics = emulator.members(&format!("{system}/EthernetInterfaces"));
    assert_eq!(nics[0], format!("{BLOCKS}/Net-1/EthernetInterfaces/1"));
    let state = |id: &str| {
        let block = emulator.document(&format!("{BLOCKS}/{id}")).unwrap();
        block["CompositionStatus"]["CompositionState"].clone()
    };
    assert_eq!(state("Net-1"), "Composed");
    let free = || {
        emulator
            .members("/redfish/v1/CompositionService/FreePool")
            .len()
    };
    assert_eq!(free(), 6);

    let constrained = json!({
        "Name": "c",
        "Processors": {"Members": [{"@Redfish.RequestedCount": 1, "ProcessorType": "GPU"}, {"TotalCores": 8}]},
    });
    let (status, made) = post(&emulator, SYSTEMS, constrained).await;
    assert_eq!(status, 201, "{made:#}");
    let blocks = made["Links"]["ResourceBlocks"].as_array().unwrap();
    let ids: Vec<&Value> = blocks.iter().map(|link| &link["@odata.id"]).collect();
    assert_eq!(
        json!(ids),
        json!([format!("{BLOCKS}/Compute-2"), format!("{BLOCKS}/Gpu-1")])
    );
    assert_eq!(delete(&emulator, system).await, 204);
    assert_eq!((state("Net-1"), free()), (json!("Unused"), 6));
    assert_eq!(delete(&emulator, system).await, 404);
}
