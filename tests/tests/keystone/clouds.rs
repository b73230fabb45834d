//! The way in as an operator writes it down, for Valence and `openstack` alike.

use std::fs;

use serde_json::Value;
use valence_testbed::RedfishEmulator;
use valence_tests::{Valence, ValenceBuilder};

use super::*;

/// Cloud `metal` without its password, which is in `secure.yaml`.
fn clouds_yaml(auth_url: &str) -> String {
    format!(
        "clouds:
  metal:
    auth:
      auth_url: {auth_url}
      username: valence
      user_domain_name: site
      project_name: metal
      project_domain_name: site
    region_name: north
"
    )
}

const SECURE: &str = "clouds: {metal: {auth: {password: valence-pa55word}}}\n";

/// A machine, registered by the Valence that `builder` makes; its uuid in Ironic.
async fn register(builder: ValenceBuilder, name: &str) -> (Valence, String) {
    let (valence, bmc) = tokio::task::spawn_blocking(move || {
        let uuid = Uuid::new_v4();
        let [a, b, c, ..] = *uuid.as_bytes();
        let bmc = RedfishEmulator::with_system(&uuid.to_string())
            .nic(&format!("52:54:{a:02x}:{b:02x}:{c:02x}:01"))
            .start()
            .expect("emulator");
        (builder.start(), (bmc, uuid.to_string()))
    })
    .await
    .expect("started");
    valence.manage("podm", bmc.0.url(), &bmc.1, name).await;
    let path = format!("/v1/nodes/{name}/register");
    let reply = valence.post(&path, json!({})).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let uuid = reply.body["ironic"]["node_uuid"].as_str().expect("a uuid");
    let uuid = uuid.to_owned();
    (valence, uuid)
}

#[tokio::test]
async fn clouds_yaml_and_secure_yaml_serve_valence_and_openstack_alike() {
    let site = started().await;
    let builder = Valence::bare()
        .configure("[ironic]\ncloud = \"metal\"")
        .file("clouds.yaml", &clouds_yaml(&site.keystone.url()))
        .file("secure.yaml", SECURE);
    let (valence, uuid) = register(builder, "by-clouds-yaml").await;
    let clouds = valence.directory().join("clouds.yaml");
    let listed = site
        .ironic
        .cli()
        .with_clouds(&clouds, "metal")
        .openstack([
            "baremetal",
            "node",
            "list",
            "--fields",
            "uuid",
            "name",
            "owner",
        ])
        .expect("ironic's client");
    let node = listed
        .as_array()
        .expect("a list")
        .iter()
        .find(|node| node["uuid"] == uuid.as_str())
        .unwrap_or_else(|| panic!("{listed:#}"));
    assert_eq!(node["name"], "by-clouds-yaml");
    assert_eq!(node["owner"], site.keystone.id_of("metal"));
    let gone = valence.delete("/v1/nodes/by-clouds-yaml/register").await;
    assert_eq!(gone.status, 200, "{gone:?}");
    let log = valence.log();
    assert!(log.contains("got a token"));
    assert!(!log.contains("valence-pa55word"));
    // Fernet tokens begin so.
    assert!(!log.contains("gAAAA"));
}

#[tokio::test]
async fn variables_alone_lead_to_ironic() {
    let site = started().await;
    let builder = Valence::bare()
        .variable("OS_AUTH_URL", &site.keystone.url())
        .variable("OS_USERNAME", "admin")
        .variable("OS_PASSWORD", "admin-pa55word")
        .variable("OS_SYSTEM_SCOPE", "all")
        .variable("OS_REGION_NAME", "north")
        .variable("OS_INTERFACE", "internal");
    let (_valence, uuid) = register(builder, "by-variables").await;
    let admin = client(settings(
        &site.keystone.url(),
        Identity::Token(Secret::new(site.keystone.id_of("token"))),
        Scope::System,
    ));
    let node = admin.node(uuid.parse().expect("a uuid")).await;
    let node = node.expect("an answer").expect("the node");
    // The system owns no nodes.
    assert_eq!(node["owner"], Value::Null);
}

#[tokio::test]
async fn config_check_says_what_is_missing_and_as_whom_ironic_is_asked() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).expect(name);
    write("valence.toml", "[ironic]\ncloud = \"metal\"\n");
    write("clouds.yaml", &clouds_yaml("http://keystone.example"));
    let check = || Valence::offline_in(directory.path(), ["config", "check"]);
    let missing = check();
    assert_eq!(missing.exit, 2, "{missing:?}");
    assert_eq!(
        missing.stderr,
        "error: cloud `metal`: there is no `password`; `secure.yaml` is the place for it, in `./clouds.yaml`\n"
    );
    write("secure.yaml", SECURE);
    let sound = check();
    assert_eq!(sound.exit, 0, "{sound:?}");
    assert_eq!(
        sound.stdout,
        "`valence.toml`: sound, with 0 hooks\nironic: in the catalogue of keystone at `http://keystone.example/`, as user `valence` of domain `site` in project `metal` of domain `site`\n"
    );
}
