//! Flavours.

use std::sync::Arc;

use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::node::{Flavor, Requirements};
use crate::store::{self, Store};

/// The flavours that nodes can be composed by.
pub struct Flavors {
    store: Arc<Store>,
}

impl Flavors {
    /// Those in `store`.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Makes one.
    pub async fn create(&self, name: &str, properties: Requirements) -> Result<Flavor, Failure> {
        let now = store::now();
        let flavor = Flavor {
            uuid: Uuid::new_v4(),
            name: checked(name)?,
            properties,
            created_at: now,
            updated_at: now,
        };
        self.store.insert_flavor(&flavor).await?;
        Ok(flavor)
    }

    /// All of them, by name.
    pub async fn list(&self) -> Result<Vec<Flavor>, Failure> {
        Ok(self.store.flavors().await?)
    }

    /// The one with this uuid or name.
    pub async fn get(&self, id: &str) -> Result<Flavor, Failure> {
        Ok(self.store.flavor(id).await?)
    }

    /// Changes one. What is none stays as it is.
    pub async fn update(
        &self,
        id: &str,
        name: Option<String>,
        properties: Option<Requirements>,
    ) -> Result<Flavor, Failure> {
        let mut flavor = self.get(id).await?;
        if let Some(name) = name {
            flavor.name = checked(&name)?;
        }
        if let Some(properties) = properties {
            flavor.properties = properties;
        }
        flavor.updated_at = store::now();
        self.store.update_flavor(&flavor).await?;
        Ok(flavor)
    }

    /// Forgets one. Nodes that were composed by it stay as they are.
    pub async fn delete(&self, id: &str) -> Result<(), Failure> {
        let flavor = self.get(id).await?;
        Ok(self.store.delete_flavor(flavor.uuid).await?)
    }
}

fn checked(name: &str) -> Result<String, Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        let detail = "a flavor needs a `name` of 1 to 255 characters";
        return Err(Failure::new(Cause::BadRequest, detail).at("/name"));
    }
    Ok(name.to_owned())
}
