//! What can stand after `valence record`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::node::PodManagerDriver;
use crate::rules::IronicProfile;

use super::super::account::Account;
use super::super::ironic_release;
use super::super::output::Format;

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    /// Where the recording goes: a directory that is not there yet, or is empty
    pub(super) directory: PathBuf,
    /// A pod manager of the configuration, whose hooks and defaults are used too
    #[arg(long, value_name = "NAME", required_unless_present_any = ["url", "decision", "registration"], conflicts_with_all = [
        "url", "driver", "verify_ca", "username",
    ])]
    pub(super) pod_manager: Option<String>,
    /// In place of a live machine, what the server read for this decision; --url names the server
    #[arg(long, value_name = "ID", conflicts_with_all = [
        "pod_manager", "driver", "verify_ca", "username", "system", "hooks", "parameters", "name",
        "deep", "registration",
    ])]
    pub(super) decision: Option<String>,
    /// The same for the decision that a registration was made by: its id, or the node's name
    #[arg(long, value_name = "ID_OR_NODE", conflicts_with_all = [
        "pod_manager", "driver", "verify_ca", "username", "system", "hooks", "parameters", "name",
        "deep",
    ])]
    pub(super) registration: Option<String>,
    /// The address of a Redfish service, with or without /redfish/v1; with --decision or
    /// --registration that of the Valence server
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    #[command(flatten)]
    pub(super) account: Account,
    /// How to check its certificate: `true`, `false`, or a PEM file
    #[arg(long, value_name = "true|false|FILE", default_value = "true")]
    pub(super) verify_ca: String,
    /// `redfish` and `redfish-composition`: every System is a node; `redfishv1`: Intel RSD, a
    /// node is a member of /Nodes
    #[arg(long, default_value = PodManagerDriver::Redfish.name(),
          value_parser = PodManagerDriver::ALL.map(PodManagerDriver::name))]
    pub(super) driver: String,
    /// Which system or node, by path, Id, UUID or Name, where there are several
    #[arg(long, value_name = "WHICH")]
    pub(super) system: Option<String>,
    /// A hook, after those of --config, that reads what it needs; may be given several times
    #[arg(long = "hook", value_name = "F.wasm")]
    pub(super) hooks: Vec<PathBuf>,
    /// The body of the register request: a JSON object, or @ and a file with one
    #[arg(long, value_name = "JSON|@FILE")]
    pub(super) parameters: Option<String>,
    /// The node's name, as hooks are told it [default: made from its id]
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Which Ironic it is for: a release, such as 21.4, or an API version, such as 1.82
    #[arg(long, value_name = "VERSION", default_value = "39", value_parser = ironic_release::profile)]
    pub(super) ironic: IronicProfile,
    /// Record everything that documents of the node lead to, but logs and other nodes
    #[arg(long)]
    pub(super) deep: bool,
    /// How many documents to read at most
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    pub(super) max_documents: usize,
    /// For how long to read at most
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    pub(super) time: Duration,
    /// Replace serial numbers, asset tags, UUIDs, MACs, host names and addresses
    #[arg(long)]
    pub(super) anonymize: bool,
    /// What replacements are made from, beside the values: keep one to yourself for recordings
    /// that you publish
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        requires = "anonymize",
        hide_default_value = true
    )]
    pub(super) seed: String,
    /// Leave MACs the half that names their manufacturer
    #[arg(long, requires = "anonymize")]
    pub(super) keep_oui: bool,
    #[command(flatten)]
    pub(super) format: Format,
}
