//! What Ironic was last asked to do with a node, by the journal: that is on the
//! disk before it is sent, where the record of a transition follows the answer.

use jiff::Timestamp;

use crate::failure::Failure;
use crate::ironic::{self, Outcome, ProvisionState, Verb};
use crate::store::{Moment, Step, Transition};

use super::Registrar;

/// A verb that was sent, or was about to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    verb: Verb,
    /// Whether Ironic accepted it; none if that is not known.
    accepted: Option<bool>,
}

impl Registrar {
    /// The last verb that was begun for `transition`, whose node is at `now`.
    pub(super) async fn begun_last(
        &self,
        transition: &Transition,
        now: &ProvisionState,
    ) -> Result<Option<Verb>, Failure> {
        let steps = self.store.steps(transition.registration).await?;
        let on_record = transition.verb.as_deref().and_then(named);
        let begun = match asked_last(&steps, transition.created_at) {
            Some(Asked { verb, accepted }) => match accepted {
                Some(true) => Some(verb),
                Some(false) => on_record,
                None => ironic::begun(now, verb, on_record),
            },
            None => on_record,
        };
        Ok(begun)
    }
}

/// The verb of this name.
fn named(name: &str) -> Option<Verb> {
    Verb::ALL.into_iter().find(|verb| verb.name() == name)
}

/// The last that was asked for since `begin`.
fn asked_last(steps: &[Step], begin: Timestamp) -> Option<Asked> {
    let verb = |step: &Step| named(step.step.split(' ').next()?);
    let last = steps
        .iter()
        .rev()
        .take_while(|step| step.at >= begin)
        .find_map(|step| Some((step, verb(step)?)));
    let (step, verb) = last?;
    let accepted = match step.moment {
        Moment::Before => None,
        Moment::After => match serde_json::from_str(&step.detail) {
            Ok(Outcome::Done | Outcome::WasDone) => Some(true),
            Ok(Outcome::Refused { .. }) => Some(false),
            Ok(Outcome::Unknown { .. }) | Err(_) => None,
        },
    };
    Some(Asked { verb, accepted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_says_what_was_asked_last_and_whether_it_was_accepted() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let step = |second, step: &str, outcome: Option<Outcome>| Step {
            step: format!("{step} node 1"),
            moment: match outcome {
                Some(_) => Moment::After,
                None => Moment::Before,
            },
            detail: serde_json::to_string(&outcome).unwrap(),
            at: at(second),
        };
        let refused = || Outcome::Refused {
            status: Some(409),
            reason: "locked".into(),
        };
        let unknown = || Outcome::Unknown {
            status: None,
            reason: "no answer".into(),
        };
        let steps = [
            step(1, "create", Some(Outcome::Done)),
            step(2, "provide", Some(Outcome::Done)),
            step(3, "manage", None),
            step(4, "manage", Some(Outcome::Done)),
            step(5, "inspect", None),
            step(6, "inspect", Some(unknown())),
            step(7, "amend", Some(Outcome::Done)),
            step(8, "provide", Some(refused())),
        ];
        let until = |end: usize| {
            let last = asked_last(&steps[..end], at(3))?;
            Some((last.verb.name(), last.accepted))
        };
        assert_eq!(until(2), None, "of another transition");
        assert_eq!(until(3), Some(("manage", None)));
        assert_eq!(until(4), Some(("manage", Some(true))));
        assert_eq!(until(5), Some(("inspect", None)));
        assert_eq!(until(7), Some(("inspect", None)));
        assert_eq!(until(8), Some(("provide", Some(false))));
    }
}
