//! The machine that an evil service stands for.

use serde_json::{Value, json};

use super::Place;

/// The document at `target`, which may have a query, and which place it is.
pub(super) fn document(target: &str) -> Option<(Option<Place>, Value)> {
    let link = |path: &str| json!({"@odata.id": format!("/redfish/v1{path}")});
    let nics = "/Systems/1/EthernetInterfaces";
    let below = target.strip_prefix("/redfish/v1")?.trim_end_matches('/');
    let (place, mut body) = match below {
        "" => (
            Some(Place::Root),
            json!({
                "Id": "RootService", "Name": "Root", "RedfishVersion": "1.15.0",
                "Systems": link("/Systems"), "Links": {"Sessions": link("/SessionService/Sessions")},
            }),
        ),
        "/Systems" => (
            None,
            json!({"Name": "Systems", "Members": [link("/Systems/1")]}),
        ),
        "/Systems/1" => (
            Some(Place::System),
            json!({
                "@odata.type": "#ComputerSystem.v1_20_0.ComputerSystem",
                "Id": "1", "Name": "System", "Manufacturer": "Acme", "Model": "AM-1",
                "MemorySummary": {"TotalSystemMemoryGiB": 64}, "ProcessorSummary": {"Count": 2},
                "EthernetInterfaces": link(nics), "Links": {"ManagedBy": [link("/Managers/1")]},
            }),
        ),
        "/Managers/1" => (
            Some(Place::Link),
            json!({"@odata.type": "#Manager.v1_19_0.Manager", "Id": "1", "Name": "BMC", "ManagerType": "BMC"}),
        ),
        "/Systems/1/EthernetInterfaces" => (
            Some(Place::Collection),
            json!({
                "@odata.type": "#EthernetInterfaceCollection.EthernetInterfaceCollection", "Name": "NICs",
                "Members@odata.count": 3, "Members": [link(&format!("{nics}/1")), link(&format!("{nics}/2"))],
                "Members@odata.nextLink": format!("/redfish/v1{nics}?$skip=2"),
            }),
        ),
        "/Systems/1/EthernetInterfaces?$skip=2" => (
            Some(Place::Page),
            json!({"Name": "NICs", "Members@odata.count": 3, "Members": [link(&format!("{nics}/3"))]}),
        ),
        _ => match below.strip_prefix("/Endless?page=") {
            Some(page) => {
                let page: u64 = page.parse().ok()?;
                let next = format!("/redfish/v1/Endless?page={}", page + 1);
                let member = link(&format!("/Endless/{page}"));
                (
                    None,
                    json!({"Name": "x", "Members": [member], "Members@odata.nextLink": next}),
                )
            }
            None => {
                let nic: u8 = below.strip_prefix(nics)?.strip_prefix('/')?.parse().ok()?;
                let mac = format!("52:54:ee:00:00:{nic:02x}");
                (
                    Some(Place::Member),
                    json!({"Id": nic.to_string(), "Name": "NIC", "MACAddress": mac}),
                )
            }
        },
    };
    body["@odata.id"] = target.into();
    Some((place, body))
}
