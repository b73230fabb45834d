//! Watches many nodes that Ironic is at work on: one list of all that are in the
//! same state in place of a request a node.
//!
//! A node on the list is where it was. One that is not has moved on, or Ironic does
//! not list it for us (a child of another, one of another project, one too many), and
//! is to be looked at by itself. So a list spares requests, and decides nothing.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use super::Client;
use super::listing::go_through;
use super::provision::{FIELDS, ProvisionState};

/// From so many nodes in one state on they are listed. Ironic lists as many in about
/// the time that it takes to show one or two.
const MANY: usize = 8;

/// Whoever has not asked for so long is not watched any longer.
const FORGOTTEN: Duration = Duration::from_secs(15);

/// The most pages of one list: with more nodes of others in the same state it would
/// cost more than it spares.
const PAGES: usize = 2;

/// For how long a state is not listed whose list was too long, or failed.
const LEFT_ALONE: Duration = Duration::from_secs(60);

/// A list is not made again before it is so old.
const FRESH: Duration = Duration::from_millis(100);

/// What is known of the nodes that are watched, by the state that they are in.
#[derive(Default)]
pub struct Lookout(Mutex<HashMap<String, InState>>);

#[derive(Default)]
struct InState {
    /// Who is watched, and when that was last asked for.
    watched: HashMap<Uuid, Instant>,
    list: Option<List>,
}

struct List {
    /// When it was asked for.
    at: Instant,
    /// None: it is of no use.
    nodes: Option<HashMap<Uuid, ProvisionState>>,
}

impl Lookout {
    /// Where `node` stands, if that is still in `state` and known without asking for
    /// this node alone. What is told is no older than `oldest`.
    pub async fn still(
        &self,
        client: &Client,
        node: Uuid,
        state: &str,
        oldest: Duration,
    ) -> Option<ProvisionState> {
        // Held while a list is made: whoever wants it too waits for this one.
        let mut states = self.0.lock().await;
        let now = Instant::now();
        states.retain(|_, of| {
            of.watched.retain(|_, asked| now - *asked < FORGOTTEN);
            !of.watched.is_empty()
        });
        let of = states.entry(state.to_owned()).or_default();
        of.watched.insert(node, now);
        if of.watched.len() < MANY {
            return None;
        }
        let is_good = |list: &List| {
            let good_for = match &list.nodes {
                Some(_) => oldest.max(FRESH),
                None => LEFT_ALONE,
            };
            now - list.at <= good_for
        };
        if !of.list.as_ref().is_some_and(is_good) {
            let nodes = listed(client, state).await;
            of.list = Some(List { at: now, nodes });
        }
        of.list.as_ref()?.nodes.as_ref()?.get(&node).cloned()
    }
}

/// All nodes in `state`. None if they are too many, or Ironic does not tell.
async fn listed(client: &Client, state: &str) -> Option<HashMap<Uuid, ProvisionState>> {
    let mut nodes = HashMap::new();
    let query = [("provision_state", state), ("fields", FIELDS)];
    let uuid = |node: &Value| node.get("uuid")?.as_str()?.parse().ok();
    let gone_through = go_through(
        client,
        &query,
        PAGES,
        || None,
        |node| {
            let stands = ProvisionState::of(node);
            if let Some(uuid) = uuid(node).filter(|_| stands.state == state) {
                nodes.insert(uuid, stands);
            }
        },
    )
    .await;
    match gone_through {
        Ok(true) => Some(nodes),
        Ok(false) => {
            tracing::debug!(
                state,
                "too many nodes in ironic are in this state to be listed"
            );
            None
        }
        Err(error) => {
            tracing::debug!(state, %error, "nodes are not watched by a list");
            None
        }
    }
}
