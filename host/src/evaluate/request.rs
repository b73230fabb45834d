//! The configured defaults and the body of the register request, laid over the
//! draft.

use super::grant::protected_keys;
use super::ledger::leaves;
use super::{CallerRights, Rejection};
use crate::enrollment::{Author, Enrollment, Object, lay_over};
use crate::rules;

/// Refuses what of `asked`, by `author`, no hook is to see or to answer for, and what
/// cannot be laid over a draft, of which nobody could tell that.
pub(super) fn check(asked: &Object, author: &Author) -> Result<(), Rejection> {
    if asked.is_empty() {
        return Ok(());
    }
    let violations: Vec<_> =
        rules::check_given(&lay(&Enrollment::default(), asked, whose(author))?)
            .into_iter()
            .filter(|violation| !(violation.operator_may && *author == Author::Defaults))
            .map(|violation| (violation, author.clone()))
            .collect();
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Rejection::Invalid(violations)),
    }
}

/// `[register.defaults]` over `under`.
pub(super) fn lay_defaults(under: &Enrollment, defaults: &Object) -> Result<Enrollment, Rejection> {
    lay(under, defaults, whose(&Author::Defaults))
}

/// The body of the request over `under`, as far as this caller may.
pub(super) fn lay_body(
    under: &Enrollment,
    body: &Object,
    caller: CallerRights,
) -> Result<Enrollment, Rejection> {
    if body.contains_key("uuid") {
        return Err(Rejection::BadRequest {
            message: "`uuid` cannot be chosen: valence derives it from its own node; leave it out"
                .into(),
            pointer: Some("/node/uuid".into()),
        });
    }
    let over = lay(under, body, "")?;
    if !caller.may_administer {
        let differences = leaves(under, &over);
        if let Some(key) = differences.iter().flat_map(protected_keys).next() {
            return Err(Rejection::Forbidden { pointer: key });
        }
    }
    Ok(over)
}

/// What `body` alone sets.
pub(super) fn alone(body: &Object) -> Enrollment {
    let mut enrollment = Enrollment::default();
    // Where it cannot be laid over, [`check`] has said so.
    let _ = lay_over(&mut enrollment, body);
    enrollment
}

/// How a message begins about what `author` asks for.
fn whose(author: &Author) -> &'static str {
    match author {
        Author::Defaults => "`[register.defaults]`: ",
        _ => "",
    }
}

fn lay(under: &Enrollment, body: &Object, whose: &str) -> Result<Enrollment, Rejection> {
    let mut over = under.clone();
    for (key, value) in body {
        let one = Object::from_iter([(key.clone(), value.clone())]);
        lay_over(&mut over, &one).map_err(|reason| Rejection::BadRequest {
            message: format!("{whose}{reason}"),
            pointer: Some(match key.as_str() {
                "ports" | "portgroups" | "traits" => format!("/{key}"),
                key => crate::enrollment::child("/node", key),
            }),
        })?;
    }
    Ok(over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn laid(body: Value, may_administer: bool) -> Result<Enrollment, Option<String>> {
        let under = serde_json::from_value(json!({
            "node": {"name": "a", "driver_info": {"redfish_address": "https://bmc"}},
        }))
        .unwrap();
        let body = body.as_object().unwrap();
        match lay_body(&under, body, CallerRights { may_administer }) {
            Ok(over) => Ok(over),
            Err(Rejection::BadRequest { pointer, .. }) => Err(pointer),
            Err(Rejection::Forbidden { pointer }) => Err(Some(pointer.into())),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn protected_keys_are_for_administrators_and_the_uuid_is_for_nobody() {
        let address = || json!({"driver_info": {"redfish_address": "https://other"}});
        let place = "/node/driver_info/redfish_address";
        assert_eq!(laid(address(), false), Err(Some(place.into())));
        assert!(laid(address(), true).is_ok());
        assert_eq!(
            laid(json!({"owner": "x"}), false),
            Err(Some("/node/owner".into()))
        );
        assert_eq!(
            laid(json!({"uuid": "x"}), true),
            Err(Some("/node/uuid".into()))
        );
        // Saying what is so anyway is no change.
        let same = json!({"driver_info": {"redfish_address": "https://bmc"}});
        assert!(laid(same, false).is_ok());
    }

    #[test]
    fn what_cannot_be_laid_over_is_refused_before_anything_is_read() {
        for (body, place) in [
            (
                json!({"driver_info": [{"redfish_password": "a"}]}),
                "/node/driver_info",
            ),
            (
                json!({"driver_info": "x", "instance_info": {"image_pull_secret": "a"}}),
                "/node/driver_info",
            ),
            (json!({"ports": [7], "name": {"password": "a"}}), "/ports"),
        ] {
            let refused = check(body.as_object().unwrap(), &Author::Request);
            let Err(Rejection::BadRequest { pointer, .. }) = refused else {
                panic!("{body}: {refused:?}");
            };
            assert_eq!(pointer.as_deref(), Some(place), "{body}");
        }
    }

    #[test]
    fn what_cannot_be_laid_over_names_its_place() {
        for (body, place) in [
            (json!({"ports": 7}), "/ports"),
            (json!({"traits": [7]}), "/traits"),
            (json!({"properties": null}), "/node/properties"),
        ] {
            assert_eq!(laid(body, true), Err(Some(place.into())));
        }
    }
}
