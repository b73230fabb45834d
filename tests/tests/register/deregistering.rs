//! Giving up what is registered.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn deregistering_removes_all() {
    let machine = Machine::new("gone");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let uuid = assert_registered(&valence.post(&machine.path(), json!({})).await);
    let removed = valence.delete(&machine.path()).await;
    assert_eq!(removed.status, 200, "{:#}", removed.body);
    assert!(!is_in_ironic(&machine.name));
    let listed = ironic()
        .cli()
        .baremetal(["port", "list", "--fields", "address"])
        .expect("ports");
    assert!(
        !listed.to_string().contains(&machine.macs[0]),
        "a port is left"
    );
    assert_eq!(valence.delete(&machine.path()).await.status, 404);

    assert_ne!(
        assert_registered(&valence.post(&machine.path(), json!({})).await),
        uuid
    );
    let gone = valence.get(&format!("/v1/nodes/{}", machine.name)).await;
    let again = gone.body["managed_by"].as_str();
    assert_eq!(again, Some("ironic"));
}
