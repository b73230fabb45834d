//! Finding the node, and its system, that somebody named.

use serde_json::Value;

use super::path::fold;
use super::{Document, PathError, ReadError, ResourcePath, Snapshot, present};
use crate::failure::{Cause, Failure};
use crate::node::PodManagerDriver;
use crate::text::tame;

/// How many choices an error lists.
const MOST_CHOICES: usize = 20;

/// A node behind a pod manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The node, as its pod manager describes it.
    pub node: ResourcePath,
    /// Its `ComputerSystem`: for the driver `redfish` the same.
    pub system: ResourcePath,
    /// Its Redfish `Id`, which some services give as an integer.
    pub id: String,
    /// Its Redfish `Name`, which often is no more than `System`.
    pub name: Option<String>,
}

/// A node that could have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its path.
    pub path: ResourcePath,
    /// Its Redfish `Id`, else the last segment of its path.
    pub id: String,
    /// Its Redfish `Name`.
    pub name: Option<String>,
    /// Its Redfish `UUID`, as it is written.
    pub uuid: Option<String>,
}

/// Why no node was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// The service could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A path that is none.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nothing is called that.
    #[error("there is no node `{wanted}` behind this pod manager; {}", list(.choices))]
    Nothing {
        /// What was asked for.
        wanted: String,
        /// What there is.
        choices: Vec<Choice>,
    },
    /// Several are called that.
    #[error("`{wanted}` could be any of several nodes: name one by its path; {}", list(.choices))]
    Several {
        /// What was asked for.
        wanted: String,
        /// Which they are.
        choices: Vec<Choice>,
    },
    /// The path of something else.
    #[error("`{path}` is no {kind} but `{found}`")]
    OtherKind {
        /// What was asked for.
        path: ResourcePath,
        /// What a node is with this driver.
        kind: &'static str,
        /// Its `@odata.type`.
        found: String,
    },
    /// The service has no such nodes at all.
    #[error(
        "the service has no `{collection}`, where the driver `{driver}` looks for nodes; \
         is another driver meant?"
    )]
    NoCollection {
        /// Where nodes were looked for.
        collection: ResourcePath,
        /// For which driver.
        driver: &'static str,
    },
    /// An RSD node of which its pod manager does not say what it runs on.
    #[error(
        "the node `{node}` names no system: its `Links.ComputerSystem` is empty; \
         it may not be assembled yet"
    )]
    NoSystem {
        /// The node.
        node: ResourcePath,
    },
    /// An RSD node whose system is not there.
    #[error("the node `{node}` names the system `{system}`, which does not exist")]
    MissingSystem {
        /// The node.
        node: ResourcePath,
        /// What it names.
        system: ResourcePath,
    },
}

impl FindError {
    /// What the caller is told.
    pub fn into_failure(self) -> Failure {
        let cause = match &self {
            Self::Read(_) | Self::NoSystem { .. } | Self::MissingSystem { .. } => {
                Cause::RedfishFailed
            }
            Self::Path(_) | Self::Several { .. } | Self::OtherKind { .. } => Cause::BadRequest,
            Self::Nothing { .. } | Self::NoCollection { .. } => Cause::NotFound,
        };
        match self {
            Self::Read(error) => error.into_failure(),
            other => Failure::new(cause, other.to_string()),
        }
    }
}

fn list(choices: &[Choice]) -> String {
    if choices.is_empty() {
        return "there are none".into();
    }
    let mut listed: Vec<String> = choices
        .iter()
        .take(MOST_CHOICES)
        .map(|choice| match &choice.name {
            Some(name) => format!("`{}` ({})", choice.path, tame(name, 60)),
            None => format!("`{}`", choice.path),
        })
        .collect();
    if choices.len() > MOST_CHOICES {
        listed.push(format!("and {} more", choices.len() - MOST_CHOICES));
    }
    format!("there are: {}", listed.join(", "))
}

/// The members of the service's collection of systems.
pub async fn systems(snapshot: &Snapshot) -> Result<Vec<ResourcePath>, ReadError> {
    let path = collection(snapshot, PodManagerDriver::Redfish).await?;
    members(snapshot, &path).await
}

/// The node that `wanted` names: by its path, its Redfish `Id`, or its `UUID` or
/// `Name` where only one node has it. An `Id` goes before a `UUID`, that before a
/// `Name`.
pub async fn find_node(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    wanted: &str,
) -> Result<Found, FindError> {
    let wanted = wanted.trim();
    let path = if wanted.starts_with('/') {
        by_path(snapshot, driver, wanted).await?
    } else {
        by_name(snapshot, driver, wanted).await?
    };
    found_at(snapshot, driver, &path).await
}

/// The node at `path`.
pub async fn found_at(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    path: &ResourcePath,
) -> Result<Found, FindError> {
    let node = snapshot.read(path).await?;
    let Choice { id, name, .. } = choice(&node);
    let system = match driver {
        PodManagerDriver::Redfish | PodManagerDriver::RedfishComposition => path.clone(),
        PodManagerDriver::RedfishV1 => system_of(snapshot, &node).await?,
    };
    Ok(Found {
        node: path.clone(),
        system,
        id,
        name,
    })
}

/// Where the nodes are: what the service root says, else the usual path.
pub(super) async fn collection(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
) -> Result<ResourcePath, ReadError> {
    let name = match driver {
        PodManagerDriver::Redfish | PodManagerDriver::RedfishComposition => "Systems",
        PodManagerDriver::RedfishV1 => "Nodes",
    };
    let root = present(snapshot.read(&ResourcePath::root()).await)?;
    match root.and_then(|root| root.link(&format!("/{name}"))) {
        Some(link) => Ok(link?),
        None => Ok(ResourcePath::root().join(name)?),
    }
}

