//! What a register request would do.

use serde::Serialize;
use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::{Evaluation, Explanation, explain};
use crate::failure::Failure;
use crate::ironic::Plan;
use crate::store::{DecisionKind, RegistrationState};
use crate::telemetry;

use super::converging::written;
use super::on_conflict::OnConflict;
use super::register::Prepared;
use super::registered::Written;
use super::{RegisterOptions, Registrar, record};

/// What would be registered, and what that would change in Ironic.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// What would be registered.
    pub evaluation: Evaluation,
    /// Why.
    pub explanation: Explanation,
    /// The node that is there already and would be updated or adopted.
    pub conflict: Option<Conflict>,
}

/// A node that is in Ironic already, and what would be written to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conflict {
    /// Its uuid there.
    pub node_uuid: Uuid,
    /// Its name there.
    pub name: Option<String>,
    /// By what it shows that it is the same machine, if it would be adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_by: Option<&'static str>,
    /// What would be written.
    pub would_change: Vec<Written>,
    /// What would be left as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Registrar {
    /// What would be registered. Ironic is asked nothing but its version, unless
    /// something there would be updated or adopted; it is written nothing.
    pub async fn dry_run(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<DryRun, Failure> {
        let ended = self.try_out(id, parameters, options).await;
        let outcome = match &ended {
            Ok(_) => "evaluated".into(),
            Err(failure) => failure.cause.name(),
        };
        telemetry::registration_ended("dry-run", outcome);
        ended
    }

    async fn try_out(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<DryRun, Failure> {
        let node = self.nodes.get(id).await?;
        let kind = DecisionKind::DryRun;
        if options.on_conflict == OnConflict::Fail {
            let prepared = self.prepare(&node, parameters, options, kind).await?;
            return Ok(prepared.told(None));
        }
        let ironic = self.ironic()?;
        let last = self.store.latest_registration(node.uuid).await?;
        let is_managed = node.managed_by.is_some();
        let mut asked = self
            .ask(node, last.as_ref(), parameters, options, kind)
            .await?;
        let in_force = last
            .as_ref()
            .filter(|last| is_managed && last.state == RegistrationState::Complete);
        let conflict = match (options.on_conflict, in_force) {
            (OnConflict::Update, Some(last)) => {
                asked.plan = Plan {
                    registration: last.id,
                    node_uuid: last.ironic_uuid,
                    ..asked.plan
                };
                let compared = self.compare_registered(&ironic, &asked, last).await?;
                self.planned(&ironic, &asked, last, &compared, Uuid::nil())
                    .await?;
                let before = record::evaluation(&last.evaluation)?;
                let now = &asked.prepared.evaluation.changes;
                Some(Conflict {
                    node_uuid: compared.found.uuid,
                    name: compared.found.text("name").map(str::to_owned),
                    adopted_by: None,
                    would_change: written(&compared.deviations, now, &before.changes),
                    warnings: compared.held_back.warnings(),
                })
            }
            (OnConflict::Adopt, None) => {
                let found = self.find_to_adopt(&ironic, &asked, last.as_ref()).await?;
                found.map(|adopt| Conflict {
                    node_uuid: adopt.found.uuid,
                    name: adopt.found.text("name").map(str::to_owned),
                    adopted_by: Some(adopt.evidence.sentence()),
                    would_change: written(
                        &adopt.deviations,
                        &asked.prepared.evaluation.changes,
                        &[],
                    ),
                    warnings: Vec::new(),
                })
            }
            _ => None,
        };
        Ok(asked.prepared.told(conflict))
    }
}

impl Prepared {
    fn told(self, conflict: Option<Conflict>) -> DryRun {
        let known = |document: &str, pointer: &str| self.snapshot.known(document, pointer);
        DryRun {
            explanation: explain(&self.evaluation, known),
            evaluation: self.evaluation,
            conflict,
        }
    }
}
