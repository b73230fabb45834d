//! The server dies at every step of composing and of giving back.

use serde_json::json;
use valence_tests::emulator::Rsd;

use super::bed::{known, made, names, rsd, server, settled, wanted};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_is_composed_whole_or_given_back() {
    let behaviour = Rsd {
        reads: 1,
        ..Rsd::default()
    };
    let emulator = rsd(0x2100, behaviour).await;
    let mut valence = server().start();
    known(&valence, &emulator, "redfishv1").await;
    for (point, composed) in [
        ("compose/intended:1", false),
        ("allocate/sent:1", false),
        ("compose/sent:1", false),
        ("compose/made:1", false),
        ("assemble/sent:1", false),
        ("compose/assembling:1", false),
        ("compose/assembled:1", false),
        ("compose/composed:1", true),
    ] {
        valence.kill();
        valence.start_again(Some(point));
        let cut = valence
            .try_to_send("POST", "/v1/nodes", Some(wanted("node")))
            .await;
        assert!(cut.is_err(), "{point}: {cut:?}");
        valence.kill();
        valence.start_again(None);
        settled(&valence).await;
        let expected = usize::from(composed);
        assert_eq!(made(&emulator).len(), expected, "{point}");
        assert_eq!(names(&valence).await.len(), expected, "{point}");
    }
    for point in [
        "decompose/intended:1",
        "decompose/sent:1",
        "decompose/gone:1",
    ] {
        if names(&valence).await.is_empty() {
            assert_eq!(valence.post("/v1/nodes", wanted("node")).await.status, 200);
        }
        valence.kill();
        valence.start_again(Some(point));
        let cut = valence.try_to_send("DELETE", "/v1/nodes/node", None).await;
        assert!(cut.is_err(), "{point}: {cut:?}");
        valence.kill();
        valence.start_again(None);
        settled(&valence).await;
        assert!(made(&emulator).is_empty(), "{point}");
        assert!(names(&valence).await.is_empty(), "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_made_since_is_left_alone() {
    let emulator = rsd(0x2110, Rsd::default()).await;
    let mut valence = server().start();
    known(&valence, &emulator, "redfishv1").await;
    assert_eq!(valence.post("/v1/nodes", wanted("node")).await.status, 200);
    valence.kill();
    valence.start_again(Some("decompose/intended:1"));
    let cut = valence.try_to_send("DELETE", "/v1/nodes/node", None).await;
    assert!(cut.is_err(), "{cut:?}");
    valence.kill();
    let path = made(&emulator).remove(0);
    emulator.change(|documents| {
        let node = documents.get_mut(&path).unwrap();
        node["Description"] = json!("another's");
        node["Name"] = json!("another");
        node["UUID"] = json!("another");
    });
    valence.start_again(None);
    settled(&valence).await;
    assert_eq!(made(&emulator), [path]);
    assert!(names(&valence).await.is_empty());
}
