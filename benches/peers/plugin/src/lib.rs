//! The native policies, compiled for Extism: a document's text in, JSON out.

use extism_pdk::{FnResult, plugin_fn};

#[path = "../../../src/policy.rs"]
mod policy;

#[plugin_fn]
pub fn map(system: String) -> FnResult<String> {
    Ok(policy::map(system.as_bytes()).map_err(extism_pdk::Error::msg)?)
}

#[plugin_fn]
pub fn dozen(system: String) -> FnResult<String> {
    Ok(policy::dozen(system.as_bytes()).map_err(extism_pdk::Error::msg)?)
}
