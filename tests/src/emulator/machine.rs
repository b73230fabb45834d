//! Machines that are made up.

use serde_json::{Value, json};
use uuid::Uuid;

use super::documents::{Documents, collection, link};

/// A system with some network interfaces.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its `Id`.
    pub id: String,
    /// Its `Model`.
    pub model: &'static str,
    /// Goes into its MACs and its serial number.
    pub number: u16,
    /// How many network interfaces it has.
    pub nics: u8,
}

impl Machine {
    /// The MAC of its interface `n`, which begins with 1.
    pub fn mac(&self, n: u8) -> String {
        let [high, low] = self.number.to_be_bytes();
        format!("52:54:b0:{high:02x}:{low:02x}:{n:02x}")
    }

    fn add_to(&self, documents: &mut Documents) {
        let path = format!("/redfish/v1/Systems/{}", self.id);
        let interfaces = format!("{path}/EthernetInterfaces");
        let mut system = json!({
            "@odata.type": "#ComputerSystem.v1_20_1.ComputerSystem",
            "Id": self.id, "Name": "System", "SystemType": "Physical",
            "UUID": Uuid::from_u128(u128::from(self.number) | 0x56_414c_0000_4000_8000_0000_0000_0000),
            "Manufacturer": "Acme Metal", "Model": self.model, "SerialNumber": self.number.to_string(),
            "Status": {"State": "Enabled", "Health": "OK"},
            "MemorySummary": {"TotalSystemMemoryGiB": 64},
            "ProcessorSummary": {"Count": 2, "CoreCount": 32, "LogicalProcessorCount": 64},
            "EthernetInterfaces": link(&interfaces),
        });
        make_controllable(&mut system, &path);
        documents.put_member("/redfish/v1/Systems", &path, system);
        documents.put(&interfaces, collection("EthernetInterface"));
        for n in 1..=self.nics {
            let interface = nic(&n.to_string(), &self.mac(n));
            documents.put_member(&interfaces, &format!("{interfaces}/{n}"), interface);
        }
    }
}

impl Documents {
    /// A service with these systems.
    pub fn of_machines(machines: impl IntoIterator<Item = Machine>) -> Self {
        let mut documents = Self::default();
        let root = json!({
            "@odata.type": "#ServiceRoot.v1_15_0.ServiceRoot", "Id": "RootService", "Name": "Root",
            "RedfishVersion": "1.15.0", "Systems": link("/redfish/v1/Systems"),
        });
        documents.put("/redfish/v1", root);
        documents.put("/redfish/v1/Systems", collection("ComputerSystem"));
        for machine in machines {
            machine.add_to(&mut documents);
        }
        documents
    }
}

/// Power and boot source of the system at `path`.
pub(super) fn make_controllable(system: &mut Value, path: &str) {
    system["PowerState"] = json!("Off");
    system["Boot"] = json!({
        "BootSourceOverrideEnabled": "Disabled",
        "BootSourceOverrideEnabled@Redfish.AllowableValues": ["Disabled", "Once", "Continuous"],
        "BootSourceOverrideTarget": "None",
        "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "Hdd", "Cd", "BiosSetup"],
    });
    system["Actions"] = json!({"#ComputerSystem.Reset": {
        "target": format!("{path}/Actions/ComputerSystem.Reset"),
        "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "GracefulRestart", "ForceOn"],
    }});
}

/// A network interface.
pub(super) fn nic(id: &str, mac: &str) -> Value {
    json!({
        "@odata.type": "#EthernetInterface.v1_9_0.EthernetInterface", "Id": id, "Name": "NIC",
        "MACAddress": mac, "PermanentMACAddress": mac, "LinkStatus": "LinkUp",
    })
}
