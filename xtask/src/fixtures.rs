//! The components of tests/fixtures/contract, which hold on to a version of the
//! contract. To be made anew only until that version is released.

use std::fs;

use anyhow::{Context, Result, ensure};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::toolchain::{self, TARGET};
use crate::{hooks, root, say};

const SOURCE: &str = "wit/since_v0.1.0/hooks.wit";
const VERSION: &str = "since_v0.1.0";
const RELEASED: &str = "wit/released.sha256";

pub(crate) fn run() -> Result<()> {
    let contract = fs::read_to_string(root().join(SOURCE))?;
    let released = fs::read_to_string(root().join(RELEASED))?;
    let listed = |line: &str| !line.starts_with('#') && line.contains(VERSION);
    ensure!(
        !released.lines().any(listed),
        "{SOURCE} is released, by {RELEASED}: what was built against it stays as it is"
    );
    let fixtures = root().join("tests/fixtures/contract");
    let source = fixtures.join("source");
    let made = fixtures.join(VERSION);
    fs::create_dir_all(&made)?;

    let toolchain = toolchain::find()?;
    let target = crate::target().join("fixtures-wasm");
    for feature in [
        "inventory",
        "hardware",
        "composed",
        "documents",
        "review",
        "configured",
    ] {
        let mut cargo = toolchain.build();
        cargo
            .current_dir(&source)
            .args(["--locked", "--features", feature])
            .arg("--target-dir")
            .arg(&target);
        let status = cargo.status().context("cannot start `cargo`")?;
        ensure!(status.success(), "the fixture `{feature}` does not build");
        let module = target.join(TARGET).join("release/contract_fixtures.wasm");
        hooks::componentize(&module, &made.join(feature).with_extension("wasm"))?;
    }

    let mut module = wat::parse_file(source.join("text.wat"))?;
    let mut resolve = Resolve::default();
    let package = resolve.push_source("hooks.wit", &contract)?;
    let world = resolve.select_world(&[package], Some("map-hook"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())?;
    fs::write(made.join("text.wasm"), component)?;
    say(format!("fixtures: {}", made.display()));
    Ok(())
}
