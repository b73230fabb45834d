//! What an evaluation costs.

use anyhow::Result;

use crate::{hooks, root};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build all that is measured, and measure nothing
    #[arg(long)]
    build: bool,
}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    hooks::build_in(&root().join("benches/hook"), &[])?;
    Ok(())
}
