//! The way from where a node stands to where it is to be taken, leg by leg.

use super::provision::{ProvisionState, Verb};
use crate::node::{Goal, Target};

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Nothing: it is there.
    There,
    /// Ironic is at work on it.
    UnderWay,
    /// Ironic is to be asked for this.
    Ask(Verb),
    /// This was begun, and did not lead where it should.
    Missed(Verb),
    /// It cannot be inspected where it is: it would have to be taken back.
    TooFar,
    /// It is where no way leads on from: somebody has to look at it.
    Stuck,
}

/// States in which Ironic is at work on a node, or waits for it.
const WORKING: [&str; 11] = [
    "verifying",
    "inspecting",
    "inspect wait",
    "cleaning",
    "clean wait",
    "clean hold",
    "servicing",
    "service wait",
    "service hold",
    "adopting",
    "deleting",
];

/// States in which a node is offered, or somebody has it already.
const OFFERED: [&str; 9] = [
    "available",
    "active",
    "deploying",
    "wait call-back",
    "deploy hold",
    "rescue",
    "rescuing",
    "rescue wait",
    "unrescuing",
];

/// The states from which `manage` leads to `manageable`.
const TO_BE_MANAGED: [&str; 4] = ["enroll", "inspect failed", "clean failed", "adopt failed"];

/// What is next for a node that is at `now`, to be taken to `goal`. `begun` is
/// the last verb that Ironic accepted for it.
pub fn next(now: &ProvisionState, goal: Goal, begun: Option<Verb>) -> Leg {
    let state = now.state.as_str();
    // Of one that got stuck Ironic goes on saying where it was on its way to.
    if WORKING.contains(&state) {
        return Leg::UnderWay;
    }
    match (begun, state) {
        (Some(Verb::Manage), "manageable") if goal.inspect => Leg::Ask(Verb::Inspect),
        (None, "manageable") if goal.inspect => Leg::Ask(Verb::Inspect),
        (Some(Verb::Provide), "manageable") => Leg::Missed(Verb::Provide),
        (_, "manageable") if goal.target > Target::Manageable => Leg::Ask(Verb::Provide),
        (_, "manageable") => Leg::There,
        (None, state) if TO_BE_MANAGED.contains(&state) => Leg::Ask(Verb::Manage),
        (Some(verb), state) if TO_BE_MANAGED.contains(&state) => Leg::Missed(verb),
        (_, state) if !OFFERED.contains(&state) => Leg::Stuck,
        (None, _) if goal.inspect => Leg::TooFar,
        _ => Leg::There,
    }
}

/// The last verb that was begun, where `asked` was sent after `before` had been
/// accepted, and no answer to it is known: whether it arrived shows by `now`.
pub fn begun(now: &ProvisionState, asked: Verb, before: Option<Verb>) -> Option<Verb> {
    match shows(now, asked) {
        true => Some(asked),
        false => before,
    }
}

/// Whether a node at `now` shows that `verb` has been begun.
pub(super) fn shows(now: &ProvisionState, verb: Verb) -> bool {
    let from: &[&str] = match verb {
        Verb::Manage => &TO_BE_MANAGED,
        Verb::Inspect | Verb::Provide => &["manageable"],
    };
    !from.contains(&now.state.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(state: &str) -> ProvisionState {
        ProvisionState {
            state: state.into(),
            target: None,
            last_error: None,
            registration: None,
        }
    }

    fn to(target: Target, inspect: bool) -> Goal {
        Goal { target, inspect }
    }

    #[test]
    fn every_state_has_its_next_leg() {
        use Leg::{Ask, Missed, Stuck, There, TooFar, UnderWay};
        use Target::{Available, Manageable};
        use Verb::{Inspect, Manage, Provide};
        let table = [
            ("enroll", Manageable, false, None, Ask(Manage)),
            ("verifying", Manageable, false, Some(Manage), UnderWay),
            ("enroll", Manageable, false, Some(Manage), Missed(Manage)),
            ("manageable", Manageable, false, Some(Manage), There),
            ("manageable", Manageable, false, None, There),
            ("manageable", Manageable, true, Some(Manage), Ask(Inspect)),
            ("manageable", Manageable, true, None, Ask(Inspect)),
            ("inspecting", Manageable, true, Some(Inspect), UnderWay),
            ("manageable", Manageable, true, Some(Inspect), There),
            ("manageable", Available, true, Some(Inspect), Ask(Provide)),
            (
                "inspect failed",
                Available,
                true,
                Some(Inspect),
                Missed(Inspect),
            ),
            ("inspect failed", Available, true, None, Ask(Manage)),
            ("manageable", Available, false, Some(Manage), Ask(Provide)),
            ("clean wait", Available, false, Some(Provide), UnderWay),
            (
                "clean failed",
                Available,
                false,
                Some(Provide),
                Missed(Provide),
            ),
            (
                "manageable",
                Available,
                true,
                Some(Provide),
                Missed(Provide),
            ),
            ("available", Available, true, Some(Provide), There),
            ("available", Available, false, None, There),
            ("available", Manageable, true, None, TooFar),
            ("active", Available, false, None, There),
            ("deploying", Available, false, Some(Provide), There),
            ("active", Available, true, None, TooFar),
            ("deleting", Available, false, None, UnderWay),
            ("service hold", Available, false, None, UnderWay),
            ("error", Available, false, None, Stuck),
            ("deploy failed", Available, true, None, Stuck),
            ("service failed", Manageable, false, Some(Manage), Stuck),
            ("rescue failed", Available, false, Some(Provide), Stuck),
            ("what comes later", Available, false, None, Stuck),
        ];
        for (state, target, inspect, begun, expected) in table {
            let leg = next(&at(state), to(target, inspect), begun);
            assert_eq!(leg, expected, "{state} {target:?} {inspect} {begun:?}");
        }
        let stuck = ProvisionState {
            target: Some("manageable".into()),
            ..at("inspect failed")
        };
        let leg = next(&stuck, to(Manageable, true), Some(Inspect));
        assert_eq!(leg, Missed(Inspect));
    }

    #[test]
    fn what_failed_is_blamed_on_the_verb_whose_answer_was_lost() {
        use Verb::{Inspect, Manage, Provide};
        for (state, asked, before, expected) in [
            ("inspect failed", Inspect, Manage, Inspect),
            ("clean failed", Provide, Manage, Provide),
            ("manageable", Provide, Inspect, Inspect),
        ] {
            let now = at(state);
            let last = begun(&now, asked, Some(before));
            assert_eq!(last, Some(expected), "{state}");
        }
        // It was not sent, or did not arrive: it is sent again.
        let now = at("enroll");
        assert_eq!(begun(&now, Manage, None), None);
    }

    #[test]
    fn a_node_that_has_left_its_state_shows_that_the_verb_arrived() {
        for (state, verb, expected) in [
            ("enroll", Verb::Manage, false),
            ("verifying", Verb::Manage, true),
            ("manageable", Verb::Manage, true),
            ("manageable", Verb::Provide, false),
            ("cleaning", Verb::Provide, true),
            ("inspect failed", Verb::Inspect, true),
        ] {
            assert_eq!(shows(&at(state), verb), expected, "{state} {verb}");
        }
    }
}
