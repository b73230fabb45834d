//! Which registrations are of nodes that were in Ironic before.

use uuid::Uuid;

use crate::enrollment::Enrollment;
use crate::failure::Failure;
use crate::ironic::{self, ApplyError, Client, JournalError, Problem, Removed, Undo};
use crate::store::{Registration, StoreError};

use super::Registrar;
use super::journal::StoreJournal;

impl Registration {
    /// Whether its node was adopted: the uuid of one that we made follows from
    /// ours.
    pub(super) fn is_adopted(&self) -> bool {
        self.ironic_uuid != ironic::node_uuid(self.node, self.epoch)
    }
}

impl Registrar {
    /// Takes out of Ironic what `last` put there: the node, or, where that was
    /// there before, only our mark.
    pub(super) async fn take_from_ironic(
        &self,
        ironic: &Client,
        last: &Registration,
    ) -> Result<Removed, ApplyError> {
        let journal = StoreJournal::of(&self.store, last.node);
        let ironic = &self.while_in_turn(ironic, last.node);
        if last.is_adopted() {
            return ironic::release(ironic, &journal, last.id, last.ironic_uuid).await;
        }
        // What an earlier one left may have been in the way of this one.
        let earlier = self.store.registrations_at(last.ironic_uuid).await;
        let earlier = &earlier.map_err(unread)?;
        // Before the look: what has come by then is found.
        let may_come = self.may_come(ironic, last).await?;
        let uuid = last.ironic_uuid;
        match ironic::remove_left(ironic, &journal, last.id, uuid, earlier).await {
            Ok(Removed::WasGone) if may_come => Err(ApplyError {
                problem: Problem::MayCome(uuid),
                undo: Undo::Pending,
            }),
            removed => removed,
        }
    }

    /// Gives up all BMCs of `node` but the one that `enrollment` is about, which is
    /// in force. What is not given up now is with the next update.
    pub(super) async fn keep_claim(&self, node: Uuid, enrollment: &Enrollment) {
        let bmc = ironic::bmc_of(enrollment).unwrap_or_default();
        if let Err(error) = self.store.release_bmcs_but(&bmc, node).await {
            tracing::error!(%node, error = %Failure::from(error), "its former bmc could not be given up");
        }
    }

    /// The node that `bmc` is registered as, if it is not `registration`'s.
    pub(super) async fn claim(
        &self,
        registration: &Registration,
        bmc: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(bmc) = bmc else { return Ok(()) };
        let Some(other) = self.store.claim_bmc(bmc, registration.node).await? else {
            return Ok(());
        };
        Err(self.taken(bmc, other).await?)
    }

    /// What is said where `bmc` is registered as the node `other`.
    pub(super) async fn taken(&self, bmc: &str, other: Uuid) -> Result<Failure, Failure> {
        let (name, then) = match self.nodes.find(other).await? {
            Some(node) => (
                format!("`{}` ({other})", node.name),
                "deregister that one first",
            ),
            None => (
                format!("`{other}`, which was given up"),
                "it is being taken out of ironic, ask again when that is done",
            ),
        };
        let of = match self.store.latest_registration(other).await? {
            Some(last) => format!(
                ", registration `{}`, in ironic `{}`",
                last.id, last.ironic_uuid
            ),
            None => String::new(),
        };
        Ok(Failure::new(
            crate::failure::Cause::Conflict,
            format!(
                "the system `{}` is registered already, as node {name}{of}: {then}",
                crate::text::tame(bmc, 300)
            ),
        )
        .at("/node/driver_info/redfish_address"))
    }
}

/// What is on record of a removal cannot be read.
pub(super) fn unread(error: StoreError) -> ApplyError {
    ApplyError {
        problem: Problem::Journal {
            error: JournalError::new(error),
            in_doubt: false,
        },
        undo: Undo::Pending,
    }
}
