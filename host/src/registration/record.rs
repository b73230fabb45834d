//! What a registration keeps of its request and its evaluation. No secret.

use serde::{Deserialize, Serialize};

use crate::enrollment::Object;
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::store::{Registration, RegistrationState};

use super::held_back::HeldBack;

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    parameters: &'a Object,
    #[serde(skip_serializing_if = "HeldBack::is_empty")]
    held_back: &'a HeldBack,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    parameters: Object,
}

#[derive(Deserialize)]
struct Beside {
    held_back: Option<HeldBack>,
}

/// The evaluation and, beside it, the body of the request that it is of, and what
/// stays in Ironic beside what it comes to.
pub(super) fn written(
    evaluation: &Evaluation,
    parameters: &Object,
    held_back: &HeldBack,
) -> Result<String, Failure> {
    let written = Written {
        evaluation,
        parameters,
        held_back,
    };
    serde_json::to_string(&written).map_err(Failure::internal)
}

/// The evaluation in what was written.
pub(super) fn evaluation(written: &str) -> Result<Evaluation, Failure> {
    serde_json::from_str(written).map_err(Failure::internal)
}

/// The digest of `evaluation`'s enrollment: the one that `last` has if that is of
/// the same. One that was kept when ports still stood as their service lists them
/// is another for the same values.
pub(super) fn digest(
    evaluation: &Evaluation,
    last: Option<&Registration>,
) -> Result<String, Failure> {
    let digest = evaluation.digest();
    let complete = last.filter(|last| last.state == RegistrationState::Complete);
    let Some(last) = complete.filter(|last| last.enrollment_digest != digest) else {
        return Ok(digest);
    };
    match self::evaluation(&last.evaluation)?.enrollment == evaluation.enrollment {
        true => Ok(last.enrollment_digest.clone()),
        false => Ok(digest),
    }
}

/// The request's body in what was written.
pub(super) fn parameters(written: &str) -> Result<Object, Failure> {
    let written: Parameters = serde_json::from_str(written).map_err(Failure::internal)?;
    Ok(written.parameters)
}

/// What was held back in what was written.
pub(super) fn held_back(written: &str) -> Result<Option<HeldBack>, Failure> {
    let written: Beside = serde_json::from_str(written).map_err(Failure::internal)?;
    Ok(written.held_back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{node, pod_manager, registration};

    #[test]
    fn evaluation_and_request_are_read_back() {
        let evaluation = Evaluation {
            enrollment: Default::default(),
            changes: vec![],
            findings: vec![],
            hooks: vec![],
            chain: Default::default(),
        };
        let body = Object::from_iter([("resource_class".into(), "gold".into())]);
        let text = written(&evaluation, &body, &HeldBack::default()).expect("text");
        assert_eq!(held_back(&text).expect("nothing"), None);
        assert_eq!(super::evaluation(&text).expect("an evaluation"), evaluation);
        assert_eq!(parameters(&text).expect("a body"), body);
        let old = serde_json::to_string(&evaluation).expect("text");
        assert_eq!(parameters(&old).expect("a body"), Object::new());
    }

    #[test]
    fn a_record_with_ports_in_another_order_is_of_the_same() {
        let written = |macs: [&str; 2]| {
            let ports = macs.map(|mac| serde_json::json!({"address": mac}));
            let enrollment = serde_json::json!({"node": {"name": "a"}, "ports": ports});
            let parts = serde_json::json!({
                "enrollment": enrollment, "changes": [], "findings": [], "hooks": [],
            });
            parts.to_string()
        };
        let of = || {
            let pod_manager = pod_manager("rack-a", "https://pod.invalid");
            registration(&node("a", pod_manager.uuid, "/redfish/v1/Systems/1"))
        };
        let (one, two) = ("aa:00:00:00:00:01", "aa:00:00:00:00:02");
        let now = super::evaluation(&written([one, two])).expect("an evaluation");
        let last = |text: String| Registration {
            state: RegistrationState::Complete,
            evaluation: text,
            enrollment_digest: "of then".into(),
            ..of()
        };
        let digest = |last: &Registration| digest(&now, Some(last)).expect("a digest");
        assert_eq!(digest(&last(written([two, one]))), "of then");
        assert_eq!(digest(&last(written([one, one]))), now.digest());
        let removed = Registration {
            state: RegistrationState::Removing,
            ..last(written([two, one]))
        };
        assert_eq!(digest(&removed), now.digest());
    }
}
