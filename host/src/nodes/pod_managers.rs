//! Pod managers.

use crate::failure::Failure;
use crate::node::PodManager;

use super::{NewPodManager, PodManagerPatch};

/// The pod managers that Valence knows.
pub struct PodManagers {}

impl PodManagers {
    /// Makes a pod manager known. Its service is asked for its root first.
    pub async fn create(&self, new: NewPodManager) -> Result<PodManager, Failure> {
        let _ = new;
        Err(Failure::internal("unwired"))
    }

    /// All, by name.
    pub async fn list(&self) -> Result<Vec<PodManager>, Failure> {
        Err(Failure::internal("unwired"))
    }

    /// The one with this uuid or name.
    pub async fn get(&self, id: &str) -> Result<PodManager, Failure> {
        let _ = id;
        Err(Failure::internal("unwired"))
    }

    /// Changes one that was created over the API.
    pub async fn update(&self, id: &str, patch: PodManagerPatch) -> Result<PodManager, Failure> {
        let _ = (id, patch);
        Err(Failure::internal("unwired"))
    }

    /// Forgets one that was created over the API and has no nodes.
    pub async fn delete(&self, id: &str) -> Result<(), Failure> {
        let _ = id;
        Err(Failure::internal("unwired"))
    }

    /// The account that it is talked to with; its password is never shown.
    pub fn username(&self, pod_manager: &PodManager) -> Option<String> {
        let _ = pod_manager;
        None
    }
}
