//! What has changed since a node was registered: by the site's policy, and in
//! Ironic.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::enrollment::{Object, view};
use crate::evaluate::Effect;
use crate::failure::{Cause, Failure};
use crate::ironic::{Side, compare};
use crate::node::Node;
use crate::store::{DecisionKind, RegistrationState};

use super::converging::{author, look};
use super::held_back::HeldBack;
use super::on_conflict::OnConflict;
use super::{RegisterOptions, Registrar, record};

/// What has drifted of one node.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The node.
    pub node: Node,
    /// Its registration.
    pub registration: Uuid,
    /// Its uuid in Ironic.
    pub ironic_uuid: Uuid,
    /// The values that are not the same on all three sides.
    pub differences: Vec<Drifted>,
    /// What the evaluation warns of.
    pub warnings: Vec<String>,
}

/// A value that has drifted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drifted {
    /// Where, in the canonical view of an enrollment.
    pub pointer: String,
    /// On which side it changed.
    pub kind: Side,
    /// As it was registered.
    pub registered: Option<Value>,
    /// As an evaluation has it now.
    pub evaluated: Option<Value>,
    /// As Ironic has it.
    pub ironic: Option<Value>,
    /// Who says what it is to be: a hook, or `seed`, `defaults`, `request`,
    /// `api-version`.
    pub by: Option<String>,
}

impl Registrar {
    /// Evaluates the node's request now and compares that with what was
    /// registered and with what Ironic has. Nothing is written.
    pub async fn drift(&self, id: &str) -> Result<Drift, Failure> {
        let node = self.nodes.get(id).await?;
        let ironic = self.ironic()?;
        let last = self.store.latest_registration(node.uuid).await?;
        let in_force = |state| state == RegistrationState::Complete;
        let Some(last) = last.filter(|last| in_force(last.state)) else {
            return Err(Failure::new(
                Cause::NotFound,
                format!("node `{}` is not registered", node.name),
            ));
        };
        let options = RegisterOptions {
            on_conflict: OnConflict::Update,
            may_administer: true,
            ..RegisterOptions::default()
        };
        let asked = self.ask(
            node,
            Some(&last),
            Object::new(),
            options,
            DecisionKind::Drift,
        );
        let (asked, found) = futures::join!(asked, look(&ironic, last.ironic_uuid));
        let (asked, found) = (asked?, found?);
        let before = record::evaluation(&last.evaluation)?;
        let now = &asked.prepared.evaluation;
        let mut held_back = HeldBack::default();
        let differences = match &found {
            None => vec![Drifted {
                pointer: "/node".into(),
                kind: Side::Missing,
                registered: view(&before.enrollment).get("node").cloned(),
                evaluated: view(&now.enrollment).get("node").cloned(),
                ironic: None,
                by: None,
            }],
            Some(found) => {
                let so_far = self.registered_so_far(&last).await?;
                let untold = so_far.untold(&asked.prepared);
                let sides = asked.sides(&so_far.enrollments, &untold, &last.credentials_hmac);
                let deviations = compare(sides, found);
                held_back = so_far.held_back(&deviations);
                let mark = found.mark().map(|mark| mark.registration);
                let mark = (mark != Some(last.id)).then(|| Drifted {
                    pointer: "/node/extra/valence/registration".into(),
                    kind: mark.map_or(Side::Missing, |_| Side::Ironic),
                    registered: Some(json!(last.id)),
                    evaluated: Some(json!(last.id)),
                    ironic: mark.map(|mark| json!(mark)),
                    by: None,
                });
                // Of what the machine does not tell nobody knows.
                let known = deviations.into_iter().filter(|one| !one.is_held_back());
                let values = known.map(|deviation| Drifted {
                    by: author(&deviation.pointer, &now.changes, &before.changes),
                    pointer: deviation.pointer,
                    kind: deviation.side,
                    registered: deviation.registered,
                    evaluated: deviation.wanted,
                    ironic: deviation.ironic,
                });
                mark.into_iter().chain(values).collect()
            }
        };
        let warnings = now
            .findings
            .iter()
            .filter(|finding| finding.effect == Effect::Warn)
            .map(|finding| finding.message.clone())
            .chain(held_back.warnings())
            .collect();
        Ok(Drift {
            node: asked.node,
            registration: last.id,
            ironic_uuid: last.ironic_uuid,
            differences,
            warnings,
        })
    }
}
