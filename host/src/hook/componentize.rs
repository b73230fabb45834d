//! From a core module to a component, without another tool.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wit_component::ComponentEncoder;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum ComponentizeError {
    /// The module cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The component cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a component already.
    #[error("`{}` is a component already", .0.display())]
    Already(PathBuf),
    /// No component can be made of it.
    #[error("no component can be made of `{}`: {reason}", path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Wraps the core module in the file `core` in a component, and writes that to
/// `component`, which is complete or not there: a server may be watching it.
/// Gives its size in bytes. What it is a component of is said by the sections that
/// the module's bindings have left in it.
///
/// # Errors
/// If a file cannot be read or written, or the module is none, or asks for what a
/// component cannot give it.
pub fn componentize(core: &Path, component: &Path) -> Result<usize, ComponentizeError> {
    let bytes = fs::read(core).map_err(|source| ComponentizeError::Unreadable {
        path: core.to_owned(),
        source,
    })?;
    if wasmparser::Parser::is_component(&bytes) {
        return Err(ComponentizeError::Already(core.to_owned()));
    }
    let made = encode(&bytes).map_err(|reason| ComponentizeError::Unfit {
        path: core.to_owned(),
        reason,
    })?;
    let mut making = component.as_os_str().to_owned();
    making.push(".making");
    let making = PathBuf::from(making);
    fs::write(&making, &made)
        .and_then(|()| fs::rename(&making, component))
        .map_err(|source| ComponentizeError::Unwritable {
            path: component.to_owned(),
            source,
        })?;
    Ok(made.len())
}

fn encode(core: &[u8]) -> Result<Vec<u8>, String> {
    if !wasmparser::Parser::is_core_wasm(core) {
        return Err("it is no webassembly module".into());
    }
    let made = ComponentEncoder::default()
        .validate(true)
        .module(core)
        .and_then(|encoder| encoder.encode());
    made.map_err(|error| {
        let text = format!("{error:#}");
        match text.contains("wasi_") {
            true => format!(
                "{text}. Hooks get no wasi: build rust for `wasm32-unknown-unknown`, c for `wasm32-freestanding`"
            ),
            false => text,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(core: &[u8]) -> Result<Vec<u8>, String> {
        let directory = tempfile::tempdir().unwrap();
        let [core_file, file] = ["core.wasm", "made.wasm"].map(|name| directory.path().join(name));
        fs::write(&core_file, core).unwrap();
        let size = componentize(&core_file, &file).map_err(|error| error.to_string())?;
        let bytes = fs::read(file).unwrap();
        assert_eq!(bytes.len(), size);
        Ok(bytes)
    }

    #[test]
    fn a_module_becomes_a_component() {
        let component = made(&wat::parse_str("(module)").unwrap()).unwrap();
        assert!(wasmparser::Parser::is_component(&component));
        let again = made(&component).unwrap_err();
        assert!(again.ends_with("is a component already"), "{again}");
    }

    #[test]
    fn what_cannot_become_one_is_told() {
        let none = made(b"#!/bin/sh").unwrap_err();
        assert!(none.ends_with("it is no webassembly module"), "{none}");
        let module =
            "(module (import \"wasi_snapshot_preview1\" \"sched_yield\" (func (result i32))))";
        let wasi = made(&wat::parse_str(module).unwrap()).unwrap_err();
        assert!(wasi.contains("Hooks get no wasi"), "{wasi}");
    }
}
