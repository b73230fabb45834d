//! Waiting for a write that the service has only accepted (DSP0266, "Asynchronous
//! operations").

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::LOCATION;
use serde_json::Value;
use tokio::time::Instant;

use super::super::{ReadError, ResourcePath, parse};
use super::answer::words;
use super::client::Service;
use super::patience::retry_after;
use super::transport::Answer;
use super::write::{WriteError, unknown};

/// How long a service may take for what it has accepted. The request of our own
/// caller ends after five minutes.
const LONGEST: Duration = Duration::from_secs(100);

/// Between two looks, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// The longest that a service may put off the first look.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a look at a task came to.
enum Seen {
    /// It is being done.
    UnderWay,
    /// It is done. The answer that it would have had at once, where there is one.
    Done(Option<Answer>),
    /// It has failed; what is left of it nobody knows.
    Failed(String),
}

impl Service {
    /// The answer to a write of `path` of which `accepted` says that it is being
    /// done, once it is. Without a word of where that is told, or where that is
    /// forgotten by then, there is none.
    pub(super) async fn ended(
        &self,
        path: &ResourcePath,
        accepted: &Answer,
        hidden: &[&str],
    ) -> Result<Option<Answer>, WriteError> {
        let Some(monitor) = self.monitor(path, accepted) else {
            return Err(unknown(
                path,
                "it is being done, says the service, but not where to ask after it".into(),
            ));
        };
        let deadline = Instant::now() + LONGEST;
        let mut pause = first_pause(accepted);
        loop {
            let late = Instant::now() + pause > deadline;
            if late {
                return Err(WriteError::Unknown {
                    path: path.clone(),
                    reason: format!("it is being done still after {} s", LONGEST.as_secs()),
                    slow: true,
                });
            }
            tokio::time::sleep(pause).await;
            match self.look_at_task(&monitor, hidden).await {
                Ok(Seen::Done(answer)) => return Ok(answer),
                Ok(Seen::Failed(reason)) => return Err(unknown(path, reason)),
                Ok(Seen::UnderWay) => {}
                Err(error) => tracing::debug!(%error, "a task could not be asked after"),
            }
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Where the service tells what has become of what it has accepted: its task
    /// monitor, else the task.
    fn monitor(&self, path: &ResourcePath, accepted: &Answer) -> Option<ResourcePath> {
        let location = accepted.headers.get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        location
            .and_then(|location| self.wire.origin.path_in(location))
            .or_else(|| {
                let body = parse::object(path, &accepted.body).ok()?;
                let told = body.get("TaskMonitor").or_else(|| body.get("@odata.id"))?;
                told.as_str()?.parse().ok()
            })
    }

    async fn look_at_task(&self, at: &ResourcePath, hidden: &[&str]) -> Result<Seen, ReadError> {
        let (answer, _) = self.ask(at, |request| request).await?;
        let seen = match answer.status {
            StatusCode::ACCEPTED => Seen::UnderWay,
            // A monitor goes when it has told, and some go before.
            StatusCode::NOT_FOUND | StatusCode::GONE => Seen::Done(None),
            StatusCode::OK => match parse::object(at, &answer.body).ok() {
                Some(task) if is_task(&task) => state_of(&task),
                _ => Seen::Done(Some(answer)),
            },
            status if status.is_success() => Seen::Done(Some(answer)),
            status if super::answer::may_pass(status) => Seen::UnderWay,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Seen::UnderWay,
            _ => Seen::Failed(words(&answer, hidden)),
        };
        Ok(seen)
    }
}

/// As long as the service asks for, within reason: what it says may be any number.
fn first_pause(accepted: &Answer) -> Duration {
    retry_after(accepted).clamp(PAUSE.0, PATIENCE)
}

fn is_task(document: &Value) -> bool {
    let kind = document.get("@odata.type").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.starts_with("#Task."))
}

/// As `TaskState` of DMTF's schema `Task` says.
fn state_of(task: &Value) -> Seen {
    let state = task.get("TaskState").and_then(Value::as_str);
    match state.unwrap_or_default() {
        "Completed" => Seen::Done(None),
        failed @ ("Exception" | "Killed" | "Cancelled" | "Interrupted" | "Suspended") => {
            let message = task.pointer("/Messages/0/Message").and_then(Value::as_str);
            let message = message.unwrap_or_default();
            Seen::Failed(format!(
                "its task is `{failed}`: {}",
                crate::text::tame(message, 200)
            ))
        }
        _ => Seen::UnderWay,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::*;

    #[test]
    fn a_service_cannot_put_off_the_first_look_for_ever() {
        for (asked, pause) in [
            ("0", PAUSE.0),
            ("2", Duration::from_secs(2)),
            ("3600", PATIENCE),
            ("18446744073709551615", PATIENCE),
        ] {
            let accepted = Answer {
                status: StatusCode::ACCEPTED,
                headers: HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(asked))]),
                body: Vec::new(),
            };
            assert_eq!(first_pause(&accepted), pause, "{asked}");
        }
    }
}
