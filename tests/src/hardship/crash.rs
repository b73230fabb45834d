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
    /// An update, with a step of every kind.
    Update,
    /// One that Ironic refuses at its last step, and that is taken back.
    UpdateRefused,
    /// An adoption of a node that somebody has made.
    Adopt,
    /// What follows a registration: the node is managed, inspected and provided.
    Transition,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Register,
        Self::RegisterRich,
        Self::Refused,
        Self::Deregister,
        Self::Update,
        Self::UpdateRefused,
        Self::Adopt,
        Self::Transition,
    ];

    fn body(self, rig: &Rig) -> Value {
        match self {
            Self::Register | Self::Deregister | Self::Adopt => rig.plain(),
            Self::RegisterRich => rig.rich(),
            Self::Refused => rig.refused(),
            Self::Update => rig.changed(),
            Self::UpdateRefused => rig.changed_too_far(),
            Self::Transition => rig.pliant(),
        }
    }

    fn query(self) -> &'static str {
        match self {
            Self::Register | Self::RegisterRich | Self::Refused | Self::Deregister => "",
            Self::Update | Self::UpdateRefused => "on_conflict=update",
            Self::Adopt => "on_conflict=adopt",
            Self::Transition => "target=available&inspect=true&wait=60",
        }
    }

    /// What must be so before.
    async fn prepare(self, rig: &mut Rig) {
        match self {
            Self::Deregister | Self::Update | Self::UpdateRefused => {
                let reply = rig.register(rig.plain()).await.unwrap();
                assert_eq!(reply.status, 200, "{:#}", reply.body);
            }
            Self::Adopt => rig.make_by_hand().await,
            Self::Register | Self::RegisterRich | Self::Refused | Self::Transition => {}
        }
    }

    async fn act(self, rig: &Rig) -> Option<u16> {
        let reply = match self {
            Self::Deregister => rig.deregister().await,
            _ => rig.register_so(self.query(), self.body(rig)).await,
        };
        reply.map(|reply| reply.status)
    }

    /// Whether the node is registered after it, if it was answered with `status`.
    fn promises(self, status: u16) -> Option<bool> {
        match (self, status) {
            (Self::Refused, _) | (Self::Deregister, 200) => Some(false),
            (Self::Update | Self::UpdateRefused, _) | (_, 200) => Some(true),
            _ => None,
        }
    }

    /// Registers the node once more, whatever became of it, and says what is wrong
    /// with the answer.
    async fn again(self, rig: &Rig, answered: Option<u16>) -> Option<String> {
        let (query, body) = match self {
            // With other ports than it may be registered with now.
            Self::Register | Self::RegisterRich | Self::Refused | Self::Deregister => {
                ("", rig.plain())
            }
            // It is as it was before.
            Self::UpdateRefused => ("", rig.plain()),
            // Ironic inspects none that is `available` already.
            Self::Transition => ("target=available&wait=60", rig.pliant()),
            Self::Update | Self::Adopt => (self.query(), self.body(rig)),
        };
        let reply = rig.register_so(query, body).await;
        let reply = reply.map(|reply| (reply.status, reply.body));
        let has_happened = match self {
            Self::UpdateRefused => true,
            Self::Update | Self::Adopt | Self::Transition => answered == Some(200),
            _ => false,
        };
        match &reply {
            Some((200, body)) if body["unchanged"] == true || !has_happened => {}
            Some((409, _)) if self == Self::RegisterRich => {}
            other => return Some(format!("it cannot be registered: {other:?}")),
        }
        let state = match self {
            Self::Transition => rig.provision_state().await?,
            _ => return None,
        };
        (state != "available").then(|| format!("it is `{state}` in ironic"))
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
    let mut points = rig.points_since(from);
    if case == Case::Transition {
        // What comes before is a registration as any other.
        points.retain({
            let mut is_registered = false;
            move |point| {
                is_registered |= point.starts_with("registration/complete");
                is_registered
            }
        });
    }
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
        found.stuck.extend(case.again(rig, answered).await);
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
    // Nobody was told anything of a request that will be refused, and it is clear.
    let status = answered.or((case == Case::Refused).then_some(422));
    let Some(expected) = status.and_then(|status| case.promises(status)) else {
        return;
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
    let case = Case::ALL[next(Case::ALL.len() as u64) as usize];
    let longest = match case {
        Case::Deregister => 400,
        Case::Transition => 4000,
        _ => 1500,
    };
    let after = Duration::from_millis(next(longest));
    let again = (next(3) == 0).then(|| Duration::from_millis(next(800)));
    (case, Blow::Kill(after, again))
}
