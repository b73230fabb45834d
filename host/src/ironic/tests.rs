//! What is sent, and what failures come to.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::enrollment::Enrollment;
use crate::failure::Cause;
use crate::secret::{Credentials, Secret};

fn plan(enrollment: Value) -> Plan {
    Plan {
        registration: Uuid::from_u128(1),
        node_uuid: Uuid::from_u128(2),
        enrollment: serde_json::from_value::<Enrollment>(enrollment).expect("an enrollment"),
        digest: "d1".into(),
        hooks: vec!["sha256:h".into()],
    }
}

#[test]
fn the_node_gets_its_uuid_its_mark_and_last_of_all_the_credentials() {
    let plan = plan(json!({"node": {
        "driver": "redfish",
        "driver_info": {"redfish_address": "https://bmc", "redfish_password": "of a hook"},
        "extra": {"rack": "r1"},
    }}));
    let credentials = Credentials {
        username: "admin".into(),
        password: Secret::new("s3cret"),
    };
    assert_eq!(
        Value::Object(request::node(&plan, Some(&credentials)).expect("a body")),
        json!({
            "uuid": "00000000-0000-0000-0000-000000000002",
            "driver": "redfish",
            "driver_info": {
                "redfish_address": "https://bmc",
                "redfish_username": "admin",
                "redfish_password": "s3cret",
            },
            "extra": {
                "rack": "r1",
                "valence": {
                    "registration": "00000000-0000-0000-0000-000000000001",
                    "digest": "d1",
                    "hooks": ["sha256:h"],
                },
            },
        })
    );
}

#[test]
fn a_port_names_its_port_group_by_the_uuid_that_it_will_have() {
    let plan = plan(json!({
        "node": {},
        "portgroups": [{"name": "bond0"}],
        "ports": [{"address": "AA:BB:CC:00:00:01", "portgroup": "bond0"}],
    }));
    let group = portgroup_uuid(plan.node_uuid, "bond0");
    let (_, body) = request::ports(&plan).expect("bodies").remove(0);
    assert_eq!(
        body,
        json!({
            "uuid": port_uuid(plan.node_uuid, "aa:bb:cc:00:00:01"),
            "node_uuid": plan.node_uuid,
            "address": "AA:BB:CC:00:00:01",
            "portgroup_uuid": group,
        })
    );
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_place() {
    let table = [
        (json!({"node": {"extra": []}}), "/node/extra"),
        (json!({"node": {}, "ports": [{}]}), "/ports/#0"),
        (
            json!({"node": {}, "ports": [{"address": "aa:00:00:00:00:01", "portgroup": "b"}]}),
            "/ports/aa:00:00:00:00:01/portgroup",
        ),
    ];
    for (enrollment, expected) in table {
        let plan = plan(enrollment);
        let problem = request::node(&plan, None)
            .map(drop)
            .and_then(|()| request::ports(&plan).map(drop))
            .expect_err("a problem");
        let failure = ApplyError {
            problem,
            undo: Undo::NothingMade,
        }
        .into_failure();
        assert_eq!(failure.cause, Cause::InvalidEnrollment);
        assert_eq!(failure.field.as_deref(), Some(expected));
    }
}

#[test]
fn each_kind_of_error_has_its_cause_and_its_certainty() {
    use IronicErrorKind as Kind;
    let table = [
        (
            Kind::Refused,
            Some(400),
            Cause::InvalidEnrollment,
            false,
            false,
        ),
        (Kind::NotFound, Some(404), Cause::Conflict, false, false),
        (Kind::Conflict, Some(409), Cause::Conflict, false, false),
        (Kind::Locked, Some(409), Cause::Conflict, true, false),
        (
            Kind::Unauthorized,
            Some(401),
            Cause::IronicUnavailable,
            false,
            false,
        ),
        (
            Kind::Unavailable,
            Some(503),
            Cause::IronicUnavailable,
            true,
            true,
        ),
        (
            Kind::Unavailable,
            Some(429),
            Cause::IronicUnavailable,
            true,
            false,
        ),
        (Kind::TimedOut, None, Cause::IronicTimeout, true, true),
        (Kind::Transport, None, Cause::IronicUnavailable, true, true),
        (
            Kind::Garbage,
            Some(200),
            Cause::IronicUnavailable,
            true,
            true,
        ),
        (
            Kind::Untrusted,
            None,
            Cause::IronicUnavailable,
            false,
            false,
        ),
        (Kind::Version, None, Cause::IronicUnavailable, false, false),
    ];
    for (kind, status, cause, transient, may_have_happened) in table {
        let error = IronicError {
            status,
            ..IronicError::new(kind, "text")
        };
        assert_eq!(error.is_transient(), transient, "{kind:?}");
        assert_eq!(error.may_have_happened(), may_have_happened, "{kind:?}");
        let failure = error.into_failure();
        assert_eq!(failure.cause, cause, "{kind:?}");
        assert_eq!(failure.retry_after.is_some(), transient, "{kind:?}");
    }
}

#[test]
fn a_refusal_names_the_field_and_passes_ironics_words_on() {
    let failure = ApplyError {
        problem: Problem::Request {
            step: Some(Step::CreatePort {
                uuid: Uuid::nil(),
                address: "AA:00:00:00:00:01".into(),
            }),
            in_doubt: false,
            error: Box::new(IronicError {
                status: Some(400),
                request_id: Some("req-1".into()),
                ..IronicError::new(IronicErrorKind::Refused, "Expected a MAC address")
            }),
        },
        undo: Undo::Undone,
    }
    .into_failure();
    assert_eq!(failure.field.as_deref(), Some("/ports/aa:00:00:00:00:01"));
    assert_eq!(
        failure.detail,
        "ironic refuses port `AA:00:00:00:00:01`: Expected a MAC address"
    );
    let answer = failure.ironic.expect("ironic's answer");
    assert_eq!(
        (answer.status, answer.request_id.as_deref()),
        (Some(400), Some("req-1"))
    );
}
