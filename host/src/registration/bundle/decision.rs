//! A decision as it stands in a bundle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::circumstances::{Circumstances, Whom};
use super::Unparsed;
use crate::enrollment::{Author, Enrollment, Object};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::inventory::Subject;
use crate::redfish::{ReadError, ResourcePath};
use crate::registration::{Decision, Warning};

/// A decision as it stands in a bundle: what it takes to make it again, and what it
/// came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BundledDecision {
    /// Its identity.
    pub uuid: Uuid,
    /// The node's uuid in Valence.
    pub node: Uuid,
    /// The node's name then.
    pub node_name: String,
    /// The pod manager's name then.
    pub pod_manager: String,
    /// What for: `register`, `dry-run`, `drift`.
    pub kind: String,
    /// When, as RFC 3339 has it.
    pub created_at: String,
    /// None: it is on record from before they were kept.
    pub circumstances: Option<Circumstances>,
    /// The body of the request, without its credentials.
    pub parameters: Object,
    /// `enrolled`, or the code of the failure.
    pub outcome: String,
    /// What was said to the caller of a failure.
    pub detail: Option<String>,
    /// The hook that it failed by.
    pub hook: Option<String>,
    /// The digest of the hook chain.
    pub chain_digest: String,
    /// What came out, if anything.
    pub enrollment: Option<Unparsed<Enrollment>>,
    /// Who had the last word on which value, or took it out: all but the built-in
    /// mapping.
    pub set_by: Unparsed<BTreeMap<String, Author>>,
    /// What review hooks warned of. None: the bundle is from before that was kept.
    #[serde(default)]
    pub warnings: Option<Vec<Warning>>,
    /// The documents that were read, by their numbers, in the order of their paths.
    pub documents: Vec<u32>,
    /// What could not be read, and why.
    pub unread: BTreeMap<ResourcePath, ReadError>,
}

impl BundledDecision {
    /// `decision`, without what was read for it.
    pub(super) fn of(decision: &Decision) -> Result<Self, Failure> {
        let circumstances = match decision.circumstances.as_str() {
            "" => None,
            kept => Some(serde_json::from_str(kept).map_err(Failure::internal)?),
        };
        let evaluation: Option<Evaluation> = match decision.enrollment_digest {
            Some(_) => Some(serde_json::from_str(&decision.evaluation).map_err(Failure::internal)?),
            None => None,
        };
        let mut set_by = BTreeMap::new();
        for change in evaluation.iter().flat_map(|one| &one.changes) {
            match &change.by {
                Author::Seed => set_by.remove(&change.pointer),
                by => set_by.insert(change.pointer.clone(), by.clone()),
            };
        }
        let findings = evaluation.as_ref().map(|one| one.findings.as_slice());
        let warnings = Warning::among(findings.unwrap_or_default());
        Ok(Self {
            uuid: decision.id,
            node: decision.node,
            node_name: decision.node_name.clone(),
            pod_manager: decision.pod_manager.clone(),
            kind: decision.kind.name().to_owned(),
            created_at: decision.created_at.to_string(),
            circumstances,
            parameters: serde_json::from_str(&decision.parameters).map_err(Failure::internal)?,
            outcome: decision.outcome.clone(),
            detail: decision.detail.clone(),
            hook: decision.hook.clone(),
            chain_digest: decision.chain_digest.clone(),
            enrollment: evaluation
                .map(|evaluation| Unparsed::of(&evaluation.enrollment))
                .transpose()
                .map_err(Failure::internal)?,
            set_by: Unparsed::of(&set_by).map_err(Failure::internal)?,
            warnings: Some(warnings),
            documents: Vec::new(),
            unread: BTreeMap::new(),
        })
    }

    /// The subject of the evaluation, under `circumstances`.
    pub(in crate::registration) fn subject(&self, circumstances: &Circumstances) -> Subject {
        circumstances.subject(Whom {
            node: self.node,
            node_name: &self.node_name,
            pod_manager: &self.pod_manager,
            parameters: self.parameters.clone(),
        })
    }
}
