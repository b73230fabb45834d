//! What updates, adoptions and looks at drift have in common.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::crash;
use crate::enrollment::{Change, Enrollment};
use crate::failure::{Cause, Failure};
use crate::ironic::{self, ApplyError, Client, Convergence, Deviation, IronicError, Undo, Whole};
use crate::node::Node;
use crate::store::{Registration, StoreError, Transition, Update, UpdateState};
use crate::text::tame;

use super::asked::Asked;
use super::held_back::HeldBack;
use super::journal::StoreJournal;
use super::registered::Written;
use super::{Registrar, record};

impl Registrar {
    /// Puts a registration on record, with where its node is to be taken, unless
    /// its BMC's system is another node's.
    pub(super) async fn begin(
        &self,
        registration: &Registration,
        enrollment: &Enrollment,
        transition: Option<&Transition>,
    ) -> Result<(), Failure> {
        let bmc = ironic::bmc_of(enrollment);
        let begun = self
            .store
            .begin_registration_with(registration, transition, bmc.as_deref())
            .await;
        match (begun, bmc) {
            (Err(StoreError::SystemTaken { node: Some(other) }), Some(bmc)) => {
                Err(self.taken(&bmc, other).await?)
            }
            (begun, _) => Ok(begun?),
        }
    }

    /// Puts the intent to change `registration` on record, with where its node is to
    /// be taken after that.
    pub(super) async fn intend_update(
        &self,
        asked: &Asked,
        id: Uuid,
        convergence: &Convergence<'_>,
        held_back: &HeldBack,
        transition: Option<&Transition>,
    ) -> Result<Update, Failure> {
        let registration = asked.plan.registration;
        let prepared = &asked.prepared;
        let update = Update {
            id,
            registration,
            state: UpdateState::Applying,
            evaluation: record::written(&prepared.evaluation, &prepared.parameters, held_back)?,
            enrollment_digest: asked.plan.digest.clone(),
            credentials_hmac: asked.hmac.clone(),
            credentials: self.sealed(prepared, registration)?,
            chain_digest: prepared.evaluation.chain.digest.clone(),
            before: serde_json::to_string(convergence.before()).map_err(Failure::internal)?,
            detail: None,
            created_at: Timestamp::now(),
        };
        let node = asked.node.uuid;
        self.store.begin_update(node, &update, transition).await?;
        crash::point("update", "intended");
        Ok(update)
    }

    /// Writes it to Ironic. Of one that fails, the state that it is in then.
    pub(super) async fn write_update(
        &self,
        ironic: &Client,
        convergence: &Convergence<'_>,
        asked: &Asked,
    ) -> Result<(), (UpdateState, Failure)> {
        let journal = StoreJournal::of(&self.store, asked.node.uuid);
        let ironic = &self.while_in_turn(ironic, asked.node.uuid);
        let credentials = asked.credentials.as_ref();
        let written = convergence.carry_out(ironic, &journal, credentials).await;
        crash::point("update", "applied");
        written.map_err(|error| ended(error, &asked.node))
    }
}

/// What is said of an update that was refused while what it changed stands still.
pub(super) const TO_BE_TAKEN_BACK: &str = "what it changed is taken back as soon as ironic answers";

/// What is said of one that changed nothing in the end.
pub(super) const AS_IT_WAS: &str = "the node is as it was";

/// What is said of one of which something stays.
pub(super) const HALF_DONE: &str =
    "the update is half done: `on_conflict=update` once more finishes it";

/// How an update that failed stands, and what is to be said.
fn ended(error: ApplyError, node: &Node) -> (UpdateState, Failure) {
    let (undo, goes_on) = (error.undo, error.is_no_verdict());
    let mut failure = ApplyError {
        undo: Undo::NothingMade,
        ..error
    }
    .into_failure();
    let (state, what) = match (undo, goes_on) {
        (Undo::NothingMade | Undo::Undone, _) => (UpdateState::Undone, AS_IT_WAS),
        (_, true) => (
            UpdateState::Applying,
            "the update stays on record and is finished as soon as ironic answers",
        ),
        // What was refused is not to come about after all.
        (Undo::Pending, false) => (UpdateState::TakingBack, TO_BE_TAKEN_BACK),
        (Undo::Remains, false) => (UpdateState::Failed, HALF_DONE),
    };
    failure.detail = format!("node `{}`: {}; {what}", node.name, failure.detail);
    (state, failure)
}

/// A way that cannot be gone.
pub(super) fn refused(error: ApplyError) -> Failure {
    error.into_failure()
}

/// The node with all that belongs to it.
pub(super) async fn look(ironic: &Client, uuid: Uuid) -> Result<Option<Whole>, Failure> {
    ironic::find_whole(ironic, uuid)
        .await
        .map_err(IronicError::into_failure)
}

/// That nobody uses it, and Ironic is not at work on it.
pub(super) fn at_rest(node: &Node, found: &Whole) -> Result<(), Failure> {
    let Some(state) = found.busy() else {
        return Ok(());
    };
    Err(Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` is {state} in ironic (`{}`): only a node that nobody uses and that ironic is not at work on is \
             changed; nothing was",
            node.name, found.uuid
        ),
    ))
}

/// What is written, with who says so.
pub(super) fn written(
    deviations: &[Deviation],
    now: &[Arc<Change>],
    before: &[Arc<Change>],
) -> Vec<Written> {
    deviations
        .iter()
        .filter(|deviation| deviation.is_written())
        .map(|deviation| Written {
            pointer: deviation.pointer.clone(),
            from: deviation.ironic.clone(),
            to: deviation.wanted.clone(),
            kind: deviation.side,
            by: author(&deviation.pointer, now, before),
        })
        .collect()
}

/// Who says what stands at `pointer`: who set it last in the evaluation of now,
/// or else in the one that was registered.
pub(super) fn author(pointer: &str, now: &[Arc<Change>], before: &[Arc<Change>]) -> Option<String> {
    let is_within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let last = |changes: &[Arc<Change>]| {
        let of = |change: &&Arc<Change>| {
            is_within(&change.pointer, pointer) || is_within(pointer, &change.pointer)
        };
        let last = changes.iter().rev().find(of);
        last.map(|change| tame(change.by.name(), 200))
    };
    last(now).or_else(|| last(before))
}
