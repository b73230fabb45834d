//! Lists of nodes, page by page.
//!
//! Ironic links each page to the next one. Only that there is a link is believed:
//! the next page is asked for where all requests go, after the last node that was
//! listed, so that no answer leads to another place or round in a circle.

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::Call;
use super::error::IronicErrorKind as Kind;
use super::patience::Patience;
use super::{Client, IronicError};

/// So many nodes are listed with one request: Ironic's own limit is 1000.
const PAGE: usize = 500;

/// So many nodes may go of which each was the last of a page, before it is left.
const GONE: usize = 10;

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
    let mut listed = BTreeSet::new();
    let mut markers: Vec<String> = Vec::new();
    let (mut left, mut stepped_back) = (pages, 0);
    while left > 0 {
        let mut call = Call::get(["nodes"]).query("limit", PAGE.to_string());
        for (key, value) in query {
            call = call.query(key, *value);
        }
        if let Some(marker) = markers.last() {
            call = call.query("marker", marker);
        }
        let page = match page(client, &call, patience()).await {
            // That node is gone. The page that it was the last of is listed again.
            Err(error) if error.kind == Kind::NotFound && stepped_back < GONE => {
                if markers.pop().is_none() {
                    return Err(error);
                }
                stepped_back += 1;
                left += 1;
                continue;
            }
            page => page?,
        };
        left -= 1;
        let nodes = page.get("nodes").and_then(Value::as_array);
        let nodes = nodes.map(Vec::as_slice).unwrap_or_default();
        let uuid = |node: &'_ Value| Some(node.get("uuid")?.as_str()?.to_owned());
        for node in nodes {
            if uuid(node).is_none_or(|uuid| listed.insert(uuid)) {
                each(node);
            }
        }
        let last = nodes.last().and_then(uuid);
        let Some(last) = last.filter(|_| page.get("next").is_some()) else {
            return Ok(true);
        };
        if markers.contains(&last) {
            return Err(client.garbage(&call, "its pages go round in a circle"));
        }
        markers.push(last);
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
