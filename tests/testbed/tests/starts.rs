//! The test bed itself.

use serde_json::json;
use valence_testbed::{Ironic, Keystone, RedfishEmulator};

#[test]
fn ironic_answers_its_own_client_with_and_without_a_password() {
    let open = Ironic::builder().start().expect("ironic");
    assert_eq!(
        open.cli().baremetal(["node", "list"]).expect("list"),
        json!([])
    );
    let closed = Ironic::builder()
        .http_basic("admin", "s3cret \"'")
        .start()
        .expect("ironic");
    assert_eq!(
        closed
            .cli()
            .openstack(["baremetal", "node", "list"])
            .expect("list"),
        json!([])
    );
}

#[test]
fn the_emulator_listens_with_tls() {
    let emulator = RedfishEmulator::with_system("8a0c1f0e-5a52-4b8b-8a37-0d1f6f3c2f10")
        .nic("52:54:00:00:00:01")
        .basic_auth("admin", "secret")
        .tls()
        .start()
        .expect("emulator");
    assert!(emulator.url().starts_with("https://127.0.0.1:"));
    assert!(emulator.ca_file().is_some_and(|file| file.exists()));
}

#[test]
fn ironic_lets_those_in_whom_keystone_knows() {
    let keystone = Keystone::start().expect("keystone");
    let ironic = Ironic::builder()
        .keystone(&keystone)
        .start()
        .expect("ironic");
    keystone.announce(&ironic.endpoint()).expect("announced");
    let list = ironic.cli().openstack(["baremetal", "node", "list"]);
    assert_eq!(list.expect("list"), json!([]));
}

#[test]
fn an_ironic_of_three_years_ago_answers_too() {
    let old = Ironic::builder().old().start().expect("ironic 21.4");
    let list = old.cli().baremetal(["node", "list"]);
    assert_eq!(list.expect("list"), json!([]));
}
