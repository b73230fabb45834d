//! The spine without server, network and Ironic: `valence evaluate`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::{
    CallerRights, Evaluation, Explanation, HookRun, Observed, Rejection, explain, observe,
};
use crate::failure::{Cause, Failure};
use crate::hook::{Chain, Compiling, Engine, EngineKind, HookSpec, LoadError};
use crate::inventory::Subject;
use crate::node::{CompositionRequest, PodManagerDriver, VerifyCa};
use crate::nodes::redfish_failure;
use crate::redfish::{
    FindError, Mockup, ReadLimits, Recorded, ResourcePath, Snapshot, find_node, found_at, nodes,
    systems,
};
use crate::rules::{IronicProfile, legal_name};

use super::credentials::take_credentials;

/// What is to be evaluated offline.
#[derive(Clone, Debug, Default)]
pub struct OfflineSubject {
    /// A mockup directory or a single-file map.
    pub mockup: PathBuf,
    /// Which System, or node of the driver `redfishv1`, where the mockup has several.
    pub system: Option<String>,
    /// How its nodes are found; by default every System is one.
    pub driver: Option<PodManagerDriver>,
    /// The node's name; by default made from the system's id.
    pub name: Option<String>,
    /// The pod manager's name; by default `offline`.
    pub pod_manager: Option<String>,
    /// The service's address; by default `https://bmc.invalid`.
    pub address: Option<String>,
    /// The request that composed the node, as hooks get to read it.
    pub composition: Option<Object>,
}

/// With what it is to be evaluated.
#[derive(Clone, Debug, Default)]
pub struct OfflineOptions {
    /// The body of the register request.
    pub parameters: Object,
    /// `[register.defaults]`.
    pub defaults: Object,
    /// The chain.
    pub hooks: Vec<HookSpec>,
    /// Which Ironic.
    pub profile: IronicProfile,
    /// How the chain is compiled.
    pub compiling: Compiling,
}

/// An evaluation offline, with what happened on the way, however it ended.
pub struct OfflineRun {
    /// How it ended.
    pub outcome: Result<Evaluation, Failure>,
    /// The chain, if it could be loaded.
    pub chain: Option<Arc<Chain>>,
    /// The hooks that ran, in their order.
    pub hooks: Vec<HookRun>,
    /// How every read of the recording ended.
    pub reads: BTreeMap<ResourcePath, Recorded>,
    /// What hooks in shadow mode read, beside what the others did.
    pub(super) beside: Vec<Arc<Snapshot>>,
}

impl From<Failure> for OfflineRun {
    fn from(failure: Failure) -> Self {
        Self {
            outcome: Err(failure),
            chain: None,
            hooks: Vec::new(),
            reads: BTreeMap::new(),
            beside: Vec::new(),
        }
    }
}

/// Runs the server's own evaluation over a recording. The same recording, hooks
/// and parameters give the same answer everywhere.
///
/// # Errors
/// As the server's: by whose fault it is.
pub async fn evaluate_offline(
    subject: OfflineSubject,
    options: OfflineOptions,
) -> Result<Evaluation, Failure> {
    let compiling = options.compiling.clone();
    let engine = Engine::with(EngineKind::Offline, compiling).map_err(Failure::internal)?;
    observe_offline(&engine, subject, options).await.outcome
}

/// As [`evaluate_offline`], with why it came out so.
///
/// # Errors
/// As [`evaluate_offline`].
pub async fn explain_offline(
    subject: OfflineSubject,
    options: OfflineOptions,
) -> Result<(Evaluation, Explanation), Failure> {
    let compiling = options.compiling.clone();
    let engine = Engine::with(EngineKind::Offline, compiling).map_err(Failure::internal)?;
    let run = observe_offline(&engine, subject, options).await;
    let evaluation = run.outcome?;
    let snapshot = Snapshot::from_records(run.reads);
    let explanation = explain(&evaluation, |document, pointer| {
        snapshot.known(document, pointer)
    });
    Ok((evaluation, explanation))
}

/// As [`evaluate_offline`], on an engine that others use too.
pub async fn observe_offline(
    engine: &Engine,
    subject: OfflineSubject,
    options: OfflineOptions,
) -> OfflineRun {
    observed(engine, subject, options)
        .await
        .unwrap_or_else(OfflineRun::from)
}

async fn observed(
    engine: &Engine,
    subject: OfflineSubject,
    options: OfflineOptions,
) -> Result<OfflineRun, Failure> {
    Ok(prepare_offline(engine, subject, options).await?.run().await)
}

/// An evaluation offline that can be run again and again: what it reads is read
/// once, and its chain is loaded.
pub struct Prepared {
    snapshot: Arc<Snapshot>,
    subject: Subject,
    chain: Arc<Chain>,
    defaults: Object,
    profile: IronicProfile,
}

