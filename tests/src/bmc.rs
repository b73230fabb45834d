//! A Redfish service that answers at once: for tests that register thousands of
//! times, and that are not about Redfish.

use crate::emulator::{Emulator, Machine};

/// One system with four network interfaces, on loopback.
pub struct Bmc {
    emulator: Emulator,
}

impl Bmc {
    /// The `Id` of its system.
    pub const SYSTEM: &str = "1";

    /// Starts it. `number` goes into its MACs.
    pub async fn start(number: u16) -> Self {
        let emulator = Emulator::of_machines([machine(number)]).start().await;
        Self { emulator }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.emulator.url().to_owned()
    }

    /// Has it list its network interfaces the other way round, as some do after a
    /// restart.
    pub fn turn_round(&self) {
        let nics = format!("/redfish/v1/Systems/{}/EthernetInterfaces", Self::SYSTEM);
        let mut members = self.emulator.members(&nics);
        members.reverse();
        self.emulator
            .change(|documents| documents.set_members(&nics, &members));
    }

    /// What it is made of, to be changed.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The MAC of its interface `n`, from 1 to 4.
    pub fn mac(number: u16, n: u8) -> String {
        machine(number).mac(n)
    }
}

fn machine(number: u16) -> Machine {
    Machine {
        id: Bmc::SYSTEM.into(),
        model: "AM-1",
        number,
        nics: 4,
    }
}
