//! The death of the process, at every point and at any time.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Rig, Tally};
use crate::inventory::Differences;

/// During what the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A registration with four NICs.
    Register,
    /// One with port group and owner too.
    RegisterRich,
    /// One that Ironic refuses when half of it is done.
    Refused,
    /// A deregistration.
    Deregister,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Register,
        Self::RegisterRich,
        Self::Refused,
        Self::Deregister,
    ];

    fn body(self, rig: &Rig) -> Value {
        match self {
            Self::Register | Self::Deregister => rig.plain(),
            Self::RegisterRich => rig.rich(),
            Self::Refused => rig.refused(),
        }
    }

    /// What must be so before.
    async fn prepare(self, rig: &Rig) {
        if self == Self::Deregister {
            let reply = rig.register(self.body(rig)).await.unwrap();
            assert_eq!(reply.status, 200, "{:#}", reply.body);
        }
    }

    async fn act(self, rig: &Rig) -> Option<u16> {
        let reply = match self {
            Self::Deregister => rig.deregister().await,
            _ => rig.register(self.body(rig)).await,
        };
        reply.map(|reply| reply.status)
    }
}

/// How the process dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blow {
    /// At a crash point.
    Point(String),
    /// By SIGKILL, so long after the request was sent; and again so long after
    /// the restart.
    Kill(Duration, Option<Duration>),
}

/// The crash points of `case`, in the order in which they are passed, of a
/// process that has done nothing before.
pub async fn points(rig: &mut Rig, case: Case) -> Vec<String> {
    case.prepare(rig).await;
    rig.valence.kill();
    rig.valence.start_again(None);
    let from = rig.valence.log().len();
    case.act(rig).await;
    let points = rig.points_since(from);
    let left = rig.clear().await;
    assert!(left.is_empty(), "without a crash: {left:?}");
    points
}

/// Has the process die of `how` during `case`, starts it again, and counts what
/// that came to. Leaves the rig as it found it.
pub async fn blow(rig: &mut Rig, case: Case, how: &Blow, tally: &mut Tally) {
    case.prepare(rig).await;
    let answered = match how {
        Blow::Point(point) => {
            rig.valence.kill();
            rig.valence.start_again(Some(point));
            case.act(rig).await
        }
        Blow::Kill(after, _) => {
            let killed = tokio::select! {
                status = case.act(rig) => status,
                () = tokio::time::sleep(*after) => None,
            };
            rig.valence.kill();
            killed
        }
    };
    let what = format!("{case:?} {how:?}");
    let died = match how {
        // The socket closes a moment before the process is gone.
        Blow::Point(_) => has_died(rig).await,
        Blow::Kill(..) => true,
    };
    if let Blow::Kill(_, Some(again)) = how {
        rig.valence.start_again(None);
        tokio::time::sleep(*again).await;
    }
    rig.valence.kill();
    let restarted = Instant::now();
    rig.valence.start_again(None);
    let recovery = rig.settle(restarted).await;

    let mut found = rig.differences().await;
    promised(rig, case, answered, &mut found).await;
    // The node is good for another registration, whatever became of this one.
    if case != Case::Deregister || answered != Some(200) {
        let again = rig
            .register(rig.plain())
            .await
            .map(|reply| (reply.status, reply.body));
        let taken = case == Case::RegisterRich;
        match again {
            Some((200, _)) => {}
            // With other ports than it is registered with now.
            Some((409, _)) if taken => {}
            other => found
                .stuck
                .push(format!("it cannot be registered: {other:?}")),
        }
        merge(&mut found, rig.differences().await);
    }
    merge(&mut found, rig.clear().await);
    if died {
        tally.count(&what, recovery, &found);
    } else {
        tally.missed += 1;
        tally.told.push(format!("{what}: was not met"));
    }
}

/// Whoever got an answer can rely on it.
async fn promised(rig: &Rig, case: Case, answered: Option<u16>, found: &mut Differences) {
    let expected = match (case, answered) {
        (Case::Register | Case::RegisterRich, Some(200)) => true,
        (Case::Refused, _) | (Case::Deregister, Some(200)) => false,
        _ => return,
    };
    let is = rig.is_registered().await;
    if is != expected {
        let told = format!("answered {answered:?}, and that it is registered is {is}");
        found.lost.push(told);
    }
}

async fn has_died(rig: &mut Rig) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(5) {
        if rig.valence.has_ended() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

fn merge(into: &mut Differences, other: Differences) {
    into.lost.extend(other.lost);
    into.duplicated.extend(other.duplicated);
    into.orphaned.extend(other.orphaned);
    into.stuck.extend(other.stuck);
}

/// A case and a moment by `seed`: `nth` of a row of blows.
pub fn random_blow(seed: u64, nth: u64) -> (Case, Blow) {
    let mut state = seed ^ nth.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // splitmix64
    let mut next = |below: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    };
    let case = [
        Case::Register,
        Case::RegisterRich,
        Case::Refused,
        Case::Deregister,
    ][next(4) as usize];
    let longest = match case {
        Case::Deregister => 400,
        _ => 1500,
    };
    let after = Duration::from_millis(next(longest));
    let again = (next(3) == 0).then(|| Duration::from_millis(next(800)));
    (case, Blow::Kill(after, again))
}
