//! Redfish services that answer at once, with any number of machines behind each,
//! each with four network interfaces.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How many services there are.
const SERVICES: u32 = 8;
/// The network interfaces of a machine.
pub(crate) const NICS: u32 = 4;

/// Pod managers, for as long as the runtime lives.
pub(crate) struct Machines {
    services: Vec<SocketAddr>,
    next: AtomicU32,
}

/// A machine that nobody has had yet.
pub(crate) struct Machine {
    /// Which of the pod managers it stands behind.
    pub(crate) service: usize,
    /// The `Id` of its system.
    pub(crate) system: u32,
}

impl Machines {
    pub(crate) async fn start() -> Result<Self> {
        let mut services = Vec::new();
        for _ in 0..SERVICES {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            services.push(listener.local_addr()?);
            let router = Router::new()
                .route("/{*path}", routing::get(answer))
                .with_state(());
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Ok(Self {
            services,
            next: AtomicU32::new(0),
        })
    }

    /// The addresses of the pod managers.
    pub(crate) fn urls(&self) -> impl Iterator<Item = String> {
        self.services
            .iter()
            .map(|service| format!("http://{service}"))
    }

    /// Another machine.
    pub(crate) fn another(&self) -> Machine {
        let system = self.next.fetch_add(1, Ordering::Relaxed);
        Machine {
            service: (system % SERVICES) as usize,
            system,
        }
    }
}

async fn answer(State(()): State<()>, Path(path): Path<String>) -> Result<Json<Value>, StatusCode> {
    match document(path.trim_end_matches('/')) {
        Some(document) => Ok(Json(document)),
        None => Err(StatusCode::NOT_FOUND),
    }
}

fn document(path: &str) -> Option<Value> {
    let id = |path: &str| json!({"@odata.id": format!("/redfish/v1{path}")});
    let words: Vec<_> = path
        .strip_prefix("redfish/v1")?
        .split('/')
        .skip(1)
        .collect();
    let mut body = match words.as_slice() {
        [] => json!({"Id": "RootService", "RedfishVersion": "1.15.0", "Systems": id("/Systems")}),
        // Nodes are named by their path, so nobody looks for them here.
        ["Systems"] => json!({"Name": "Systems", "Members": []}),
        ["Systems", system] => json!({
            "Id": system, "Name": "System", "SystemType": "Physical",
            "Manufacturer": "Acme Metal", "Model": "AM-1", "SerialNumber": format!("SN{system}"),
            "PowerState": "Off",
            "MemorySummary": {"TotalSystemMemoryGiB": 64},
            "ProcessorSummary": {"Count": 2, "CoreCount": 32, "LogicalProcessorCount": 64},
            "EthernetInterfaces": id(&format!("/Systems/{system}/EthernetInterfaces")),
        }),
        ["Systems", system, "EthernetInterfaces"] => {
            let nic = |n| id(&format!("/Systems/{system}/EthernetInterfaces/{n}"));
            json!({"Name": "Interfaces", "Members": (1..=NICS).map(nic).collect::<Vec<_>>()})
        }
        ["Systems", system, "EthernetInterfaces", nic] => {
            let [_, high, middle, low] = system.parse::<u32>().ok()?.to_be_bytes();
            let nic: u8 = nic.parse().ok()?;
            let mac = format!("52:54:{high:02x}:{middle:02x}:{low:02x}:{nic:02x}");
            json!({"Id": nic.to_string(), "Name": "NIC", "MACAddress": mac, "PermanentMACAddress": mac, "LinkStatus": "LinkUp"})
        }
        _ => return None,
    };
    let fields = body.as_object_mut()?;
    fields.insert("@odata.id".into(), json!(format!("/{path}")));
    let kind = match words.len() {
        2 => "#ComputerSystem.v1_20_0.ComputerSystem",
        _ => "#Resource.v1_0_0.Resource",
    };
    fields.insert("@odata.type".into(), json!(kind));
    Some(body)
}
