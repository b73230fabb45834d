//! A Redfish service with many systems, each with two network interfaces, that counts
//! who reads it at the same time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{Bmc, Valence};

/// The service, on loopback, for as long as the runtime lives.
pub struct Rack {
    name: String,
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    first: u16,
    systems: u16,
    /// How long it takes for each answer.
    delay: Duration,
    count: Mutex<Count>,
}

#[derive(Default)]
struct Count {
    /// How many requests there are for each system now.
    now: BTreeMap<String, usize>,
    most: AtOnce,
}

/// The most that were ever being answered at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtOnce {
    /// Requests.
    pub requests: usize,
    /// Systems that they were about.
    pub systems: usize,
}

impl Rack {
    /// Starts one called `name`, with so many `systems`. `first` and the numbers after
    /// it go into their MACs.
    pub async fn start(name: &str, first: u16, systems: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            first,
            systems,
            delay,
            count: Mutex::default(),
        });
        let router = Router::new()
            .route("/{*path}", routing::get(answer))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            name: name.to_owned(),
            address,
            shared,
        }
    }

    /// Has `valence` manage all of its systems. Gives the nodes' names.
    pub async fn managed_by(&self, valence: &Valence) -> Vec<String> {
        let url = format!("http://{}", self.address);
        let mut names = Vec::new();
        for n in 1..=self.shared.systems {
            let name = format!("{}-{n}", self.name);
            valence
                .manage(&self.name, &url, &n.to_string(), &name)
                .await;
            names.push(name);
        }
        self.shared.count.lock().unwrap().most = AtOnce::default();
        names
    }

    /// The most that it has had to do at once since its nodes were managed.
    pub fn most_at_once(&self) -> AtOnce {
        self.shared.count.lock().unwrap().most
    }
}

async fn answer(
    State(rack): State<Arc<Shared>>,
    Path(path): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let path = path.trim_end_matches('/');
    let system = path.split('/').nth(3).map(str::to_owned);
    rack.count.lock().unwrap().enter(system.as_deref());
    tokio::time::sleep(rack.delay).await;
    rack.count.lock().unwrap().leave(system.as_deref());
    let mut body = rack.document(path).ok_or(StatusCode::NOT_FOUND)?;
    body["@odata.id"] = json!(format!("/{path}"));
    body["@odata.type"] = json!("#Resource.v1_0_0.Resource");
    Ok(Json(body))
}

impl Count {
    fn enter(&mut self, system: Option<&str>) {
        *self
            .now
            .entry(system.unwrap_or_default().to_owned())
            .or_default() += 1;
        let systems = self.now.keys().filter(|system| !system.is_empty()).count();
        self.most.systems = self.most.systems.max(systems);
        self.most.requests = self.most.requests.max(self.now.values().sum());
    }

    fn leave(&mut self, system: Option<&str>) {
        let system = system.unwrap_or_default();
        if let Some(requests) = self.now.get_mut(system) {
            *requests -= 1;
            if *requests == 0 {
                self.now.remove(system);
            }
        }
    }
}

impl Shared {
    fn document(&self, path: &str) -> Option<Value> {
        let link = |path: String| json!({"@odata.id": format!("/redfish/v1{path}")});
        let members = |members: Vec<Value>| json!({"Name": "Members", "Members@odata.count": members.len(), "Members": members});
        let segments: Vec<_> = path
            .strip_prefix("redfish/v1")?
            .split('/')
            .skip(1)
            .collect();
        let number = |text: &str| {
            text.parse::<u16>()
                .ok()
                .filter(|n| (1..=self.systems).contains(n))
        };
        Some(match segments.as_slice() {
            [] => {
                json!({"Id": "RootService", "Name": "Root", "RedfishVersion": "1.15.0", "Systems": link("/Systems".into())})
            }
            ["Systems"] => members(
                (1..=self.systems)
                    .map(|n| link(format!("/Systems/{n}")))
                    .collect(),
            ),
            ["Systems", n] => json!({
                "Id": number(n)?.to_string(), "Name": "System", "SystemType": "Physical",
                "Manufacturer": "Acme Metal", "Model": "AM-2", "PowerState": "Off",
                "MemorySummary": {"TotalSystemMemoryGiB": 64},
                "ProcessorSummary": {"Count": 2, "CoreCount": 32},
                "EthernetInterfaces": link(format!("/Systems/{n}/EthernetInterfaces")),
            }),
            ["Systems", n, "EthernetInterfaces"] => members(
                (1..=2)
                    .map(|nic| link(format!("/Systems/{n}/EthernetInterfaces/{nic}")))
                    .collect(),
            ),
            ["Systems", n, "EthernetInterfaces", nic] => {
                let mac = Bmc::mac(
                    self.first + number(n)?,
                    nic.parse().ok().filter(|nic| (1..=2).contains(nic))?,
                );
                json!({"Id": nic, "Name": "NIC", "MACAddress": mac, "PermanentMACAddress": mac, "LinkStatus": "LinkUp"})
            }
            _ => return None,
        })
    }
}
