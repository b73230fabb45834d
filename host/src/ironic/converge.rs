//! Converges a node that is in Ironic already: all of an update, or nothing.
//!
//! What belongs to the node comes first, and can be taken back as it was. The
//! node's own fields come last, in one patch together with our mark: with it the
//! update has happened, and before it nothing has that cannot be undone.

use serde_json::Value;
use uuid::Uuid;

use super::apply::Plan;
use super::belongings::{Belongings, bring};
use super::compare::{Deviation, Mend};
use super::conflicts::holders;
use super::mark::Mark;
use super::patch::{self, add};
use super::patience::Patience;
use super::problem::{ApplyError, Problem, Undo};
use super::resources::{amend, standing};
use super::saga::{Doubt, Guard, Saga};
use super::step::Step;
use super::take_back::restore;
use super::whole::{Whole, busy};
use super::{Client, IronicError, Journal, request};
use crate::enrollment::Object;
use crate::rules::Microversion;
use crate::secret::Credentials;

/// Where a change of the driver can take its interfaces along.
const RESET_INTERFACES: Microversion = Microversion(45);

/// What is to be written to one node, and what was there before.
#[derive(Debug)]
pub struct Convergence<'a> {
    plan: &'a Plan,
    update: Uuid,
    found: &'a Whole,
    wanted: Belongings,
    before: Belongings,
    operations: Vec<Value>,
    logs_in: bool,
    conflicts_possible: bool,
    /// Whether it was cut off: then what may pass takes nothing back.
    only_forward: bool,
}

impl<'a> Convergence<'a> {
    /// The way from `found` to `plan` under the name of `update`, mending
    /// `deviations`. Ironic is asked nothing.
    ///
    /// # Errors
    /// What cannot be changed in place.
    pub fn new(
        plan: &'a Plan,
        update: Uuid,
        found: &'a Whole,
        deviations: &[Deviation],
    ) -> Result<Self, ApplyError> {
        let mut merged = found.view().clone();
        let mut logs_in = false;
        for deviation in deviations {
            match (deviation.mend, &deviation.wanted) {
                (Mend::Set, _) if deviation.pointer == PASSWORD => logs_in = true,
                (Mend::Set, Some(wanted)) => {
                    patch::set(&mut merged, &deviation.pointer, wanted.clone());
                }
                (Mend::Remove, _) => patch::remove(&mut merged, &deviation.pointer),
                _ => {}
            }
        }
        let own = |view: &Value| -> Object {
            let node = view.get("node").and_then(Value::as_object);
            node.cloned().unwrap_or_default()
        };
        let operations =
            patch::of_node(&own(found.view()), &own(&merged)).map_err(|problem| ApplyError {
                problem,
                undo: Undo::NothingMade,
            })?;
        let named = |deviation: &Deviation| {
            deviation.pointer == "/node/name"
                || (deviation.pointer.starts_with("/ports/") && deviation.ironic.is_none())
        };
        Ok(Self {
            plan,
            update,
            found,
            wanted: Belongings::touched(deviations, &merged),
            before: Belongings::touched(deviations, found.view()),
            operations,
            logs_in,
            conflicts_possible: deviations.iter().any(|d| d.is_written() && named(d)),
            only_forward: false,
        })
    }

    /// What was there of what will be written, node fields aside.
    pub fn before(&self) -> &Belongings {
        &self.before
    }

    /// The same, with what was there before an attempt that was cut off. Nobody
    /// waits for it: what may pass takes nothing back, and the next try goes on
    /// from there.
    #[must_use]
    pub fn resumed(self, before: Belongings) -> Self {
        Self {
            before,
            only_forward: true,
            ..self
        }
    }

    /// Whether anything would be written.
    pub fn is_empty(&self) -> bool {
        self.wanted == Belongings::default() && !self.patches()
    }

    fn patches(&self) -> bool {
        let marked = self.found.mark().is_some_and(|mark| {
            mark.registration == self.plan.registration && mark.digest == self.plan.digest
        });
        !self.operations.is_empty() || self.logs_in || !marked
    }

