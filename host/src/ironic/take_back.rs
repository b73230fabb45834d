//! Takes back what an update had changed of what belongs to its node, when the
//! update was refused.

use uuid::Uuid;

use super::belongings::{Belongings, bring};
use super::patience::Patience;
use super::problem::Undo;
use super::saga::{Guard, Saga};
use super::whole::{Whole, busy};
use super::{Client, IronicError, Journal};

/// Makes of `found` again what was there `before` an update of `registration`, all
/// that belongs to the node. The node's own fields were not reached: their patch
/// is the last step, and is what an update is known by.
pub async fn take_back(
    client: &Client,
    journal: &dyn Journal,
    registration: Uuid,
    found: &Whole,
    before: &Belongings,
) -> Undo {
    let saga = Saga {
        client: client.for_registration(registration),
        journal,
        registration,
        guard: Some(Guard::over(found.uuid, found.mark(), busy)),
    };
    back(&saga, found, before).await
}

/// The same after a fresh look at `node`.
pub(super) async fn restore(saga: &Saga<'_>, node: Uuid, before: &Belongings) -> Undo {
    match read(&saga.client, node).await {
        Ok(Some(now)) => back(saga, &now, before).await,
        // What belonged to it is gone with it.
        Ok(None) => Undo::Undone,
        Err(_) => Undo::Pending,
    }
}

async fn back(saga: &Saga<'_>, now: &Whole, before: &Belongings) -> Undo {
    if now.busy().is_some() {
        // Somebody has a use for it by now.
        let is_back = *before == before.in_view(now.view());
        return if is_back { Undo::Undone } else { Undo::Remains };
    }
    match bring(saga, now, before).await {
        Ok(()) => Undo::Undone,
        Err(problem) if problem.is_no_verdict() || problem.in_doubt() => Undo::Pending,
        Err(_) => Undo::Remains,
    }
}

async fn read(client: &Client, uuid: Uuid) -> Result<Option<Whole>, IronicError> {
    let mut patience = Patience::of(client.patience());
    loop {
        match client.whole(uuid).await {
            Err(error) if patience.wait_after(&error).await => {}
            result => return result,
        }
    }
}
