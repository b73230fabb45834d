//! DMTF's schemas of Redfish resources, which its validator reads. It gets them from
//! DMTF's own site; here they come with a crate that holds them.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::place;

/// The crate. Nothing of it is built.
const CRATE: &str = "nv-redfish-schema";
const VERSION: &str = "0.22.1";

/// A directory with the schemas, fetched first if they are not there.
///
/// # Errors
/// If cargo cannot fetch them.
pub fn redfish_schemas() -> Result<PathBuf> {
    let root = place::directory();
    fs::create_dir_all(&root)?;
    let lock = File::create(root.join("schemas.lock"))?;
    lock.lock()?;
    let place = root.join(format!("schemas-{VERSION}"));
    let schemas = place.join(CRATE).join("redfish-csdl/csdl");
    if schemas.is_dir() {
        return Ok(schemas);
    }
    let work = root.join("schemas-fetch");
    fs::create_dir_all(work.join("src"))?;
    fs::write(work.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"schemas\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{CRATE} = \"={VERSION}\"\n\n[workspace]\n"
    );
    fs::write(work.join("Cargo.toml"), manifest)?;
    let output = Command::new("cargo")
        .args(["vendor", "--quiet", "vendor"])
        .current_dir(&work)
        .stdin(Stdio::null())
        .output()?;
    ensure!(
        output.status.success(),
        "`cargo vendor` could not fetch `{CRATE}`: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    fs::create_dir_all(&place)?;
    fs::rename(work.join("vendor").join(CRATE), place.join(CRATE))?;
    fs::remove_dir_all(&work)?;
    Ok(schemas)
}
