//! A Redfish service with many systems, each with two network interfaces, that counts
//! who reads it at the same time.

use std::time::Duration;

use crate::Valence;
use crate::emulator::{AtOnce, Emulator, Machine};

/// The service, on loopback.
pub struct Rack {
    name: String,
    systems: u16,
    emulator: Emulator,
}

impl Rack {
    /// Starts one called `name`, with so many `systems`. `first` and the numbers after
    /// it go into their MACs.
    pub async fn start(name: &str, first: u16, systems: u16, delay: Duration) -> Self {
        let machines = (1..=systems).map(|n| Machine {
            id: n.to_string(),
            model: "AM-2",
            number: first + n,
            nics: 2,
        });
        let emulator = Emulator::of_machines(machines).delay(delay).start().await;
        Self {
            name: name.to_owned(),
            systems,
            emulator,
        }
    }

    /// Has `valence` manage all of its systems. Gives the nodes' names.
    pub async fn managed_by(&self, valence: &Valence) -> Vec<String> {
        let mut names = Vec::new();
        for n in 1..=self.systems {
            let name = format!("{}-{n}", self.name);
            let url = self.emulator.url();
            valence.manage(&self.name, url, &n.to_string(), &name).await;
            names.push(name);
        }
        self.emulator.forget_seen();
        names
    }

    /// The most that it has had to do at once since its nodes were managed.
    pub fn most_at_once(&self) -> AtOnce {
        self.emulator.most_at_once()
    }
}
