//! What a registration keeps of its request and its evaluation. No secret.

use serde::{Deserialize, Serialize};

use crate::enrollment::Object;
use crate::evaluate::Evaluation;
use crate::failure::Failure;

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
}
