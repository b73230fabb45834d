//! Lists of nodes: how far they are believed, and what watching many nodes by them
//! spares. A stub of Ironic, for real ones neither lie nor have that many nodes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;
use valence::ironic::{self, Auth, Client, Evidence, Lookout, Twin};

use super::{plan, settings};

/// What follows a page.
#[derive(Clone, Copy)]
enum Next {
    /// The next one, until all are listed. Its link leads to somebody else.
    Page,
    /// The same again.
    Same,
}

/// An Ironic that lists `nodes`, so many on a page.
struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    nodes: Mutex<Vec<Value>>,
    page: usize,
    next: Next,
    /// Where the links to next pages lead.
    elsewhere: String,
    lists: Mutex<usize>,
    /// After so many pages the last node of each is deleted.
    deletes: Mutex<usize>,
    fails: Mutex<bool>,
}

impl Stub {
    async fn start(nodes: Vec<Value>, page: usize, next: Next, elsewhere: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            nodes: Mutex::new(nodes),
            page,
            next,
            elsewhere: elsewhere.to_owned(),
            lists: Mutex::default(),
            deletes: Mutex::default(),
            fails: Mutex::default(),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    fn client(&self) -> Client {
        Client::new(settings(&format!("http://{}", self.address), Auth::None))
            .expect("a client")
            .with_patience(Duration::from_millis(300))
    }

    /// How many pages were asked for since the last time.
    fn lists(&self) -> usize {
        std::mem::take(&mut self.shared.lists.lock().expect("a lock"))
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("x-openstack-ironic-api-minimum-version", "1.1"),
        ("x-openstack-ironic-api-maximum-version", "1.115"),
    ];
    let (status, body) = match uri.path() {
        "/" => (StatusCode::OK, json!({})),
        "/v1/ports" => (StatusCode::OK, json!({"ports": []})),
        "/v1/portgroups" => (StatusCode::OK, json!({"portgroups": []})),
        "/v1/nodes" => {
            *shared.lists.lock().expect("a lock") += 1;
            match *shared.fails.lock().expect("a lock") {
                true => (StatusCode::FORBIDDEN, Value::Null),
                false => match shared.list(&query) {
                    Some(body) => (StatusCode::OK, body),
                    None => gone(),
                },
            }
        }
        path => {
            let nodes = shared.nodes.lock().expect("a lock");
            let named = |node: &&Value| path.ends_with(node["uuid"].as_str().expect("a uuid"));
            match nodes.iter().find(named) {
                Some(node) => (StatusCode::OK, node.clone()),
                None => gone(),
            }
        }
    };
    (status, headers, body.to_string()).into_response()
}

fn gone() -> (StatusCode, Value) {
    let fault = json!({"faultstring": "not found"}).to_string();
    (StatusCode::NOT_FOUND, json!({"error_message": fault}))
}

impl Shared {
    /// None: the marker is not there.
    fn list(&self, query: &HashMap<String, String>) -> Option<Value> {
        let mut nodes = self.nodes.lock().expect("a lock");
        let state = query.get("provision_state");
        let listed: Vec<_> = nodes
            .iter()
            .filter(|node| state.is_none_or(|state| node["provision_state"] == state.as_str()))
            .collect();
        let after = |marker: &String| {
            listed
                .iter()
                .position(|node| node["uuid"] == marker.as_str())
        };
        let begin = match (self.next, query.get("marker")) {
            (Next::Page, Some(marker)) => after(marker)? + 1,
            _ => 0,
        };
        let rest = listed.get(begin..).unwrap_or_default();
        let page: Vec<_> = rest.iter().take(self.page).collect();
        let mut body = json!({"nodes": page});
        if rest.len() > page.len() || matches!(self.next, Next::Same) {
            body["next"] = json!(format!("{}/v1/nodes?marker=there", self.elsewhere));
        }
        let mut deletes = self.deletes.lock().expect("a lock");
        if let (Some(left), Some(last)) = (deletes.checked_sub(1), page.last()) {
            let last = last["uuid"].clone();
            *deletes = left;
            nodes.retain(|node| node["uuid"] != last);
        }
        Some(body)
    }
}

/// Nodes in `state`, each behind a BMC of its own.
fn nodes(number: u128, state: &str) -> Vec<Value> {
    let node = |n: u128| {
        json!({"uuid": Uuid::from_u128(n + 1), "name": format!("n{n}"), "provision_state": state, "extra": {},
            "traits": [], "driver_info": {"redfish_address": format!("https://bmc-{n}"), "redfish_system_id": "/redfish/v1/Systems/1"}})
    };
    (0..number).map(node).collect()
}

#[tokio::test]
async fn a_list_is_gone_through_to_its_end_and_nowhere_else() {
    let elsewhere = Stub::start(Vec::new(), 1, Next::Page, "").await;
    let there = format!("http://{}", elsewhere.address);
    let machine = plan(json!({"node": {"name": "ours", "driver_info":
        {"redfish_address": "https://bmc-6", "redfish_system_id": "/redfish/v1/Systems/1"}}}));

    let stub = Stub::start(nodes(7, "enroll"), 3, Next::Page, &there).await;
    let twin = ironic::find_twin(&stub.client(), &machine, &[]).await;
    match twin.expect("an answer") {
        Twin::One(found, evidence) => {
            assert_eq!((found.uuid, evidence), (Uuid::from_u128(7), Evidence::Bmc));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((stub.lists(), elsewhere.lists()), (3, 0));

    let stub = Stub::start(nodes(7, "enroll"), 3, Next::Same, &there).await;
    let twin = ironic::find_twin(&stub.client(), &machine, &[]).await;
    let error = twin.expect_err("a circle").to_string();
    assert!(error.contains("in a circle"), "{error}");
    assert_eq!((stub.lists(), elsewhere.lists()), (2, 0));
}

#[tokio::test]
async fn a_list_is_gone_through_though_nodes_go_meanwhile() {
    let machine = |n: u8| {
        plan(json!({"node": {"name": "ours", "driver_info":
            {"redfish_address": format!("https://bmc-{n}"), "redfish_system_id": "/redfish/v1/Systems/1"}}}))
    };
    // The last of the first page goes, then the last of the second and of the first.
    for (deletes, wanted) in [(1, 8), (2, 8), (3, 8), (3, 0)] {
        let stub = Stub::start(nodes(9, "enroll"), 3, Next::Page, "").await;
        *stub.shared.deletes.lock().expect("a lock") = deletes;
        let twin = ironic::find_twin(&stub.client(), &machine(wanted), &[]).await;
        let uuid = Uuid::from_u128(u128::from(wanted) + 1);
        match twin.expect("an answer") {
            Twin::One(found, Evidence::Bmc) => assert_eq!(found.uuid, uuid),
            other => panic!("{deletes}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn many_nodes_in_one_state_are_watched_by_one_list() {
    let stub = Stub::start(nodes(20, "verifying"), 500, Next::Page, "").await;
    let client = stub.client();
    let lookout = Lookout::default();
    let oldest = Duration::from_secs(60);
    let still = async |n: u128| {
        lookout
            .still(&client, Uuid::from_u128(n), "verifying", oldest)
            .await
    };
    for n in 1..8 {
        assert_eq!(still(n).await, None, "few are asked for one by one");
    }
    assert_eq!(stub.lists(), 0);
    for n in 8..=20 {
        let stands = still(n).await.expect("it is listed");
        assert_eq!(stands.state, "verifying");
    }
    assert_eq!(stub.lists(), 1);
    assert_eq!(still(99).await, None, "who is not listed is asked for");

    // A list that is older than what is asked for is made again.
    stub.shared.nodes.lock().expect("a lock")[2]["provision_state"] = json!("manageable");
    tokio::time::sleep(Duration::from_millis(150)).await;
    let of = |n| lookout.still(&client, Uuid::from_u128(n), "verifying", Duration::ZERO);
    assert_eq!(of(3).await, None);
    assert!(of(4).await.is_some());
    assert_eq!(stub.lists(), 1);
}

#[tokio::test]
async fn what_cannot_be_listed_is_not_listed_again_and_again() {
    for fails in [true, false] {
        // Too many pages, if it does not refuse.
        let stub = Stub::start(nodes(20, "verifying"), 5, Next::Page, "").await;
        *stub.shared.fails.lock().expect("a lock") = fails;
        let client = stub.client();
        let lookout = Lookout::default();
        for n in 1..=20 {
            let still = lookout.still(&client, Uuid::from_u128(n), "verifying", Duration::ZERO);
            assert_eq!(still.await, None);
        }
        assert_eq!(stub.lists(), if fails { 1 } else { 2 });
    }
}
