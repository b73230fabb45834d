//! What C calls the contract by, as wit-bindgen makes it. Python's and JavaScript's
//! tools make theirs at each build.

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

use super::{CONTRACT, NewFile, contract_version, filled};

/// What a new hook takes part in.
const WORLD: &str = include_str!("../../templates/common/hook.wit");

/// Why there are no bindings.
#[derive(Debug, thiserror::Error)]
#[error("no bindings can be made of the contract: {0}")]
pub struct BindingsError(String);

/// Header, source, and the object file that says what the module is a component of.
pub(super) fn c() -> Result<Vec<NewFile>, BindingsError> {
    let made = made().map_err(|error| BindingsError(format!("{error:#}")))?;
    let files = made.iter().map(|(name, bytes)| NewFile {
        path: format!("bindings/{name}").into(),
        bytes: bytes.to_owned(),
    });
    Ok(files.collect())
}

fn made() -> anyhow::Result<Files> {
    let mut resolve = Resolve::default();
    resolve.push_str("hooks.wit", CONTRACT)?;
    let world = filled(WORLD, &[("{{contract}}", contract_version())]);
    let package = resolve.push_str("hook.wit", &world)?;
    let world = resolve.select_world(&[package], Some("hook"))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)?;
    Ok(files)
}
