//! The record of every evaluation, whatever became of it. No secret.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::evaluate::{CallerRights, Evaluation, Observed, Rejection};
use crate::failure::Failure;
use crate::hook::Chain;
use crate::inventory::Subject;
use crate::node::{Node, PodManager};
use crate::redfish::{Recorded, Snapshot, redact};
use crate::rules::IronicProfile;
use crate::store::{self, Decision, DecisionKind, Document, Store, StoreError};
use crate::text::hexadecimal;

use super::Registrar;
use super::circumstances::Circumstances;

/// The outcome of an evaluation that came to an enrollment.
pub(super) const ENROLLED: &str = "enrolled";

/// What is too old or too much is looked for once in so many records.
const PRUNE_EVERY: u32 = 100;

/// How much stays on record.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// How old the oldest of what was evaluated may be.
    pub age: Duration,
    /// How many bytes all of that may take, with its documents.
    pub size: u64,
    /// How long registrations, and what else is on record of them, stay after their end.
    pub ended: Duration,
}

/// A record with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The record.
    pub decision: Decision,
    /// What the evaluation came to, if it came to an enrollment.
    pub evaluation: Option<Evaluation>,
    /// What it was of.
    pub documents: Vec<Document>,
}

/// The records, and how much of them is kept.
pub(super) struct Decisions {
    store: Arc<Store>,
    retention: Retention,
    /// So many since the start.
    kept: AtomicU32,
    /// Held by whoever removes what is too much.
    pruning: Arc<Mutex<()>>,
}

/// What was evaluated, and with what.
pub(super) struct Question<'a> {
    pub(super) kind: DecisionKind,
    pub(super) node: &'a Node,
    pub(super) pod_manager: &'a PodManager,
    pub(super) subject: &'a Subject,
    pub(super) snapshot: &'a Snapshot,
    pub(super) chain: &'a Chain,
    pub(super) rights: CallerRights,
    pub(super) profile: IronicProfile,
}

impl Decisions {
    pub(super) fn new(store: Arc<Store>, retention: Retention) -> Self {
        Self {
            store,
            retention,
            kept: AtomicU32::new(0),
            pruning: Arc::default(),
        }
    }

    /// Puts it on record. What cannot be put on record is logged: no registration
    /// fails for it.
    pub(super) async fn keep(&self, question: Question<'_>, observed: &Observed) {
        let written = match decision(&question, observed) {
            Ok(decision) => {
                let documents = documents(question.snapshot, &observed.beside);
                let kept = self.store.insert_decision(&decision, &documents).await;
                kept.map_err(Failure::from)
            }
            Err(error) => Err(Failure::internal(error)),
        };
        if let Err(error) = written {
            tracing::warn!(%error, source = error.source.as_deref(), "an evaluation could not be put on record");
        }
        let kept = self.kept.fetch_add(1, Ordering::Relaxed);
        if kept.is_multiple_of(PRUNE_EVERY) {
            self.prune();
        }
    }

    /// Removes what is too old or too much, beside what goes on; unless that is being
    /// done.
    fn prune(&self) {
        let Ok(one_at_a_time) = Arc::clone(&self.pruning).try_lock_owned() else {
            return;
        };
        let (store, retention) = (Arc::clone(&self.store), self.retention);
        let before = store::now().checked_sub(retention.age);
        let before = before.unwrap_or(Timestamp::UNIX_EPOCH);
        tokio::spawn(async move {
            match store.prune_decisions(before, retention.size).await {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, "old records of evaluations removed"),
                Err(error) => tracing::warn!(%error, "old records could not be removed"),
            }
            drop(one_at_a_time);
        });
    }
}

impl Registrar {
    /// The newest records, without what belongs to them.
    pub async fn decisions(&self) -> Result<Vec<Decision>, Failure> {
        Ok(self.store.decisions().await?)
    }

    /// The record with this id, or that which the registration with this id was
    /// made by.
    pub async fn decision(&self, id: Uuid) -> Result<Decided, Failure> {
        let decision = match self.store.decision(id).await {
            Err(StoreError::NotFound { .. }) => {
                let made_by = self.store.decision_of_registration(id).await?;
                self.store.decision(made_by.unwrap_or(id)).await
            }
            found => found,
        }?;
        let id = decision.id;
        let documents = self.store.decision_documents(id).await?;
        let evaluation = match decision.outcome == ENROLLED {
            true => Some(serde_json::from_str(&decision.evaluation).map_err(Failure::internal)?),
            false => None,
        };
        Ok(Decided {
            decision,
            evaluation,
            documents,
        })
    }
}

