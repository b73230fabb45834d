//! A Redfish service that answers at once: for tests that register thousands of
//! times, and that are not about Redfish.

use std::net::SocketAddr;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// One system with four network interfaces, on loopback, for as long as the
/// runtime lives.
pub struct Bmc {
    address: SocketAddr,
}

impl Bmc {
    /// The `Id` of its system.
    pub const SYSTEM: &str = "1";

    /// Starts it. `number` goes into its MACs.
    pub async fn start(number: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = move |Path(path): Path<String>| async move {
            match document(number, path.trim_end_matches('/')) {
                Some(document) => Ok(Json(document)),
                None => Err(StatusCode::NOT_FOUND),
            }
        };
        let router = Router::new().route("/{*path}", routing::get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The MAC of its interface `n`, from 1 to 4.
    pub fn mac(number: u16, n: u8) -> String {
        let [high, low] = number.to_be_bytes();
        format!("52:54:b0:{high:02x}:{low:02x}:{n:02x}")
    }
}

fn document(number: u16, path: &str) -> Option<Value> {
    let id = |path: &str| json!({"@odata.id": format!("/redfish/v1{path}")});
    let collection = |members: Vec<Value>| json!({"Name": "Members", "Members@odata.count": members.len(), "Members": members});
    let body = match path.strip_prefix("redfish/v1")? {
        "" => {
            json!({"Id": "RootService", "Name": "Root", "RedfishVersion": "1.15.0", "Systems": id("/Systems")})
        }
        "/Systems" => collection(vec![id("/Systems/1")]),
        "/Systems/1" => json!({
            "Id": "1", "Name": "System", "SystemType": "Physical",
            "Manufacturer": "Acme Metal", "Model": "AM-1", "SerialNumber": number.to_string(),
            "PowerState": "Off",
            "MemorySummary": {"TotalSystemMemoryGiB": 64},
            "ProcessorSummary": {"Count": 2, "CoreCount": 32, "LogicalProcessorCount": 64},
            "EthernetInterfaces": id("/Systems/1/EthernetInterfaces"),
        }),
        "/Systems/1/EthernetInterfaces" => collection(
            (1..=4)
                .map(|n| id(&format!("/Systems/1/EthernetInterfaces/{n}")))
                .collect(),
        ),
        nic => {
            let n = nic.strip_prefix("/Systems/1/EthernetInterfaces/")?;
            let mac = Bmc::mac(number, n.parse().ok().filter(|n| (1..=4).contains(n))?);
            json!({"Id": n, "Name": "NIC", "MACAddress": mac, "PermanentMACAddress": mac, "LinkStatus": "LinkUp"})
        }
    };
    let Value::Object(mut body) = body else {
        return None;
    };
    body.insert("@odata.id".into(), json!(format!("/{path}")));
    body.insert("@odata.type".into(), json!("#Resource.v1_0_0.Resource"));
    Some(Value::Object(body))
}