    /// That no other node has the name or a MAC that this one is to get.
    ///
    /// # Errors
    /// The other node.
    pub async fn look_for_conflicts(&self, client: &Client) -> Result<(), ApplyError> {
        if !self.conflicts_possible {
            return Ok(());
        }
        let nothing_made = |problem| ApplyError {
            problem,
            undo: Undo::NothingMade,
        };
        let saga = Saga {
            client: client.for_registration(self.plan.registration),
            journal: &super::NoJournal,
            registration: self.plan.registration,
            guard: None,
        };
        let holders = holders(&saga, self.plan)
            .await
            .map_err(|error| nothing_made(Problem::reading(error)))?;
        match holders.in_the_way(&saga, self.plan).await {
            Some(problem) => Err(nothing_made(problem)),
            None => Ok(()),
        }
    }

    /// Writes it. Doing it again from a fresh look at the node finishes what was
    /// cut off.
    ///
    /// # Errors
    /// Why not, and whether the node is as it was.
    pub async fn carry_out(
        &self,
        client: &Client,
        journal: &dyn Journal,
        credentials: Option<&Credentials>,
    ) -> Result<(), ApplyError> {
        let saga = Saga {
            client: client.for_registration(self.plan.registration),
            journal,
            registration: self.plan.registration,
            guard: Some(Guard::over(self.found.uuid, self.found.mark(), busy)),
        };
        if let Err(problem) = bring(&saga, self.found, &self.wanted).await {
            return Err(self.take_back(&saga, problem).await);
        }
        if !self.patches() {
            return Ok(());
        }
        match self.patch(&saga, credentials).await {
            Ok(_) => Ok(()),
            // Nobody knows whether it happened, so nothing is taken back.
            Err(problem) if problem.in_doubt() => Err(ApplyError {
                problem,
                undo: Undo::Remains,
            }),
            Err(problem) => Err(self.take_back(&saga, problem).await),
        }
    }

    async fn patch(
        &self,
        saga: &Saga<'_>,
        credentials: Option<&Credentials>,
    ) -> Result<Value, Problem> {
        let mut operations = self.operations.clone();
        if let Some(credentials) = credentials.filter(|_| self.logs_in) {
            for (key, value) in request::logins(credentials) {
                operations.push(add(&format!("/driver_info/{key}"), value));
            }
        }
        let mark = Mark {
            update: Some(self.update),
            ..request::mark(self.plan)
        };
        operations.push(add("/extra/valence", mark.to_value()));
        let uuid = self.found.uuid;
        let drives = |operation: &Value| operation.get("path") == Some(&"/driver".into());
        let mut call = if operations.iter().any(drives)
            && saga.client.profile().await.map_err(Problem::reading)?.api >= RESET_INTERFACES
        {
            amend(uuid, operations).query("reset_interfaces", "true")
        } else {
            amend(uuid, operations)
        };
        call = call.hiding(credentials.map(|credentials| &credentials.password));
        let look = Doubt::Look(standing(uuid), bears_update, self.update);
        saga.write(Step::AmendNode { uuid }, &call, look).await
    }

    async fn take_back(&self, saga: &Saga<'_>, problem: Problem) -> ApplyError {
        if self.only_forward && problem.is_no_verdict() {
            let undo = Undo::Pending;
            return ApplyError { problem, undo };
        }
        let undo = restore(saga, self.found.uuid, &self.before).await;
        if undo != Undo::Undone {
            tracing::error!(node = %self.found.uuid, update = %self.update, ?undo, "could not be undone in ironic");
        }
        ApplyError { problem, undo }
    }
}

const PASSWORD: &str = "/node/driver_info/redfish_password";

fn bears_update(node: &Value, update: Uuid) -> bool {
    Mark::of(node).is_some_and(|mark| mark.update == Some(update))
}

/// The node and what belongs to it; what may pass is tried again for a while.
///
/// # Errors
/// If Ironic does not tell.
pub async fn find_whole(client: &Client, uuid: Uuid) -> Result<Option<Whole>, IronicError> {
    let mut patience = Patience::of(client.brief());
    loop {
        match client.whole(uuid).await {
            Err(error) if patience.wait_after(&error).await => {}
            result => return result,
        }
    }
}