/// Reads what a service shows to those alone whom it lets in: its root is for everybody
/// (DSP0266). One that has no collection of nodes for `driver` has systems, or nothing.
pub async fn prove_login(snapshot: &Snapshot, driver: PodManagerDriver) -> Result<(), ReadError> {
    for driver in [driver, PodManagerDriver::Redfish] {
        let collection = collection(snapshot, driver).await?;
        if present(snapshot.read(&collection).await)?.is_some() {
            break;
        }
    }
    Ok(())
}

async fn members(
    snapshot: &Snapshot,
    collection: &ResourcePath,
) -> Result<Vec<ResourcePath>, ReadError> {
    snapshot
        .members(collection)
        .await?
        .ok_or_else(|| ReadError::Malformed {
            path: collection.clone(),
            reason: "it is no collection: it has no `Members`".into(),
        })
}

/// The nodes behind the service.
pub async fn nodes(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
) -> Result<Vec<ResourcePath>, FindError> {
    let collection = collection(snapshot, driver).await?;
    snapshot.expand(&collection).await;
    match members(snapshot, &collection).await {
        Err(error) if error.is_absent() => Err(FindError::NoCollection {
            collection,
            driver: driver.name(),
        }),
        read => Ok(read?),
    }
}

async fn by_path(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    wanted: &str,
) -> Result<ResourcePath, FindError> {
    let path: ResourcePath = wanted.parse()?;
    let document = match snapshot.read(&path).await {
        Err(error) if error.is_absent() => {
            let nodes = nodes(snapshot, driver).await?;
            // The service may care about case where the caller did not.
            if let Some(same) = nodes.iter().find(|node| node.folded() == path.folded()) {
                return Ok(same.clone());
            }
            return Err(FindError::Nothing {
                wanted: path.to_string(),
                choices: nodes.iter().map(unread).collect(),
            });
        }
        read => read?,
    };
    let (kind, types): (_, &[&str]) = match driver {
        PodManagerDriver::Redfish | PodManagerDriver::RedfishComposition => {
            ("system", &["#ComputerSystem."])
        }
        PodManagerDriver::RedfishV1 => ("node", &["#ComposedNode.", "#Node."]),
    };
    match document.text("/@odata.type") {
        Some(found) if !types.iter().any(|kind| found.starts_with(kind)) => {
            Err(FindError::OtherKind {
                path,
                kind,
                found: tame(found, 100),
            })
        }
        _ => Ok(path),
    }
}

async fn by_name(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    wanted: &str,
) -> Result<ResourcePath, FindError> {
    let nodes = nodes(snapshot, driver).await?;
    // An `Id` mostly ends the path, which is known without reading the node.
    let mut same = nodes
        .iter()
        .filter(|node| fold(node.last_segment()) == fold(wanted));
    if let (Some(only), None) = (same.next(), same.next()) {
        return Ok(only.clone());
    }

    snapshot.prefetch(nodes.iter().cloned()).await;
    let mut choices = Vec::new();
    let mut failed = None;
    for node in &nodes {
        match snapshot.read(node).await {
            Ok(document) => choices.push(choice(&document)),
            // A member that leads nowhere is no node.
            Err(error) if error.is_absent() => {}
            Err(error) => failed = Some(error),
        }
    }
    let matches: [fn(&Choice, &str) -> bool; 4] = [
        |choice, wanted| choice.id == wanted,
        |choice, wanted| fold(&choice.id) == fold(wanted),
        |choice, wanted| {
            choice
                .uuid
                .as_deref()
                .is_some_and(|uuid| same_uuid(uuid, wanted))
        },
        |choice, wanted| choice.name.as_deref() == Some(wanted),
    ];
    for matches in matches {
        let mut found: Vec<_> = choices
            .iter()
            .filter(|choice| matches(choice, wanted))
            .cloned()
            .collect();
        match found.len() {
            0 => {}
            1 => return Ok(found.remove(0).path),
            _ => {
                return Err(FindError::Several {
                    wanted: tame(wanted, 100),
                    choices: found,
                });
            }
        }
    }
    // It may be the one that could not be read.
    match failed {
        Some(error) => Err(error.into()),
        None => Err(FindError::Nothing {
            wanted: tame(wanted, 100),
            choices,
        }),
    }
}

/// Hyphens and case of UUIDs are left to chance.
fn same_uuid(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.trim().replace('-', "").to_ascii_lowercase();
    !bare(one).is_empty() && bare(one) == bare(other)
}

async fn system_of(snapshot: &Snapshot, node: &Document) -> Result<ResourcePath, FindError> {
    let link = ["/Links/ComputerSystem", "/Links/ComputerSystem/0"]
        .into_iter()
        .find_map(|pointer| node.link(pointer));
    let Some(link) = link else {
        return Err(FindError::NoSystem {
            node: node.path().clone(),
        });
    };
    let system = link.map_err(ReadError::from)?;
    match present(snapshot.read(&system).await)? {
        Some(_) => Ok(system),
        None => Err(FindError::MissingSystem {
            node: node.path().clone(),
            system,
        }),
    }
}

fn choice(document: &Document) -> Choice {
    let path = document.path().clone();
    let text = |pointer| {
        document
            .text(pointer)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let id = match document.get("/Id") {
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => text("/Id"),
    };
    Choice {
        id: id.unwrap_or_else(|| path.last_segment().to_owned()),
        name: text("/Name"),
        uuid: text("/UUID"),
        path,
    }
}

fn unread(path: &ResourcePath) -> Choice {
    Choice {
        id: path.last_segment().to_owned(),
        path: path.clone(),
        name: None,
        uuid: None,
    }
}

#[cfg(test)]
mod tests;
