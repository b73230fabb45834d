//! What of an evaluation is told, and how options are read.

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::enrollment::Enrollment;
use crate::evaluate::HookRun;
use crate::hook::{ChainIdentity, HookIdentity};
use crate::node::Node;
use crate::registration::IronicNode;

fn hook() -> HookRun {
    HookRun {
        name: "site-naming".into(),
        digest: "sha256:ab".into(),
        fuel: 4711,
        duration_us: 120,
        memory: 0,
        phases: Vec::new(),
        wrote: vec!["/node/name".into()],
        reads: [].into(),
        shadow: None,
    }
}

fn chain() -> Arc<ChainIdentity> {
    Arc::new(ChainIdentity {
        digest: "sha256:ef".into(),
        hooks: vec![HookIdentity {
            name: "site-naming".into(),
            digest: "sha256:ab".into(),
        }],
    })
}

#[test]
fn the_reply_is_valences_record_with_what_stands_in_ironic() {
    let then: Timestamp = "2017-08-14T07:31:18Z".parse().unwrap();
    let registered = Registered {
        node: Node {
            uuid: Uuid::from_u128(1),
            name: "test-node".into(),
            podm_id: Uuid::from_u128(2),
            index: "1".into(),
            resource_uri: "/redfish/v1/Nodes/1".into(),
            system_uri: "/redfish/v1/Systems/1".into(),
            description: None,
            managed_by: Some("ironic".into()),
            epoch: 0,
            created_at: then,
            updated_at: then,
        },
        registration: Uuid::from_u128(3),
        ironic: IronicNode {
            node_uuid: Uuid::from_u128(4),
            provision_state: "enroll".into(),
            ports: vec![Uuid::from_u128(5)],
            portgroups: vec![],
            traits: vec!["CUSTOM_GOLD".into()],
            microversion: "1.95".into(),
        },
        hooks: vec![hook()],
        chain: chain(),
        warnings: vec![],
        unchanged: false,
        changed: None,
        adopted: None,
        transition: None,
    };
    insta::assert_json_snapshot!(reply(registered), @r#"
    {
      "chain": {
        "digest": "sha256:ef",
        "hooks": [
          {
            "digest": "sha256:ab",
            "name": "site-naming"
          }
        ]
      },
      "created_at": "2017-08-14 07:31:18 UTC",
      "hooks": [
        {
          "digest": "sha256:ab",
          "duration_us": 120,
          "fuel": 4711,
          "name": "site-naming",
          "wrote": [
            "/node/name"
          ]
        }
      ],
      "index": "1",
      "ironic": {
        "microversion": "1.95",
        "node_uuid": "00000000-0000-0000-0000-000000000004",
        "portgroups": [],
        "ports": [
          "00000000-0000-0000-0000-000000000005"
        ],
        "provision_state": "enroll",
        "traits": [
          "CUSTOM_GOLD"
        ]
      },
      "managed_by": "ironic",
      "name": "test-node",
      "podm_id": "00000000-0000-0000-0000-000000000002",
      "registration": "00000000-0000-0000-0000-000000000003",
      "resource_uri": "/redfish/v1/Nodes/1",
      "unchanged": false,
      "updated_at": "2017-08-14 07:31:18 UTC",
      "uuid": "00000000-0000-0000-0000-000000000001",
      "warnings": []
    }
    "#);
}

#[test]
fn a_report_is_the_same_for_the_same_input() {
    let evaluation = Evaluation {
        enrollment: Enrollment::default(),
        changes: vec![],
        findings: vec![],
        hooks: vec![hook()],
        chain: chain(),
    };
    insta::assert_json_snapshot!(evaluation_report(&evaluation), @r#"
    {
      "chain": {
        "digest": "sha256:ef",
        "hooks": [
          {
            "digest": "sha256:ab",
            "name": "site-naming"
          }
        ]
      },
      "changes": [],
      "enrollment": {
        "credentials": null,
        "node": {},
        "portgroups": [],
        "ports": [],
        "traits": []
      },
      "findings": [],
      "hooks": [
        {
          "digest": "sha256:ab",
          "fuel": 4711,
          "name": "site-naming",
          "wrote": [
            "/node/name"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn options_are_known_or_refused() {
    let (dry, real) = (true, false);
    let caller = Caller {
        name: None,
        address: None,
        role: Some(crate::access::Role::Manager),
    };
    for (query, expected) in [
        ("", Some((real, OnConflict::Fail))),
        ("dry_run", Some((dry, OnConflict::Fail))),
        (
            "dry_run=true&on_conflict=adopt",
            Some((dry, OnConflict::Adopt)),
        ),
        (
            "dry_run=False&on_conflict=fail",
            Some((real, OnConflict::Fail)),
        ),
        ("on_conflict=update", Some((real, OnConflict::Update))),
        ("dry_run=maybe", None),
        ("on_conflict=ignore", None),
        ("on_conflict=fail&on_conflict=update", None),
        ("target=enroll&wait=30", Some((real, OnConflict::Fail))),
        ("target=active", None),
        ("target=enroll&inspect=true", None),
        ("inspect=perhaps", None),
        ("wait=-1", None),
        ("wait=a while", None),
        ("explain", Some((real, OnConflict::Fail))),
        ("explain=true&dry_run", Some((dry, OnConflict::Fail))),
        ("dry-run=true", None),
    ] {
        let read = options(&Query::parse(query), &caller).ok();
        let read = read.map(|(dry, options)| (dry, options.on_conflict));
        assert_eq!(read, expected, "{query}");
    }
}

#[test]
fn a_caller_waits_as_long_as_it_says_and_no_longer_than_a_request_may_take() {
    for (query, expected) in [
        ("", 240),
        ("wait", 240),
        ("wait=true", 240),
        ("wait=false", 0),
        ("wait=0", 0),
        ("wait=7", 7),
        ("wait=100000", 240),
    ] {
        let read = wait(&Query::parse(query)).ok();
        assert_eq!(read, Some(Duration::from_secs(expected)), "{query}");
    }
}
