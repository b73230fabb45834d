//! Missing parts of the machine, put there where that is in our power.

use anyhow::{Context as _, Result};

use crate::apt;

/// Makes `python -m venv` work: Debian has it in a package of its own.
pub(crate) fn install_venv_module() -> Result<()> {
    apt::install("python3-venv").context(
        "python's venv module is missing: install it, on Debian and Ubuntu with `apt-get install python3-venv`",
    )
}