fn decision(question: &Question<'_>, observed: &Observed) -> serde_json::Result<Decision> {
    let mut parameters = Value::Object(question.subject.parameters.clone());
    if may_hold_secrets(&observed.outcome) {
        redact(&mut parameters);
    }
    let circumstances = Circumstances::of(question.subject, question.rights, question.profile);
    let (evaluation, failure) = match &observed.outcome {
        Ok(evaluation) => (serde_json::to_string(evaluation)?, None),
        Err(rejection) => {
            let findings = match rejection {
                Rejection::Denied { findings, .. } => findings.as_slice(),
                _ => &[],
            };
            let kept = json!({
                "hooks": observed.hooks,
                "findings": findings,
                "chain": question.chain.identity(),
            });
            (kept.to_string(), Some(rejection.clone().into_failure()))
        }
    };
    let outcome = match &failure {
        None => ENROLLED.to_owned(),
        Some(failure) => failure.cause.name(),
    };
    let fuel = observed.hooks.iter().map(|run| run.fuel);
    let fuel = fuel.fold(0, u64::saturating_add);
    Ok(Decision {
        id: Uuid::new_v4(),
        node: question.node.uuid,
        node_name: question.node.name.clone(),
        pod_manager: question.pod_manager.name.clone(),
        kind: question.kind,
        outcome,
        detail: failure.as_ref().map(|failure| failure.detail.clone()),
        hook: failure.and_then(|failure| failure.hook),
        parameters: parameters.to_string(),
        circumstances: serde_json::to_string(&circumstances)?,
        evaluation,
        enrollment_digest: observed.outcome.as_ref().ok().map(Evaluation::digest),
        chain_digest: question.chain.digest().to_owned(),
        fuel: i64::try_from(fuel).unwrap_or(i64::MAX),
        created_at: store::now(),
    })
}

/// Whether there may be a password in a request that came to this. In one that hooks
/// have seen there is none, and it is kept as it is: whoever makes the decision again
/// is to make it of the same.
fn may_hold_secrets(outcome: &Result<Evaluation, Rejection>) -> bool {
    match outcome {
        Ok(_)
        | Err(
            Rejection::Denied { .. }
            | Rejection::Deferred { .. }
            | Rejection::HookFailed { .. }
            | Rejection::Machine { .. }
            | Rejection::BadOutput { .. }
            | Rejection::Redfish { hook: Some(_), .. },
        ) => false,
        Err(
            Rejection::BadRequest { .. }
            | Rejection::Forbidden { .. }
            | Rejection::Invalid(_)
            | Rejection::Redfish { hook: None, .. }
            | Rejection::Undecidable(_),
        ) => true,
    }
}

/// All that was read, redacted, each by the digest of its canonical JSON.
fn documents(snapshot: &Snapshot, beside: &[Arc<Snapshot>]) -> Vec<Document> {
    let recorded = Observed::recorded(snapshot, beside).into_iter();
    recorded
        .map(|(path, recorded)| match recorded {
            Recorded::Read { mut body } => {
                redact(&mut body);
                body.sort_all_objects();
                let body = body.to_string();
                Document {
                    path: path.to_string(),
                    body: Some((hexadecimal(&Sha256::digest(&body)), body)),
                    error: None,
                }
            }
            Recorded::Not(error) => Document {
                path: path.to_string(),
                body: None,
                error: serde_json::to_string(&error).ok(),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redfish::ReadError;
    use crate::store::tests::decision;

    #[test]
    fn only_what_hooks_have_seen_is_kept_as_it_is() {
        let unread = |hook: Option<&str>| {
            may_hold_secrets(&Err(Rejection::Redfish {
                hook: hook.map(Into::into),
                error: ReadError::NotRecorded {
                    path: "/redfish/v1".parse().unwrap(),
                },
            }))
        };
        assert!(unread(None));
        assert!(!unread(Some("site")));
        assert!(may_hold_secrets(&Err(Rejection::Invalid(Vec::new()))));
    }

    #[tokio::test]
    async fn what_is_too_old_is_removed_by_one_at_a_time() {
        let store = Arc::new(Store::open("sqlite::memory:", None).await.unwrap());
        let old = decision(Uuid::from_u128(1), 0);
        store.insert_decision(&old, &[]).await.unwrap();
        let retention = Retention {
            age: Duration::ZERO,
            size: 0,
            ended: Duration::ZERO,
        };
        let decisions = Decisions::new(Arc::clone(&store), retention);
        // The database has one connection: whoever has asked for it before comes first.
        let left = async || {
            tokio::task::yield_now().await;
            store.decisions().await.unwrap().len()
        };
        let by_another = Arc::clone(&decisions.pruning).lock_owned().await;
        decisions.prune();
        assert_eq!(left().await, 1);
        drop(by_another);
        decisions.prune();
        assert_eq!(left().await, 0);
    }
}
