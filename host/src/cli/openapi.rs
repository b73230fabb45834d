//! `valence openapi`.

use std::io::{self, Write as _};

use crate::api;

use super::trouble::Trouble;

/// Prints the description of the REST API, as a server shows it.
pub(super) fn run() -> Result<(), Trouble> {
    let document = serde_json::to_string_pretty(&api::document())
        .map_err(|error| Trouble::from(crate::failure::Failure::internal(error)))?;
    Ok(writeln!(io::stdout().lock(), "{document}")?)
}
