//! `valence store`: the database's keys. Needs no server.

use clap::Subcommand;

use crate::config::Config;
use crate::failure::Failure;
use crate::store::Store;

use super::arguments::Global;
use super::output::print;
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Put a new key in the place of the one in the key file, and seal all passwords
    /// with it; no server may be running
    RotateKey,
    /// Seal all passwords with the first key of the key file; servers that know all
    /// of its keys may go on
    Reseal,
}

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    let store = Config::load(global.config.as_deref())?.config.store;
    let (url, key_file) = (store.url.expose(), store.key_file.as_deref());
    let resealed = match command {
        Command::RotateKey => Store::rotate_key(url, key_file).await,
        Command::Reseal => match Store::open(url, key_file).await {
            Ok(store) => store.reseal().await,
            Err(error) => Err(error),
        },
    };
    let resealed = resealed.map_err(Failure::from)?;
    print(&format!("{resealed} passwords were sealed anew"))
}
