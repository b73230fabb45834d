//! What went wrong, how it is told, and with which exit.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::api::{Problem, causes};
use crate::config::ConfigError;
use crate::failure::{Cause, Failure};
use crate::text::tame;

/// Longer than any sentence of ours.
const LONGEST: usize = 4000;

/// As shells have it for a command that SIGINT ended: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// Why a command did not do what it was told.
pub(super) enum Trouble {
    /// Something failed here.
    Failure(Box<Failure>),
    /// The server refused.
    Reply(Box<Problem>),
    /// Somebody stopped it, and that is how to go on.
    Interrupted(String),
    /// Nobody reads our output any more: no reason to complain.
    NobodyListens,
}

impl Trouble {
    /// The command line cannot be understood.
    pub(super) fn usage(detail: impl Into<String>) -> Self {
        Failure::new(Cause::BadRequest, detail).into()
    }

    /// `path` cannot be dealt with as `doing` says: `read`.
    pub(super) fn file(doing: &str, path: &Path, error: io::Error) -> Self {
        Failure::new(
            Cause::BadRequest,
            format!("cannot {doing} `{}`", path.display()),
        )
        .because(error)
        .into()
    }

    /// Tells it, and gives the exit.
    pub(super) fn tell(&self) -> ExitCode {
        let (lines, exit) = match self {
            Self::Failure(failure) => of_failure(failure),
            Self::Reply(problem) => of_reply(problem),
            Self::Interrupted(detail) => (vec![detail.clone()], INTERRUPTED),
            Self::NobodyListens => return ExitCode::SUCCESS,
        };
        let mut out = io::stderr().lock();
        for line in lines {
            // Where this cannot be written, nothing can.
            let _ = writeln!(out, "{}", tame(&line, LONGEST));
        }
        ExitCode::from(exit)
    }
}

fn of_failure(failure: &Failure) -> (Vec<String>, u8) {
    // Here there is no request, and the reason follows.
    let detail = match failure.detail.as_str() {
        Failure::OURS => "valence could not do this",
        detail => detail,
    };
    let mut sentence = format!("error: {detail}");
    let mut inner: Option<&dyn std::error::Error> = std::error::Error::source(failure);
    while let Some(error) = inner {
        let text = error.to_string();
        // A room's error that became a failure says the same once more.
        if !sentence.ends_with(&text) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
        inner = error.source();
    }
    let mut lines = vec![sentence];
    lines.extend(beside("hook", failure.hook.as_deref()));
    lines.extend(beside("field", failure.field.as_deref()));
    (lines, causes::appearance(failure.cause).exit)
}

fn of_reply(problem: &Problem) -> (Vec<String>, u8) {
    let mut lines = vec![format!("error: {}", problem.detail)];
    lines.extend(beside("hook", problem.hook.as_deref()));
    lines.extend(beside("field", problem.field.as_deref()));
    if let Some(ironic) = &problem.ironic {
        let status = ironic
            .status
            .map(|status| format!(" ({status})"))
            .unwrap_or_default();
        lines.push(format!("  ironic{status}: {}", ironic.faultstring));
    }
    if let Some(seconds) = problem.retry_after {
        lines.push(format!("  try again after {seconds} s"));
    }
    if problem.status >= 500 {
        lines.push(format!("  request: {}", problem.request_id));
    }
    (lines, causes::exit_of(&problem.code))
}

fn beside(name: &str, value: Option<&str>) -> Option<String> {
    value.map(|value| format!("  {name}: {value}"))
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

impl From<ConfigError> for Trouble {
    fn from(error: ConfigError) -> Self {
        error.into_failure().into()
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Failure>() {
            Ok(failure) => failure.into(),
            Err(error) => {
                let mut failure = Failure::new(Cause::Internal, error.to_string());
                failure.source = error.chain().nth(1).map(|source| source.to_string().into());
                failure.into()
            }
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe {
            return Self::NobodyListens;
        }
        Failure::new(
            Cause::Internal,
            "what this command reads from or writes to fails",
        )
        .because(error)
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_hook_field_and_source() {
        let failure = Failure::new(Cause::HookFailed, "it ran out of fuel")
            .by_hook("site-naming")
            .at("/node/name")
            .because(io::Error::other("all fuel consumed"));
        let (lines, exit) = of_failure(&failure);
        assert_eq!(
            lines,
            [
                "error: it ran out of fuel: all fuel consumed",
                "  hook: site-naming",
                "  field: /node/name",
            ]
        );
        assert_eq!(exit, 7);
    }

    #[test]
    fn a_failure_of_ours_speaks_of_no_request_where_there_was_none() {
        let (lines, exit) = of_failure(&Failure::internal("no memory is left"));
        assert_eq!(
            lines,
            ["error: valence could not do this: no memory is left"]
        );
        assert_eq!(exit, 70);
    }

    #[test]
    fn a_servers_refusal_exits_by_its_code() {
        let reply = serde_json::json!({
            "type": "urn:valence:problem:denied", "title": "Denied by a Hook", "status": 403,
            "detail": "no rack is known", "instance": "/v1/nodes/a/register",
            "code": "denied", "request_id": "req-1", "hook": "guardrails",
        });
        let (lines, exit) = of_reply(&serde_json::from_value(reply).unwrap());
        assert_eq!(lines, ["error: no rack is known", "  hook: guardrails"]);
        assert_eq!(exit, 3);
    }

    #[test]
    fn what_ironic_said_is_told() {
        let reply = serde_json::json!({
            "type": "urn:valence:problem:ironic-unavailable", "title": "", "status": 503,
            "detail": "ironic refuses our credentials", "instance": "/",
            "code": "ironic-unavailable", "request_id": "req-1", "retry_after": 30,
            "ironic": {"status": 401, "faultstring": "Incorrect username or password"},
        });
        let (lines, exit) = of_reply(&serde_json::from_value(reply).unwrap());
        assert_eq!(
            lines,
            [
                "error: ironic refuses our credentials",
                "  ironic (401): Incorrect username or password",
                "  try again after 30 s",
                "  request: req-1",
            ]
        );
        assert_eq!(exit, 6);
    }
}
