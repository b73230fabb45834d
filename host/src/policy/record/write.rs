//! A recording as files, in the layout of DMTF's mockups (DSP2043).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use url::Url;

use crate::redfish::ResourcePath;

const INDEX: &str = "index.json";

/// Why a recording was not written.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// There is something in its place.
    #[error("`{}` is there already and is not empty: name a directory for this recording", .0.display())]
    Occupied(PathBuf),
    /// It has no service root.
    #[error(
        "the service has no service root at `{}`, and a mockup begins with it",
        ResourcePath::root()
    )]
    NoRoot,
    /// A file or directory cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

pub(super) fn write(
    documents: &BTreeMap<ResourcePath, Value>,
    directory: &Path,
) -> Result<(), RecordingError> {
    if !documents.contains_key(&ResourcePath::root()) {
        return Err(RecordingError::NoRoot);
    }
    let is_free = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(RecordingError::Occupied(directory.into()));
    }
    // DSP0266: which versions there are. Mockup servers look for it.
    file(&directory.join("redfish"), &json!({"v1": "/redfish/v1/"}))?;
    for (path, body) in documents {
        if path.as_str() != "/redfish" {
            file(&place(directory, path), body)?;
        }
    }
    Ok(())
}

/// The directory of the resource at `path`, named as a client asks for it: mockup
/// servers undo no escapes.
fn place(directory: &Path, path: &ResourcePath) -> PathBuf {
    let mut place = directory.to_owned();
    let spelt = Url::parse("http://localhost").map(|mut url| {
        url.set_path(path.as_str());
        url.path().to_owned()
    });
    let spelt = spelt.unwrap_or_else(|_| path.to_string());
    place.extend(spelt.split('/').filter(|segment| !segment.is_empty()));
    place
}

fn file(directory: &Path, body: &Value) -> Result<(), RecordingError> {
    let path = directory.join(INDEX);
    let text = format!("{body:#}\n");
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&path, text))
        .map_err(|source| RecordingError::Unwritable { path, source })
}
