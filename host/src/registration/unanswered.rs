//! Requests to create a node whose outcome nobody knows: that the node is not there
//! does not show yet that it will not be.

use std::time::Duration;

use jiff::Timestamp;

use crate::ironic::{ApplyError, Client, Outcome, Step};
use crate::store::{self, Moment, Registration};

use super::Registrar;
use super::adopted::unread;

impl Registrar {
    /// Whether the node of `last` may only now come to be in Ironic.
    pub(super) async fn may_come(
        &self,
        ironic: &Client,
        last: &Registration,
    ) -> Result<bool, ApplyError> {
        let steps = self.store.steps(last.id).await.map_err(unread)?;
        let create = Step::CreateNode {
            uuid: last.ironic_uuid,
        };
        let Some(at) = unanswered(&steps, &create.to_string(), ironic.patience()) else {
            return Ok(false);
        };
        let now = self.store.clock().await.map_err(unread)?;
        let age = Duration::try_from(now.duration_since(at)).unwrap_or_default();
        Ok(age < ironic.lingering())
    }
}

/// When at the latest a request of `step` went out whose outcome nobody knows. One
/// that was cut off may have been sent again for as long as `patience`.
fn unanswered(steps: &[store::Step], step: &str, patience: Duration) -> Option<Timestamp> {
    let mut latest = None;
    let mut open = None;
    for entry in steps.iter().filter(|entry| entry.step == step) {
        match entry.moment {
            Moment::Before => {
                latest = latest.max(open);
                open = entry.at.checked_add(patience).ok();
            }
            Moment::After => {
                let outcome = serde_json::from_str(&entry.detail);
                if !matches!(
                    outcome,
                    Ok(Outcome::Done | Outcome::WasDone | Outcome::Refused { .. })
                ) {
                    latest = latest.max(Some(entry.at));
                }
                open = None;
            }
        }
    }
    latest.max(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn latest(steps: &[(i64, &str)]) -> Option<i64> {
        let steps: Vec<_> = steps
            .iter()
            .map(|(second, outcome)| store::Step {
                step: "create".into(),
                moment: match *outcome {
                    "" => Moment::Before,
                    _ => Moment::After,
                },
                detail: format!(r#"{{"outcome":"{outcome}","status":null,"reason":""}}"#),
                at: at(*second),
            })
            .collect();
        assert_eq!(unanswered(&steps, "delete", PATIENCE), None);
        unanswered(&steps, "create", PATIENCE).map(Timestamp::as_second)
    }

    #[test]
    fn a_request_that_nobody_knows_the_outcome_of_counts_from_when_it_was_sent_last() {
        assert_eq!(latest(&[]), None);
        assert_eq!(latest(&[(0, ""), (9, "done")]), None);
        assert_eq!(latest(&[(0, ""), (9, "refused")]), None);
        assert_eq!(latest(&[(0, ""), (9, "unknown")]), Some(9));
        assert_eq!(latest(&[(0, ""), (9, "unknown"), (10, "")]), Some(40));
        assert_eq!(latest(&[(0, "")]), Some(30), "a crash");
        assert_eq!(latest(&[(0, ""), (9, ""), (10, "was-done")]), Some(30));
        let tries = [(0, ""), (9, "unknown"), (10, ""), (19, "refused")];
        assert_eq!(latest(&tries), Some(9), "the first may come still");
    }
}
