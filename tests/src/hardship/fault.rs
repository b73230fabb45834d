//! Every fault of Ironic's, at every call of a registration and a deregistration.

use std::time::Instant;

use super::{Rig, Tally};
use crate::Fault;

/// The faults.
pub const FAULTS: [(&str, Fault); 15] = [
    ("503", Fault::Before(503)),
    ("500", Fault::Before(500)),
    ("500 after", Fault::After(500)),
    ("409 locked", Fault::Before(409)),
    ("429", Fault::Before(429)),
    ("401", Fault::Before(401)),
    ("reset before", Fault::ResetBefore),
    ("reset after", Fault::ResetAfter),
    ("truncate", Fault::Truncated),
    ("hang", Fault::Hang),
    ("slow", Fault::Slow),
    ("garbage", Fault::Garbage),
    ("stranger", Fault::Stranger),
    ("404 of another", Fault::LostWay),
    ("413", Fault::Before(413)),
];

/// The calls that a registration and a deregistration make.
pub const CALLS: [Call; 11] = [
    Call::Version,
    Call::FindNode,
    Call::FindName,
    Call::FindMac,
    Call::CreateNode,
    Call::AmendNode,
    Call::CreatePortgroup,
    Call::CreatePort,
    Call::SetTraits,
    Call::FindToRemove,
    Call::DeleteNode,
];

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Call {
    Version,
    FindNode,
    FindName,
    FindMac,
    CreateNode,
    AmendNode,
    CreatePortgroup,
    CreatePort,
    SetTraits,
    FindToRemove,
    DeleteNode,
}

/// How long a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// For one request.
    Once,
    /// From that request on for all of them, until the caller has an answer.
    On,
}

/// One fault at one call.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Where.
    pub call: Call,
    /// What, and its name.
    pub fault: (&'static str, Fault),
    /// How long.
    pub lasts: Lasts,
}

impl Call {
    fn is(self, line: &str) -> bool {
        let begins = |text: &str| line.starts_with(text);
        match self {
            Self::Version => begins("GET / "),
            // A uuid has four hyphens, and our name has none.
            Self::FindNode | Self::FindToRemove => {
                begins("GET /v1/nodes/") && line.matches('-').count() >= 4
            }
            Self::FindName => begins("GET /v1/nodes/node?"),
            Self::FindMac => begins("GET /v1/ports?"),
            Self::CreateNode => begins("POST /v1/nodes "),
            Self::AmendNode => begins("PATCH /v1/nodes/"),
            Self::CreatePortgroup => begins("POST /v1/portgroups "),
            Self::CreatePort => begins("POST /v1/ports "),
            Self::SetTraits => begins("PUT /v1/nodes/"),
            Self::DeleteNode => begins("DELETE /v1/nodes/"),
        }
    }

    fn removes(self) -> bool {
        matches!(self, Self::FindToRemove | Self::DeleteNode)
    }
}

/// Every fault at every call.
pub fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for lasts in [Lasts::Once, Lasts::On] {
        for call in CALLS {
            cells.extend(FAULTS.map(|fault| Cell { call, fault, lasts }));
        }
    }
    cells
}

/// Strikes, and counts what that came to: registered exactly once, or a named
/// failure and nothing left, at the latest when Ironic is well again. Leaves the
/// rig as it found it. Gives the status that the caller got.
pub async fn cell(rig: &mut Rig, cell: Cell, tally: &mut Tally) -> u16 {
    let Cell { call, fault, lasts } = cell;
    if call == Call::Version {
        // Asked once in the life of a process.
        rig.valence.kill();
        rig.valence.start_again(None);
    }
    if call.removes() {
        let reply = rig.register(rig.rich()).await.unwrap();
        assert_eq!(reply.status, 200, "{:#}", reply.body);
    }
    match lasts {
        Lasts::Once => rig.proxy.strike_once(fault.1, move |line| call.is(line)),
        Lasts::On => rig.proxy.strike_on(fault.1, move |line| call.is(line)),
    }
    let reply = match call.removes() {
        true => rig.deregister().await,
        false => rig.register(rig.rich()).await,
    };
    let reply = reply.unwrap();
    let struck = rig.proxy.lift();
    let recovery = rig.settle(Instant::now()).await;
    let mut found = rig.differences().await;
    if struck == 0 {
        found.stuck.push("the fault struck nothing".into());
    }
    let code = reply.body["code"].as_str().unwrap_or_default();
    match reply.status {
        200 if rig.is_registered().await == call.removes() => {
            found
                .lost
                .push("the answer was 200, and it is not so".into());
        }
        200 => {}
        _ if matches!(code, "" | "internal" | "timeout") => {
            found
                .stuck
                .push(format!("no named failure: {:#}", reply.body));
        }
        _ => {}
    }
    let left = rig.clear().await;
    found.lost.extend(left.lost);
    found.orphaned.extend(left.orphaned);
    found.duplicated.extend(left.duplicated);
    found.stuck.extend(left.stuck);
    let what = format!("{call:?} {} {lasts:?} -> {} {code}", fault.0, reply.status);
    tally.count(&what, recovery, &found);
    reply.status
}
