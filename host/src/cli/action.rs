//! `valence node action`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::arguments::Global;
use super::client::Client;
use super::output::note;
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Action {
    /// The node's uuid or name
    id: String,
    #[command(subcommand)]
    what: What,
    /// Even if Ironic has it
    #[arg(long, global = true)]
    force: bool,
}

#[derive(Subcommand)]
enum What {
    /// Change its power: On, ForceOff, GracefulShutdown, GracefulRestart, ForceRestart, …
    Reset {
        /// Redfish `ResetType`
        kind: String,
    },
    /// Have it boot from somewhere: Pxe, Hdd, Cd, None, …
    Boot {
        /// Redfish `BootSourceOverrideTarget`
        target: String,
        /// For how long: Once, Continuous or Disabled
        #[arg(long, default_value = "Once")]
        enabled: String,
    },
}

pub(super) async fn act(global: &Global, action: Action) -> Result<(), Trouble> {
    let body = match &action.what {
        What::Reset { kind } => json!({"Reset": {"Type": kind}}),
        What::Boot { target, enabled } => {
            json!({"Boot": {"Enabled": enabled, "Target": target}})
        }
    };
    let query: &[_] = match action.force {
        true => &[("force", "true")],
        false => &[],
    };
    Client::new(global)?
        .post(&["v1", "nodes", &action.id, "action"], query, &body)
        .await?;
    note(global.quiet, &format!("told `{}`", action.id));
    Ok(())
}
