//! `valence podm`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::node::{PodManagerDriver, ServiceAuth};

use super::account::Account;
use super::arguments::Global;
use super::client::Client;
use super::discover;
use super::node::{object, objects};
use super::output::{Format, ListFormat, note};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a pod manager known
    Create(Create),
    /// List pod managers
    List(ListFormat),
    /// Show one
    Show(One),
    /// List what stands behind one, and why some of it is left out where all is meant
    Discover(Discover),
    /// Forget one that has no nodes
    Delete(Delete),
}

#[derive(Args)]
pub(super) struct Create {
    /// What to call it
    name: String,
    /// The address of its Redfish service, with or without /redfish/v1
    address: String,
    /// `redfish`: every System is a node; `redfishv1`: Intel RSD, a node is a member of
    /// /Nodes; `redfish-composition`: as `redfish`, and Systems are composed of resource blocks
    #[arg(long, default_value = PodManagerDriver::Redfish.name(),
          value_parser = PodManagerDriver::ALL.map(PodManagerDriver::name))]
    driver: String,
    #[command(flatten)]
    account: Account,
    /// How it is shown the account: `auto`, by a session where it gives one, else by Basic
    /// authentication; `basic`; `session`
    #[arg(long, default_value = ServiceAuth::Auto.name(), value_parser = ServiceAuth::ALL.map(ServiceAuth::name))]
    auth: String,
    /// How to check its certificate: `true`, `false`, or a PEM file on the server's machine
    #[arg(long, value_name = "true|false|FILE", default_value = "true")]
    verify_ca: String,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct One {
    /// Its uuid or name
    id: String,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct Discover {
    /// Its uuid or name
    id: String,
    #[command(flatten)]
    format: ListFormat,
}

#[derive(Args)]
pub(super) struct Delete {
    /// Uuids or names
    #[arg(required = true)]
    ids: Vec<String>,
}

const RESOURCE: &str = "pod_managers";
const COLUMNS: &[&str] = &["uuid", "name", "url", "driver"];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    match command {
        Command::Create(create) => {
            let body = create.body().await?;
            let reply = Client::new(global)?
                .post(&["v1", RESOURCE], &[], &body)
                .await?;
            create.format.record(&object(reply)?)
        }
        Command::List(format) => {
            let reply = Client::new(global)?.get(&["v1", RESOURCE], &[]).await?;
            format.list(&objects(reply)?, COLUMNS)
        }
        Command::Show(show) => {
            let reply = Client::new(global)?
                .get(&["v1", RESOURCE, &show.id], &[])
                .await?;
            show.format.record(&object(reply)?)
        }
        Command::Discover(discover) => {
            let systems = discover::systems(&Client::new(global)?, &discover.id).await?;
            discover.format.list(&systems, discover::COLUMNS)
        }
        Command::Delete(delete) => {
            let client = Client::new(global)?;
            for id in &delete.ids {
                client.delete(&["v1", RESOURCE, id], &[]).await?;
                note(global.quiet, &format!("deleted `{id}`"));
            }
            Ok(())
        }
    }
}

impl Create {
    async fn body(&self) -> Result<Value, Trouble> {
        let mut body = Object::new();
        body.insert("name".into(), json!(self.name));
        body.insert("url".into(), json!(self.address));
        body.insert("driver".into(), json!(self.driver));
        body.insert("auth".into(), json!(self.auth));
        body.insert(
            "verify_ca".into(),
            match self.verify_ca.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                file => json!(file),
            },
        );
        if let Some(credentials) = self.account.credentials().await? {
            let (username, password) = (&credentials.username, &credentials.password);
            body.insert(
                "authentication".into(),
                json!([{
                    "type": "basic",
                    "auth_items": {"username": username, "password": password.expose()},
                }]),
            );
        }
        Ok(Value::Object(body))
    }
}
