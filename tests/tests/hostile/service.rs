//! A Redfish service with any number of machines, one of whose documents never
//! comes.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The machines `m0`, `m1`, … behind one service.
pub(super) async fn machines(number: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = Router::new()
        .route("/redfish/v1", get(root))
        .route("/redfish/v1/", get(root))
        .route("/redfish/v1/Systems", get(async move || systems(number)))
        .route("/redfish/v1/Systems/{id}", get(system))
        .route("/redfish/v1/Systems/{id}/EthernetInterfaces", get(nics))
        .route("/redfish/v1/Systems/{id}/EthernetInterfaces/1", get(nic))
        .route(
            "/redfish/v1/Systems/{id}/Hanging",
            get(std::future::pending::<Response>),
        )
        .route("/redfish/v1/Systems/{id}/Long", get(long));
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

fn link(path: String) -> Value {
    json!({"@odata.id": format!("/redfish/v1{path}")})
}

fn answer(path: String, rest: Value) -> Response {
    let mut document = link(path);
    let fields = document.as_object_mut().unwrap();
    fields.extend(rest.as_object().unwrap().clone());
    axum::Json(document).into_response()
}

async fn root() -> Response {
    let rest = json!({"RedfishVersion": "1.15.0", "Systems": link("/Systems".into())});
    answer(String::new(), rest)
}

fn systems(number: usize) -> Response {
    let members: Vec<_> = (0..number)
        .map(|n| link(format!("/Systems/m{n}")))
        .collect();
    answer("/Systems".into(), json!({"Members": members}))
}

async fn system(Path(id): Path<String>) -> Response {
    let own = format!("/Systems/{id}");
    let rest = json!({
        "Id": id,
        "Name": "System",
        "Manufacturer": "Contoso",
        "SystemType": "Physical",
        "ProcessorSummary": {"Count": 2},
        "MemorySummary": {"TotalSystemMemoryGiB": 96},
        "EthernetInterfaces": link(format!("{own}/EthernetInterfaces")),
        "Oem": {
            "Hanging": link(format!("{own}/Hanging")),
            "Long": link(format!("{own}/Long")),
            "Absent": (0..10).map(|n| link(format!("{own}/Absent/{n}"))).collect::<Vec<_>>(),
        },
    });
    answer(own, rest)
}

async fn nics(Path(id): Path<String>) -> Response {
    let own = format!("/Systems/{id}/EthernetInterfaces");
    let members = json!({"Members": [link(format!("{own}/1"))]});
    answer(own, members)
}

async fn nic(Path(id): Path<String>) -> Response {
    let number: u32 = id.trim_start_matches('m').parse().unwrap();
    let mac = format!("52:54:00:aa:{:02x}:{:02x}", number >> 8, number & 0xff);
    let rest = json!({"Id": "1", "MACAddress": mac});
    answer(format!("/Systems/{id}/EthernetInterfaces/1"), rest)
}

async fn long(Path(id): Path<String>) -> Response {
    let values: Vec<_> = (0..20_000).map(|n| format!("{n:0100}")).collect();
    answer(format!("/Systems/{id}/Long"), json!({"Values": values}))
}
