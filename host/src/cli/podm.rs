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
    /// Change one: its account above all, where a password is another now
    Set(Set),
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
    /// In place of an account the [credentials.NAME] of the server's configuration
    #[arg(long, value_name = "NAME", conflicts_with = "username")]
    credentials: Option<String>,
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
pub(super) struct Set {
    /// Its uuid or name
    id: String,
    /// What to call it from now on
    #[arg(long)]
    name: Option<String>,
    /// As of `podm create`
    #[arg(long, value_parser = PodManagerDriver::ALL.map(PodManagerDriver::name))]
    driver: Option<String>,
    #[command(flatten)]
    account: Account,
    /// Take its account away
    #[arg(long, conflicts_with = "username")]
    no_account: bool,
    /// As of `podm create`
    #[arg(long, value_parser = ServiceAuth::ALL.map(ServiceAuth::name))]
    auth: Option<String>,
    /// As of `podm create`
    #[arg(long, value_name = "true|false|FILE")]
    verify_ca: Option<String>,
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
        Command::Set(set) => {
            let body = set.body().await?;
            let client = Client::new(global)?;
            let reply = client.patch(&["v1", RESOURCE, &set.id], &body).await?;
            set.format.record(&object(reply)?)
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
        body.insert("verify_ca".into(), verify_ca(&self.verify_ca));
        let named = self
            .credentials
            .as_deref()
            .map(|name| json!([{"type": "reference", "auth_items": {"credentials": name}}]));
        let authentication = named.or(authentication(&self.account).await?);
        body.extend(authentication.map(|given| ("authentication".to_owned(), given)));
        Ok(Value::Object(body))
    }
}

impl Set {
    async fn body(&self) -> Result<Value, Trouble> {
        let texts = [
            ("name", &self.name),
            ("driver", &self.driver),
            ("auth", &self.auth),
        ];
        let given = texts
            .into_iter()
            .filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?))));
        let mut body = Object::from_iter(given);
        let verify_ca = self.verify_ca.as_deref().map(verify_ca);
        body.extend(verify_ca.map(|given| ("verify_ca".to_owned(), given)));
        let absent = self.no_account.then(|| json!([]));
        let authentication = absent.or(authentication(&self.account).await?);
        body.extend(authentication.map(|given| ("authentication".to_owned(), given)));
        if body.is_empty() {
            return Err(Trouble::usage("say what of it is to change"));
        }
        Ok(Value::Object(body))
    }
}

/// As the API has it.
async fn authentication(account: &Account) -> Result<Option<Value>, Trouble> {
    let credentials = account.credentials().await?;
    Ok(credentials.map(|credentials| {
        let (username, password) = (&credentials.username, &credentials.password);
        json!([{
            "type": "basic",
            "auth_items": {"username": username, "password": password.expose()},
        }])
    }))
}

fn verify_ca(text: &str) -> Value {
    match text {
        "true" => json!(true),
        "false" => json!(false),
        file => json!(file),
    }
}
