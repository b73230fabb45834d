//! The spine without server, network and Ironic: `valence evaluate`.

use std::path::PathBuf;

use crate::enrollment::Object;
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::hook::HookSpec;
use crate::rules::IronicProfile;

/// What is to be evaluated offline.
#[derive(Clone, Debug)]
pub struct OfflineSubject {
    /// A mockup directory or a single-file map.
    pub mockup: PathBuf,
    /// Which System, where the mockup has several.
    pub system: Option<String>,
    /// The node's name; by default made from the system's id.
    pub name: Option<String>,
    /// The pod manager's name; by default `offline`.
    pub pod_manager: Option<String>,
    /// The service's address; by default `https://bmc.invalid`.
    pub address: Option<String>,
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
}

/// Runs the server's own evaluation over a recording.
pub async fn evaluate_offline(
    subject: OfflineSubject,
    options: OfflineOptions,
) -> Result<Evaluation, Failure> {
    let _ = (subject, options);
    Err(Failure::internal("unwired"))
}
