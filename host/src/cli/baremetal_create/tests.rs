use serde_json::json;

use super::*;

#[test]
fn the_file_has_everything_nested_and_no_credentials() {
    let report = json!({"enrollment": {
        "node": {
            "driver": "redfish",
            "name": "web1",
            "owner": null,
            "driver_info": {"redfish_address": "https://10.0.0.5", "redfish_verify_ca": true},
            "extra": {"on": "off", "12:34:56": [1, 1e30, 0.5, null, "yes"], "empty": {}, "none": []},
            "description": "two\nlines, a \"quote\", \u{85} and a \\",
        },
        "portgroups": [{"name": "bond0", "mode": "802.3ad"}, {"name": "bond1"}],
        "ports": [
            {"address": "52:54:00:12:34:56", "portgroup": "bond0"},
            {"address": "52:54:00:12:34:57", "pxe_enabled": false},
            {"address": "52:54:00:12:34:58", "portgroup": "bond0", "extra": null},
        ],
        "traits": ["CUSTOM_A", "HW_CPU_X86_AVX2"],
        "credentials": "rack-a",
    }});
    let file = file(report.as_object().unwrap()).ok().unwrap();
    insta::assert_snapshot!(file);
    // By another's parser, of YAML 1.2.
    let back: Value = serde_saphyr::from_str(&file).unwrap();
    let node = &back["nodes"][0];
    assert_eq!(
        node["extra"]["12:34:56"],
        json!([1, 1e30, 0.5, null, "yes"])
    );
    assert_eq!(
        node["description"],
        report["enrollment"]["node"]["description"]
    );
}

#[test]
fn a_node_without_redfish_has_no_placeholders() {
    let report = json!({"enrollment": {"node": {"driver": "fake-hardware", "driver_info": {}}}});
    let file = file(report.as_object().unwrap()).ok().unwrap();
    assert!(!file.contains("REDFISH_"), "{file}");
}

#[test]
fn it_is_for_evaluations_only() {
    use clap::CommandFactory as _;
    let allowed = |line: &str| {
        let matches = crate::cli::arguments::Arguments::command()
            .try_get_matches_from(line.split(' '))
            .unwrap();
        check(&matches).is_ok()
    };
    for line in [
        "valence evaluate --mockup m -f baremetal-create",
        "valence node register n --dry-run -f baremetal-create",
        "valence node-register n --dry-run -f baremetal-create",
        "valence node register n -f json",
        "valence hook test -f json",
        "valence serve",
    ] {
        assert!(allowed(line), "{line}");
    }
    for line in [
        "valence node register n -f baremetal-create",
        "valence node deregister n -f baremetal-create",
        "valence podm list -f baremetal-create",
    ] {
        assert!(!allowed(line), "{line}");
    }
}
