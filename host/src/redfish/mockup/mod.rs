//! Recorded services: a directory in the layout of DMTF's mockups
//! (`…/redfish/v1/Systems/1/index.json`, DSP2043), or a single file that maps
//! each `@odata.id` to its document.

mod directory;
mod map;

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::Value;

use self::directory::Directory;
use self::map::Map;
use super::{ReadError, ResourcePath, Source};

/// A recorded service. What it does not hold is absent, as if the service had
/// said 404.
///
/// Links that differ from a recorded path in case only, or in escapes, lead to
/// it all the same, as they do on the services that write such links.
pub struct Mockup(Kind);

enum Kind {
    Directory(Directory),
    Map(Map),
}

/// Why something is no mockup.
#[derive(Debug, thiserror::Error)]
pub enum MockupError {
    /// It is not there, or may not be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A directory without a recorded service root.
    #[error(
        "`{path}` is no mockup: there is neither `redfish/v1/index.json` nor `index.json` in it"
    )]
    NoRoot {
        /// Which directory.
        path: PathBuf,
    },
    /// A directory of several mockups.
    #[error("`{path}` holds several mockups; name one of {choices}")]
    Several {
        /// Which directory.
        path: PathBuf,
        /// The names of its mockups.
        choices: String,
    },
    /// A file that is too large to be a recording.
    #[error("`{path}` is larger than {most} MiB, which no recorded service is")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit, in MiB.
        most: u64,
    },
    /// A file that is no JSON.
    #[error("`{path}` is no JSON")]
    NoJson {
        /// Which file.
        path: PathBuf,
        /// Where it goes wrong.
        #[source]
        source: serde_json::Error,
    },
    /// JSON that is no map of documents.
    #[error("`{path}` maps no `@odata.id` to its document: no key begins with `/redfish`")]
    NoMap {
        /// Which file.
        path: PathBuf,
    },
}

impl Mockup {
    /// Opens the recording at `path`: a single-file map; or a directory that
    /// holds `redfish/v1`, is it, is in it by one name (`redfish`), or holds one
    /// such directory.
    pub fn open(path: &Path) -> Result<Self, MockupError> {
        let metadata = std::fs::metadata(path).map_err(|source| MockupError::Unreadable {
            path: path.into(),
            source,
        })?;
        if metadata.is_dir() {
            Directory::open(path).map(Kind::Directory).map(Self)
        } else {
            Map::open(path).map(Kind::Map).map(Self)
        }
    }

    /// A recording in memory: from `@odata.id`, with or without a slash at its
    /// end, to document.
    pub fn from_map(map: serde_json::Map<String, Value>) -> Self {
        Self(Kind::Map(Map::new(map)))
    }
}

#[async_trait]
impl Source for Mockup {
    // Reads files without awaiting: a recorded read is to cost no task switch.
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        match &self.0 {
            Kind::Directory(directory) => directory.fetch(path),
            Kind::Map(map) => map.fetch(path),
        }
    }
}
