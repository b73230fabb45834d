//! One evaluation that has no effect and is not put on record: what if?

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::{CallerRights, Evaluation, Explanation, Rejection, evaluate, explain};
use crate::failure::{Cause, Failure};
use crate::hook::Variation;
use crate::inventory::Subject;
use crate::redfish::{Mockup, ReadLimits, Recorded, ResourcePath, Snapshot};
use crate::rules::{IronicProfile, Microversion};
use crate::text::tame;

use super::circumstances::{Circumstances, Whom};
use super::credentials::take_credentials;
use super::offline::{OfflineSubject, place};
use super::register::{Gathered, rejected};
use super::{Decided, RegisterOptions, Registrar};

/// What is to be evaluated, and with what.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// Of what.
    pub of: EvaluationOf,
    /// The body of a register request. None: that of the decision, else an empty one.
    pub parameters: Option<Object>,
    /// What is to be otherwise about the hooks that serve.
    pub hooks: Vec<Variation>,
    /// The API version of Ironic's, as in `1.95`. None: that of the decision, else of
    /// the Ironic at hand.
    pub api: Option<String>,
    /// Whether the caller may set what is protected.
    pub may_administer: bool,
}

/// Of what an evaluation is to be.
#[derive(Clone, Debug)]
pub enum EvaluationOf {
    /// What was read for the decision with this id.
    Decision(Uuid),
    /// The node with this uuid or name, read now.
    Node(String),
    /// Documents, by their paths; what is not among them is absent.
    Documents {
        /// From path to document.
        documents: Object,
        /// Which System, where they hold several.
        system: Option<String>,
        /// The node's name.
        name: Option<String>,
        /// The pod manager's name.
        pod_manager: Option<String>,
        /// The service's address.
        address: Option<String>,
    },
}

impl Registrar {
    /// Evaluates what `asked` says, with the hooks that serve but for what is to be
    /// otherwise about them.
    pub async fn what_if(&self, asked: WhatIf) -> Result<(Evaluation, Explanation), Failure> {
        let api = asked.api.as_deref().map(version).transpose()?;
        let chain = self.hooks.varied(&asked.hooks).await?;
        let mut pod_manager = None;
        let (subject, snapshot, profile, rights) = match asked.of {
            EvaluationOf::Decision(id) => {
                let decided = self.decision(id).await?;
                self.of_decision(&decided, asked.parameters)?
            }
            EvaluationOf::Node(id) => {
                let node = self.nodes.get(&id).await?;
                let options = RegisterOptions {
                    may_administer: asked.may_administer,
                    ..RegisterOptions::default()
                };
                let parameters = asked.parameters.unwrap_or_default();
                let Gathered {
                    pod_manager: of_node,
                    subject,
                    snapshot,
                    profile,
                    rights,
                    ..
                } = self.gather(&node, parameters, options).await?;
                pod_manager = Some(of_node);
                let inventory = subject.inventory(&snapshot);
                inventory.read_standard_set().await;
                (subject, snapshot, profile, rights)
            }
            EvaluationOf::Documents {
                documents,
                system,
                name,
                pod_manager,
                address,
            } => {
                let named = OfflineSubject {
                    mockup: PathBuf::new(),
                    system,
                    name,
                    pod_manager,
                    address,
                    ..OfflineSubject::default()
                };
                let mut parameters = asked.parameters.unwrap_or_default();
                take_credentials(&mut parameters, asked.may_administer, None)?;
                let source = Arc::new(Mockup::from_map(documents));
                let snapshot = Arc::new(Snapshot::new(source, ReadLimits::default()));
                let subject = place(&snapshot, named, parameters).await?;
                let profile = IronicProfile {
                    newer_fields: self.newer_fields,
                    ..IronicProfile::default()
                };
                let rights = CallerRights {
                    may_administer: asked.may_administer,
                };
                (subject, snapshot, profile, rights)
            }
        };
        let profile = IronicProfile {
            api: api.unwrap_or(profile.api),
            ..profile
        };
        let read = Arc::clone(&snapshot);
        let evaluated = evaluate(read, &subject, &self.defaults, &chain, profile, rights).await;
        let evaluation = evaluated.map_err(|rejection| match (pod_manager, rejection) {
            (Some(pod_manager), rejection) => rejected(&pod_manager, rejection),
            (None, Rejection::Undecidable(error)) => {
                Failure::new(Cause::NotFound, format!("undecidable: {error}"))
            }
            (None, rejection) => rejection.into_failure(),
        })?;
        let known = |document: &str, pointer: &str| snapshot.known(document, pointer);
        let explanation = explain(&evaluation, known);
        Ok((evaluation, explanation))
    }

    fn of_decision(
        &self,
        decided: &Decided,
        parameters: Option<Object>,
    ) -> Result<(Subject, Arc<Snapshot>, IronicProfile, CallerRights), Failure> {
        let decision = &decided.decision;
        let circumstances = Circumstances::read(&decision.circumstances)?;
        let parameters = match parameters {
            Some(mut parameters) => {
                take_credentials(&mut parameters, circumstances.may_administer, None)?;
                parameters
            }
            None => serde_json::from_str(&decision.parameters).map_err(Failure::internal)?,
        };
        let subject = circumstances.subject(Whom {
            node: decision.node,
            node_name: &decision.node_name,
            pod_manager: &decision.pod_manager,
            parameters,
        });
        let snapshot = Arc::new(Snapshot::from_records(decided.reads()?));
        let profile = circumstances.profile(self.newer_fields);
        Ok((subject, snapshot, profile, circumstances.rights()))
    }
}

fn version(text: &str) -> Result<Microversion, Failure> {
    text.parse().map_err(|error| {
        let detail = format!(
            "`ironic` is to be a version of its API such as `1.82`, not `{}`",
            tame(text, 100)
        );
        Failure::new(Cause::BadRequest, detail).because(error)
    })
}

impl Decided {
    /// How every read ended that it was of.
    pub fn reads(&self) -> Result<BTreeMap<ResourcePath, Recorded>, Failure> {
        let mut reads = BTreeMap::new();
        for document in &self.documents {
            let path = document.path.clone().try_into();
            let path: ResourcePath = path.map_err(Failure::internal)?;
            let read = match (&document.body, &document.error) {
                (Some((_, body)), _) => {
                    let body: Value = serde_json::from_str(body).map_err(Failure::internal)?;
                    Recorded::Read { body }
                }
                (None, Some(error)) => {
                    Recorded::Not(serde_json::from_str(error).map_err(Failure::internal)?)
                }
                (None, None) => continue,
            };
            reads.insert(path, read);
        }
        Ok(reads)
    }
}
