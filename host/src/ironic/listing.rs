//! Lists of nodes, page by page.
//!
//! Ironic links each page to the next one. Only that there is a link is believed:
//! the next page is asked for where all requests go, after the last node that was
//! listed, so that no answer leads to another place or round in a circle.

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::Call;
use super::patience::Patience;
use super::{Client, IronicError};

/// So many nodes are listed with one request: Ironic's own limit is 1000.
const PAGE: usize = 500;

/// Goes through the nodes of a list that `query` asks for, `each` by itself, for no
/// more than `pages` pages. Says whether those were all. `patience` is how long what
/// may pass is tried again, for each page.
pub(super) async fn go_through(
    client: &Client,
    query: &[(&'static str, &str)],
    pages: usize,
    mut patience: impl FnMut() -> Option<Patience>,
    mut each: impl FnMut(&Value),
) -> Result<bool, IronicError> {
    let mut markers = BTreeSet::new();
    let mut marker = None;
    for _ in 0..pages {
        let mut call = Call::get(["nodes"]).query("limit", PAGE.to_string());
        for (key, value) in query {
            call = call.query(key, *value);
        }
        if let Some(marker) = marker {
            call = call.query("marker", marker);
        }
        let page = page(client, &call, patience()).await?;
        let nodes = page.get("nodes").and_then(Value::as_array);
        let nodes = nodes.map(Vec::as_slice).unwrap_or_default();
        nodes.iter().for_each(&mut each);
        let last = nodes.last().and_then(|node| node.get("uuid")?.as_str());
        let Some(last) = last.filter(|_| page.get("next").is_some()) else {
            return Ok(true);
        };
        if !markers.insert(last.to_owned()) {
            return Err(client.garbage(&call, "its pages go round in a circle"));
        }
        marker = Some(last.to_owned());
    }
    Ok(false)
}

async fn page(
    client: &Client,
    call: &Call<'_>,
    mut patience: Option<Patience>,
) -> Result<Value, IronicError> {
    loop {
        let error = match client.send(call).await {
            Ok(page) if page.get("nodes").is_some_and(Value::is_array) => return Ok(page),
            Ok(_) => client.garbage(call, "the answer lists something else than was asked for"),
            Err(error) => error,
        };
        let again = match &mut patience {
            Some(patience) => patience.wait_after(&error).await,
            None => false,
        };
        if !again {
            return Err(error);
        }
    }
}
