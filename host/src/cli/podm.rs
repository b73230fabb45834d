//! `valence podm`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::node::PodManagerDriver;
use crate::secret::Secret;

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{Format, ListFormat, note};
use super::trouble::Trouble;

/// Longer than any password.
const LONGEST: u64 = 64 << 10;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a pod manager known
    Create(Create),
    /// List pod managers
    List(ListFormat),
    /// Show one
    Show(One),
    /// Forget one that has no nodes
    Delete(Delete),
}

#[derive(Args)]
pub(super) struct Create {
    /// What to call it
    name: String,
    /// The address of its Redfish service, with or without /redfish/v1
    address: String,
    /// `redfish`: every System is a node; `redfishv1`: Intel RSD, a node is a member of /Nodes
    #[arg(long, default_value = PodManagerDriver::Redfish.name(), value_parser = [
        PodManagerDriver::Redfish.name(),
        PodManagerDriver::RedfishV1.name(),
    ])]
    driver: String,
    /// The account to log in with
    #[arg(long)]
    username: Option<String>,
    /// A file with its password
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
    /// Read its password from standard input
    #[arg(long, requires = "username", conflicts_with = "password_file")]
    password_stdin: bool,
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
            let body = create.body()?;
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
    fn body(&self) -> Result<Value, Trouble> {
        let mut body = Object::new();
        body.insert("name".into(), json!(self.name));
        body.insert("url".into(), json!(self.address));
        body.insert("driver".into(), json!(self.driver));
        body.insert(
            "verify_ca".into(),
            match self.verify_ca.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                file => json!(file),
            },
        );
        if let Some(username) = &self.username {
            let password = self.password()?;
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

    fn password(&self) -> Result<Secret, Trouble> {
        let (text, place) = match (&self.password_file, self.password_stdin) {
            (Some(file), _) => (
                limited(&mut std::fs::File::open(file).map_err(|error| unreadable(file, error))?)
                    .map_err(|error| unreadable(file, error))?,
                format!("`{}`", file.display()),
            ),
            (None, true) => (limited(&mut std::io::stdin())?, "standard input".to_owned()),
            (None, false) => {
                return Err(Trouble::usage(
                    "`--username` needs `--password-file` or `--password-stdin`; a password on \
                     the command line could be read by others",
                ));
            }
        };
        // The end of the line is the editor's, not the password's.
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Trouble::usage(format!("there is no password in {place}")));
        }
        Ok(Secret::new(password))
    }
}

fn limited(source: &mut impl std::io::Read) -> std::io::Result<zeroize::Zeroizing<String>> {
    let mut text = zeroize::Zeroizing::new(String::new());
    source.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(file: &Path, error: std::io::Error) -> Trouble {
    Trouble::file("read", file, error)
}
