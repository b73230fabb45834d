//! `valence node set`.

use clap::Args;
use serde_json::{Value, json};

use crate::enrollment::Object;

use super::arguments::Global;
use super::client::Client;
use super::node::object;
use super::output::Format;
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Set {
    /// The node's uuid or name
    id: String,
    /// What to call it from now on
    #[arg(long)]
    name: Option<String>,
    /// What it is for; an empty text takes away what was said
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    format: Format,
}

pub(super) async fn set(global: &Global, arguments: Set) -> Result<(), Trouble> {
    let mut body = Object::new();
    body.extend(arguments.name.map(|name| ("name".into(), json!(name))));
    if let Some(description) = arguments.description {
        let said = (!description.is_empty()).then_some(description);
        body.insert("description".into(), json!(said));
    }
    let reply = Client::new(global)?
        .patch(&["v1", "nodes", &arguments.id], &Value::Object(body))
        .await?;
    arguments.format.record(&object(reply)?)
}