impl Prepared {
    /// Evaluates it.
    pub async fn run(&self) -> OfflineRun {
        let (chain, profile) = (Arc::clone(&self.chain), self.profile);
        over(
            &self.snapshot,
            &self.subject,
            chain,
            &self.defaults,
            profile,
        )
        .await
    }
}

/// Opens the recording and loads the chain, so that it can be evaluated.
///
/// # Errors
/// As [`evaluate_offline`], if it cannot be.
pub async fn prepare_offline(
    engine: &Engine,
    subject: OfflineSubject,
    options: OfflineOptions,
) -> Result<Prepared, Failure> {
    let mockup = Mockup::open(&subject.mockup)
        .map_err(|error| Failure::new(Cause::BadRequest, error.to_string()).because(error))?;
    let snapshot = Arc::new(Snapshot::new(Arc::new(mockup), ReadLimits::default()));
    let mut parameters = options.parameters;
    // They are for the server, which would seal them.
    take_credentials(&mut parameters, true, None)?;
    let subject = place(&snapshot, subject, parameters).await?;
    let chain = Chain::load(engine, options.hooks).await.map_err(unloaded)?;
    Ok(Prepared {
        snapshot,
        subject,
        chain: Arc::new(chain),
        defaults: options.defaults,
        profile: options.profile,
    })
}

/// The evaluation of `subject` over `snapshot`, by somebody who may administer.
pub(super) async fn over(
    snapshot: &Arc<Snapshot>,
    subject: &Subject,
    chain: Arc<Chain>,
    defaults: &Object,
    profile: IronicProfile,
) -> OfflineRun {
    let rights = CallerRights {
        may_administer: true,
    };
    let Observed {
        outcome,
        hooks,
        beside,
    } = observe(
        Arc::clone(snapshot),
        subject,
        defaults,
        &chain,
        profile,
        rights,
    )
    .await;
    OfflineRun {
        outcome: outcome.map_err(Rejection::into_failure),
        chain: Some(chain),
        hooks,
        reads: Observed::recorded(snapshot, &beside),
        beside,
    }
}

/// A hook that cannot be loaded is a fault of the configuration: the file, the
/// settings, the pin.
pub fn unloaded(error: LoadError) -> Failure {
    Failure::new(Cause::BadConfiguration, error.to_string()).because(error)
}

pub(super) async fn place(
    snapshot: &Snapshot,
    subject: OfflineSubject,
    parameters: Object,
) -> Result<Subject, Failure> {
    let pod_manager = subject.pod_manager.unwrap_or_else(|| "offline".into());
    let driver = subject.driver.unwrap_or(PodManagerDriver::Redfish);
    let (node, system) = which(snapshot, driver, subject.system.as_deref()).await?;
    let node_name = subject
        .name
        .unwrap_or_else(|| legal_name(&format!("{pod_manager}-{}", node.last_segment())));
    let composition = subject
        .composition
        .map(|told| CompositionRequest::of_told(told, &node_name))
        .transpose()
        .map_err(|wrong| Failure::new(Cause::BadRequest, format!("`composition`: {wrong}")))?;
    Ok(Subject {
        node_uuid: Uuid::new_v5(&Uuid::NAMESPACE_URL, system.as_str().as_bytes()),
        node_name,
        pod_manager,
        driver,
        address: subject
            .address
            .unwrap_or_else(|| "https://bmc.invalid".into()),
        verify_ca: VerifyCa::default(),
        node,
        system,
        parameters,
        composition: composition.map(|request| request.told()),
    })
}

/// The node that is meant, and its system.
async fn which(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    wanted: Option<&str>,
) -> Result<(ResourcePath, ResourcePath), Failure> {
    let unfound =
        |error: FindError| Failure::new(Cause::BadRequest, format!("the mockup: {error}"));
    if let Some(wanted) = wanted {
        let found = find_node(snapshot, driver, wanted).await.map_err(unfound)?;
        return Ok((found.node, found.system));
    }
    let (all, kind) = match driver {
        PodManagerDriver::RedfishV1 => (
            nodes(snapshot, driver).await.map_err(unfound)?,
            "composed node",
        ),
        PodManagerDriver::Redfish | PodManagerDriver::RedfishComposition => {
            let all = systems(snapshot).await;
            (
                all.map_err(|error| redfish_failure("offline", error))?,
                "System",
            )
        }
    };
    match all.as_slice() {
        [only] if driver == PodManagerDriver::RedfishV1 => {
            let found = found_at(snapshot, driver, only).await.map_err(unfound)?;
            Ok((found.node, found.system))
        }
        [only] => Ok((only.clone(), only.clone())),
        [] => Err(Failure::new(
            Cause::BadRequest,
            format!("the mockup has no {kind}"),
        )),
        several => {
            let paths: Vec<_> = several.iter().map(|path| format!("`{path}`")).collect();
            Err(Failure::new(
                Cause::BadRequest,
                format!(
                    "the mockup has several {kind}s, say which with `--system`, or in a case with `system`: {}",
                    paths.join(", ")
                ),
            ))
        }
    }
}
