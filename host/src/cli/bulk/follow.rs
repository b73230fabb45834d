//! What is said of a registration of many nodes while it goes on, and at its end.

use serde_json::{Value, json};

use crate::api::causes::{CAUSES, appearance, exit_of};
use crate::enrollment::Object;
use crate::failure::{Cause, Failure};

use super::super::arguments::Global;
use super::super::client::Client;
use super::super::output::note;
use super::super::progress::Progress;
use super::super::trouble::Trouble;

/// One that is being followed.
pub(super) struct Follow<'a> {
    global: &'a Global,
    id: String,
    /// How many had ended before.
    known: u64,
    pub(super) rows: Vec<Object>,
    pub(super) progress: Progress,
    interrupts: usize,
}

impl<'a> Follow<'a> {
    pub(super) fn new(global: &'a Global, begun: &Value) -> Self {
        let id = text(begun, "uuid").to_owned();
        let total = number(begun, "total");
        note(
            global.quiet,
            &format!("registering {total} nodes, as bulk registration `{id}`"),
        );
        Self {
            global,
            id,
            known: number(begun, "done") + number(begun, "failed"),
            rows: Vec::new(),
            progress: Progress::new(global.quiet, total),
            interrupts: 0,
        }
    }

    /// Tells what became of a node, unless that was known before.
    pub(super) fn ended(&mut self, node: Value) {
        let failure = node.get("failure").unwrap_or(&Value::Null);
        let name = text(&node, "name");
        let unchanged = node.get("unchanged") == Some(&json!(true));
        let detail = match text(&node, "state") {
            "failed" => text(failure, "detail"),
            _ if unchanged => "unchanged",
            _ => "",
        };
        let told = match text(&node, "state") {
            "failed" => format!("{name}: failed: {detail}"),
            _ if unchanged => format!("{name}: unchanged"),
            _ => format!("{name}: registered as {}", text(&node, "ironic_uuid")),
        };
        let mut told = vec![told];
        for warning in node
            .get("warnings")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            told.push(format!(
                "warning: {name}: {}",
                warning.as_str().unwrap_or_default()
            ));
        }
        let code = text(failure, "code").to_owned();
        let detail = detail.to_owned();
        if let Value::Object(mut row) = node {
            row.remove("event");
            row.insert("code".into(), json!(code));
            row.insert("detail".into(), json!(detail));
            self.rows.push(row);
        }
        let is_new = self.rows.len() as u64 > self.known;
        self.progress.ended(is_new.then_some(told.as_slice()));
    }

    /// Has the server begin with no further node; the second time, leaves it alone.
    pub(super) async fn interrupted(&mut self, client: &Client) -> Result<(), Trouble> {
        self.interrupts += 1;
        if self.interrupts > 1 {
            self.progress.end();
            return Err(Trouble::Interrupted(format!(
                "left alone: what was begun is finished all the same. {}",
                self.advice()
            )));
        }
        self.progress.say(
            "interrupted: what was begun is being finished; once more, and it is not waited for",
        );
        let path = ["v1", "registrations", &self.id, "stop"];
        client.post(&path, &[], &json!({})).await?;
        Ok(())
    }

    fn advice(&self) -> String {
        format!("`valence node register --resume {}` goes on", self.id)
    }

    pub(super) fn how_to_go_on(&self) {
        note(self.global.quiet, &self.advice());
    }

    pub(super) fn lost(&self, detail: &str) -> Trouble {
        self.progress.end();
        let detail = format!(
            "the server cannot tell any more ({detail}). {}",
            self.advice()
        );
        Failure::new(Cause::Internal, detail).into()
    }

    /// How it ended, all in all.
    pub(super) fn verdict(&self, over: &Value) -> Result<(), Trouble> {
        let (total, waiting) = (number(over, "total"), number(over, "waiting"));
        let done = format!("{} of {total} nodes are registered", number(over, "done"));
        match text(over, "state") {
            "stopped" => {
                let text = format!(
                    "stopped: {done}, {waiting} were not begun. {}",
                    self.advice()
                );
                return Err(Trouble::Interrupted(text));
            }
            "running" => {
                let text = format!(
                    "the server is being stopped: {done}, {waiting} were not begun; it goes on with them when it \
                     is started again. {}, and tells what becomes of them",
                    self.advice()
                );
                return Err(Failure::new(Cause::Unreachable, text).into());
            }
            _ => {}
        }
        let failed = self
            .rows
            .iter()
            .filter(|row| row.get("state") == Some(&json!("failed")));
        let codes: Vec<_> = failed.filter_map(|row| row.get("code")?.as_str()).collect();
        let Some(first) = codes.first() else {
            return Ok(());
        };
        Err(Failure::new(
            cause(first, &codes),
            format!(
                "{done}, {} failed: `valence node register --resume {}` tries those again",
                codes.len(),
                self.id
            ),
        )
        .into())
    }
}

/// What stands for failures with `codes`: the cause of the first where all have the
/// same exit, and else one that says no more than that not all is well.
fn cause(first: &str, codes: &[&str]) -> Cause {
    if codes.iter().any(|code| exit_of(code) != exit_of(first)) {
        return Cause::Different;
    }
    let known = CAUSES
        .into_iter()
        .find(|&cause| appearance(cause).code == first);
    known.unwrap_or(Cause::Internal)
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_one_kind_exit_as_one_of_them_does_and_others_exit_1() {
        for (codes, exit) in [
            (&["denied"][..], 3),
            (&["conflict", "conflict"], 4),
            (&["redfish-failed", "redfish-timeout"], 5),
            (&["conflict", "denied"], 1),
            (&["of-a-newer-server"], 70),
        ] {
            assert_eq!(appearance(cause(codes[0], codes)).exit, exit, "{codes:?}");
        }
    }
}
