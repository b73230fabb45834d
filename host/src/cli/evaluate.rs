//! `valence evaluate`: the spine over a recording, without server, Ironic or
//! network.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::api::evaluation_report;
use crate::config::{Config, commands_cache};
use crate::hook::HookSpec;
use crate::node::PodManagerDriver;
use crate::registration::{OfflineOptions, OfflineSubject, explain_offline};
use crate::rules::IronicProfile;

use super::arguments::Global;
use super::hook::compiling;
use super::output::Format;
use super::trouble::Trouble;
use super::{baremetal_create, evaluation, ironic_release, node, parameters};

#[derive(Args)]
#[command(after_help = baremetal_create::HELP)]
pub(super) struct Arguments {
    /// A directory in the layout of DMTF mockups, or a file that maps @odata.id to documents
    #[arg(long, value_name = "DIR_OR_MAP.json")]
    mockup: PathBuf,
    /// Which system, or composed node with --driver redfishv1, where the mockup has several
    #[arg(long, value_name = "PATH")]
    system: Option<String>,
    /// How nodes are found: redfish (every system is one), redfishv1 or redfish-composition
    #[arg(long, value_parser = PodManagerDriver::ALL.map(PodManagerDriver::name))]
    driver: Option<String>,
    /// A hook, after those of --config; may be given several times
    #[arg(long = "hook", value_name = "F.wasm")]
    hooks: Vec<PathBuf>,
    /// The body of the register request: a JSON object, or @ and a file with one
    #[arg(long, value_name = "JSON|@FILE")]
    parameters: Option<String>,
    /// The request that composed the node, as hooks get to read it: a JSON object, or @ and a
    /// file with one
    #[arg(long, value_name = "JSON|@FILE")]
    composition: Option<String>,
    /// The node's name [default: made from the system's id]
    #[arg(long)]
    name: Option<String>,
    /// The pod manager's name [default: offline]
    #[arg(long)]
    pod_manager: Option<String>,
    /// The service's address [default: https://bmc.invalid]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Which Ironic it is for: a release, such as 21.4, or an API version, such as 1.82
    #[arg(long, value_name = "VERSION", default_value = "39", value_parser = ironic_release::profile)]
    ironic: IronicProfile,
    /// Show of each field who set it, over what, why and after reading what, and what
    /// was left out
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    format: Format,
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Trouble> {
    let mut options = OfflineOptions {
        parameters: parameters::read(arguments.parameters.as_deref())?,
        profile: arguments.ironic,
        compiling: compiling(commands_cache())?,
        ..OfflineOptions::default()
    };
    // Only where it is asked for: that a file lies about must not change what
    // a recording comes to.
    if let Some(file) = &global.config {
        let config = Config::load(Some(file))?.config;
        options.defaults = config.register.defaults;
        options.profile.newer_fields = config.register.newer_fields;
        options.hooks = config.hooks;
    }
    options
        .hooks
        .extend(arguments.hooks.into_iter().map(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            HookSpec::new(stem.into_owned(), &path)
        }));
    let subject = OfflineSubject {
        mockup: arguments.mockup,
        system: arguments.system,
        name: arguments.name,
        pod_manager: arguments.pod_manager,
        address: arguments.address,
        driver: arguments.driver.as_deref().and_then(driver),
        composition: match arguments.composition.as_deref() {
            Some(text) => Some(parameters::object(text, "--composition")?),
            None => None,
        },
    };
    let (evaluation, explanation) = explain_offline(subject, options).await?;
    let mut report = node::object(evaluation_report(&evaluation))?;
    if arguments.explain {
        report.insert("explanation".into(), json!(explanation));
    }
    evaluation::tell(global, &arguments.format, &report)
}

fn driver(name: &str) -> Option<PodManagerDriver> {
    let mut all = PodManagerDriver::ALL.into_iter();
    all.find(|driver| driver.name() == name)
}
