//! What an evaluation that came to nothing is to its caller.

use sha2::{Digest as _, Sha256};

use super::outcome::{Effect, Evaluation, Finding, Omission, Rejection};
use crate::enrollment::Author;
use crate::failure::{Cause, Failure};
use crate::redfish::ReadError;
use crate::text::hexadecimal;

impl Evaluation {
    /// The SHA-256 of the enrollment's canonical JSON, in lower-case hexadecimal.
    /// Two evaluations with the same digest ask the same of Ironic.
    pub fn digest(&self) -> String {
        let text = super::canonical(&self.enrollment).to_string();
        hexadecimal(&Sha256::digest(text))
    }

    /// Pointers of what is left out because the machine could not be asked for it.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let unread = |finding: &&Finding| finding.left_out == Some(Omission::Unreadable);
        let unread = self.findings.iter().filter(unread);
        unread.filter_map(|finding| finding.pointer.as_deref())
    }
}

impl Rejection {
    /// The failure that the caller is told of: cause, hook and field.
    pub fn into_failure(self) -> Failure {
        let detail = self.to_string();
        match self {
            Self::Denied { hook, findings, .. } => {
                let field = findings
                    .into_iter()
                    .filter(|finding| finding.effect == Effect::Deny)
                    .find_map(|finding| finding.pointer);
                Failure {
                    field,
                    ..Failure::new(Cause::Denied, detail).by_hook(hook)
                }
            }
            Self::Deferred { hook, after } => Failure {
                retry_after: after,
                ..Failure::new(Cause::Deferred, detail).by_hook(hook)
            },
            Self::HookFailed { hook, internal, .. } => {
                let failure = Failure::new(Cause::HookFailed, detail).by_hook(hook);
                match internal {
                    Some(internal) => failure.because(internal),
                    None => failure,
                }
            }
            Self::Machine { .. } => Failure::internal(detail),
            Self::BadOutput { hook, pointer, .. } => Failure {
                field: pointer,
                ..Failure::new(Cause::InvalidEnrollment, detail).by_hook(hook)
            },
            Self::BadRequest { pointer, .. } => Failure {
                field: pointer,
                ..Failure::new(Cause::BadRequest, detail)
            },
            Self::Forbidden { pointer } => Failure::new(Cause::Forbidden, detail).at(pointer),
            Self::Invalid(violations) => {
                let hook_of = |author: &Author| match author {
                    Author::Hook(name) => Some(name.to_string()),
                    _ => None,
                };
                // One that is a hook's doing before all others: field and hook are of one.
                let told = violations
                    .iter()
                    .find(|(_, author)| hook_of(author).is_some());
                let told = told.or(violations.first());
                Failure {
                    hook: told.and_then(|(_, author)| hook_of(author)),
                    field: told.map(|(violation, _)| violation.pointer.clone()),
                    ..Failure::new(Cause::InvalidEnrollment, detail)
                }
            }
            Self::Redfish { hook, error } => {
                let cause = if matches!(error, ReadError::TimedOut { .. }) {
                    Cause::RedfishTimeout
                } else {
                    Cause::RedfishFailed
                };
                let failure = Failure::new(cause, detail);
                match hook {
                    Some(hook) => failure.by_hook(hook),
                    None => failure,
                }
            }
            Self::Undecidable(_) => Failure::new(Cause::RedfishFailed, detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Finding;
    use crate::rules::Violation;

    #[test]
    fn a_failure_names_cause_hook_and_field() {
        let deny = |message: &str, pointer: Option<&str>, hook: &str| Finding {
            effect: Effect::Deny,
            message: message.into(),
            pointer: pointer.map(str::to_owned),
            hook: Some(hook.into()),
            left_out: None,
        };
        let failure = Rejection::Denied {
            hook: "guardrails".into(),
            message: "it is ill".into(),
            findings: vec![
                deny("it is ill", Some("/node/extra/health"), "guardrails"),
                deny("it is far away", None, "site"),
            ],
        }
        .into_failure();
        assert_eq!(failure.cause, Cause::Denied);
        assert_eq!(
            failure.detail,
            "denied by hook `guardrails`: `/node/extra/health`: it is ill; \
             hook `site`: it is far away"
        );
        assert_eq!(failure.hook.as_deref(), Some("guardrails"));
        assert_eq!(failure.field.as_deref(), Some("/node/extra/health"));
    }

    #[test]
    fn a_hook_whose_read_ended_it_is_named() {
        let error = ReadError::TooMuch {
            path: "/redfish/v1/Chassis/9".parse().unwrap(),
            reason: "400 documents have been read".into(),
        };
        let failure = Rejection::Redfish {
            hook: Some("greedy".into()),
            error,
        }
        .into_failure();
        assert_eq!(failure.cause, Cause::RedfishFailed);
        assert_eq!(failure.hook.as_deref(), Some("greedy"));
        assert!(
            failure
                .detail
                .ends_with("have been read (read by hook `greedy`)"),
            "{}",
            failure.detail
        );
    }

    #[test]
    fn a_hooks_own_words_are_for_the_log() {
        let failure = Rejection::HookFailed {
            hook: "h".into(),
            reason: "it said that it could not do its work".into(),
            internal: Some("the table has no row 7".into()),
        }
        .into_failure();
        assert!(!failure.detail.contains("row 7"), "{}", failure.detail);
        assert_eq!(
            failure.source.map(|source| source.to_string()).as_deref(),
            Some("the table has no row 7")
        );
    }

    #[test]
    fn of_many_violations_the_first_that_is_a_hooks_is_named() {
        let violation = |pointer: &str| Violation::at(pointer, "no");
        let failure = Rejection::Invalid(vec![
            (violation("/node/name"), Author::Request),
            (violation("/traits/x"), Author::Hook("h".into())),
        ])
        .into_failure();
        assert_eq!(failure.hook.as_deref(), Some("h"));
        assert_eq!(failure.field.as_deref(), Some("/traits/x"));
        let own = Rejection::Invalid(vec![(violation("/node/name"), Author::Request)]);
        let own = own.into_failure();
        assert_eq!((own.hook, own.field.as_deref()), (None, Some("/node/name")));
        assert_eq!(failure.cause, Cause::InvalidEnrollment);
    }
}
