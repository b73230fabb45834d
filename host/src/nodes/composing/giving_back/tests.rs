//! Pod managers that hang and refuse.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;
use tokio::net::TcpListener;

use super::*;
use crate::node::{CredentialsSource, VerifyCa};
use crate::nodes::{Keyring, PodManagers, RedfishOptions};
use crate::redfish::ReadLimits;
use crate::store::Store;
use crate::store::tests::{composition, node, pod_manager};

/// Longer than what is waited for may take.
const FOR_EVER: Duration = Duration::from_secs(3600);

async fn nodes() -> (Arc<Nodes>, Arc<Store>) {
    let store = Arc::new(Store::open("sqlite::memory:", None).await.unwrap());
    let keyring = Arc::new(Keyring::new(BTreeMap::new(), Arc::clone(&store)));
    let options = RedfishOptions {
        timeout: FOR_EVER,
        max_document: 1 << 20,
        concurrency: 1,
        retry_for: Duration::ZERO,
        cache: 0,
        expand: false,
        limits: ReadLimits {
            time: FOR_EVER,
            ..ReadLimits::default()
        },
    };
    let pod_managers = Arc::new(PodManagers::new(Arc::clone(&store), keyring, options));
    let nodes = Arc::new(Nodes::new(Arc::clone(&store), pod_managers));
    (nodes, store)
}

/// One that deletes with this status; none: that accepts connections and nothing else.
async fn service(deleting: Option<StatusCode>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let Some(status) = deleting else {
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        return url;
    };
    let answer = async move |request: Request| -> Response {
        match *request.method() {
            Method::DELETE => status.into_response(),
            _ => Json(json!({"Id": "1", "Name": "one"})).into_response(),
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

/// A composed node of the pod manager at `url` that is to be given back.
async fn leaving(store: &Store, name: &str, url: &str) -> Uuid {
    let mut rack = pod_manager(name, url);
    rack.credentials = CredentialsSource::Absent;
    rack.verify_ca = VerifyCa::Check(true);
    store.insert_pod_manager(&rack).await.unwrap();
    let machine = node(name, rack.uuid, "/redfish/v1/Nodes/1");
    let turn = store.lease(Work::Node(machine.uuid)).await.unwrap().ok();
    let new = composition(&machine);
    store.insert_composition(&new).await.unwrap();
    store
        .set_made(machine.uuid, "/redfish/v1/Nodes/1")
        .await
        .unwrap();
    let composed = store.complete_composition(&machine, None, false);
    composed.await.unwrap();
    assert!(store.set_removing(machine.uuid, true).await.unwrap());
    turn.unwrap().give_back().await;
    machine.uuid
}

#[tokio::test]
async fn one_that_hangs_holds_up_no_other_and_what_is_refused_stays_composed() {
    let (nodes, store) = nodes().await;
    let hanging = leaving(&store, "hanging", &service(None).await).await;
    let refusing = service(Some(StatusCode::FORBIDDEN)).await;
    let refused = leaving(&store, "refusing", &refusing).await;
    let giving = service(Some(StatusCode::NO_CONTENT)).await;
    let given = leaving(&store, "giving", &giving).await;
    let keeper = Arc::clone(&nodes);
    let keeping = tokio::spawn(async move { keeper.keep_giving_back().await });
    let state = async |node| {
        let of = store.composition(node).await.unwrap();
        of.map(|of| of.state)
    };
    let settled = async {
        while state(given).await.is_some()
            || state(refused).await != Some(CompositionState::Composed)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let settled = tokio::time::timeout(Duration::from_secs(60), settled).await;
    keeping.abort();
    assert!(
        settled.is_ok(),
        "{:?} {:?}",
        state(given).await,
        state(refused).await
    );
    assert_eq!(state(hanging).await, Some(CompositionState::Removing));
}
