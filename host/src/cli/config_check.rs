//! `valence config check`: all that a start would refuse, short of the database and
//! the port, and what would fail later.

use crate::config::{Config, Loaded};
use crate::failure::Failure;
use crate::hook::Chain;
use crate::registration::unloaded;
use crate::store::Store;
use crate::tls;

use super::arguments::Global;
use super::assemble::{client, door};
use super::hook::engine;
use super::output::{note, print};
use super::serve::{certificate, refuse_others};
use super::trouble::Trouble;

pub(super) async fn check(global: &Global) -> Result<(), Trouble> {
    let Loaded { config, file, .. } = Config::load(global.config.as_deref())?;
    refuse_others(config.server.listen, &config.api)?;
    if let Some(section) = &config.server.tls {
        certificate(section)?;
    }
    if let Some(key_file) = &config.store.key_file {
        Store::check_key_file(key_file).map_err(Failure::from)?;
    }
    let later = later(&config).await;
    door(config.api, config.server.limits.requests_per_second)?;
    let chain = Chain::load(&engine()?, config.hooks).await;
    let chain = chain.map_err(unloaded)?;
    let ironic = match &config.ironic {
        Some(section) => {
            let settings = section.resolve().await?;
            let shown = settings.to_string();
            client(settings)?;
            shown
        }
        None => "none is configured: nodes can be managed, but not registered".to_owned(),
    };
    let of = file.map_or_else(
        || "there is no configuration file; the defaults".to_owned(),
        |file| format!("`{}`", file.display()),
    );
    for warning in later {
        note(global.quiet, &format!("warning: {warning}"));
    }
    let hooks = chain.hooks().len();
    print(&format!(
        "{of}: sound, with {hooks} hooks\nironic: {ironic}"
    ))
}

/// What a server would start with and fail of when it is needed. What is a secret may
/// be there for the server alone, so it is no error here.
async fn later(config: &Config) -> Vec<String> {
    let mut later = Vec::new();
    for entry in config.credentials.values() {
        if let Err(error) = entry.resolve().await {
            later.push(error.to_string());
        }
    }
    for pod_manager in &config.pod_managers {
        if let Err(error) = tls::client_builder(&pod_manager.verify_ca, None) {
            later.push(format!("pod manager `{}`: {error}", pod_manager.name));
        }
    }
    later
}
