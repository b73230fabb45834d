//! `valence node`, and `valence node-register`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::failure::Failure;

use super::arguments::Global;
use super::client::Client;
use super::output::{Format, ListFormat, note};
use super::trouble::Trouble;
use super::{
    action, baremetal_create, bulk, compose, conflict, discover, drift, evaluation, node_set,
    parameters,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Take a node of a pod manager under management, or all of them
    Manage(Manage),
    /// Have a pod manager make a node
    Compose(compose::Compose),
    /// Change a node's power or boot source
    Action(action::Action),
    /// Change what a node is called, or what is said of it
    Set(node_set::Set),
    /// List nodes
    List(List),
    /// Show one, as its pod manager sees it now
    Show(One),
    /// Give nodes up; composed ones are given back to their pod manager
    Delete(Delete),
    /// Register nodes in Ironic
    Register(Register),
    /// Show what is on record of a node's last registration: how far it is, and each step
    Registration(One),
    /// Take a node out of Ironic
    Deregister(One),
    /// Show what has changed since nodes were registered; exits 1 if anything has
    Drift(drift::Arguments),
}

#[derive(Args)]
pub(super) struct Manage {
    /// The pod manager's uuid or name
    pod_manager: String,
    /// The node's Redfish path, id, UUID or name
    #[arg(required_unless_present = "all")]
    node_index: Option<String>,
    /// All that `valence podm discover` calls manageable
    #[arg(long, conflicts_with_all = ["node_index", "name"])]
    all: bool,
    /// What to call it [default: the pod manager's name and the system's id]
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    format: ListFormat,
}

#[derive(Args)]
pub(super) struct List {
    /// Those of this pod manager only
    #[arg(long, value_name = "UUID_OR_NAME")]
    pod_manager: Option<String>,
    /// Those that are managed by this only: `ironic`
    #[arg(long)]
    managed_by: Option<String>,
    /// Show all columns
    #[arg(long)]
    long: bool,
    #[command(flatten)]
    format: ListFormat,
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
    /// Even if Ironic has it, where it stays
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
#[command(after_help = baremetal_create::HELP)]
pub(super) struct Register {
    #[command(flatten)]
    which: bulk::Which,
    /// Show what would be registered; Ironic gets nothing, and is not asked whether a name or
    /// MAC is taken unless --on-conflict says `adopt` or `update`
    #[arg(long)]
    dry_run: bool,
    /// Show of each field who set it, over what, why and after reading what, and what
    /// was left out
    #[arg(long, requires = "dry_run")]
    explain: bool,
    /// What to do where something is there already
    #[arg(long, value_enum, default_value_t = Conflict::Fail)]
    on_conflict: Conflict,
    /// How far Ironic is to take the node once it is registered [default: what
    /// `[register] target` says of a new node; one that is registered already
    /// stays where it is]
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// Have Ironic inspect the node on the way, which takes it to `manageable` at
    /// least
    #[arg(long)]
    inspect: bool,
    /// How long to wait until it is there, no longer than 240; Ironic goes on all
    /// the same [default: 240; of several nodes 0]
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u32>,
    /// Do not wait until it is there
    #[arg(long, conflicts_with = "wait")]
    no_wait: bool,
    /// Fields of Ironic's node: a JSON object, or @ and a file with one
    #[arg(long, value_name = "JSON|@FILE")]
    parameters: Option<String>,
    #[command(flatten)]
    format: ListFormat,
}

/// As `on_conflict` of the API.
#[derive(Clone, Copy, ValueEnum)]
enum Conflict {
    /// Fail
    Fail,
    /// Take over a node in Ironic that is the same machine
    Adopt,
    /// Change the registered node
    Update,
}

impl Conflict {
    fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Adopt => "adopt",
            Self::Update => "update",
        }
    }
}

/// As `target` of the API.
#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// It is created, and that is all
    Enroll,
    /// Ironic has reached its BMC
    Manageable,
    /// It can be scheduled
    Available,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Enroll => "enroll",
            Self::Manageable => "manageable",
            Self::Available => "available",
        }
    }
}

const COLUMNS: &[&str] = &["uuid", "name", "podm_id", "index", "resource_uri"];
const OF_REGISTRATION: &[&str] = &[
    "registration",
    "state",
    "detail",
    "ironic_uuid",
    "transition",
    "update",
    "steps",
    "created_at",
    "updated_at",
];
const LONG: &[&str] = &[
    "uuid",
    "name",
    "podm_id",
    "index",
    "resource_uri",
    "managed_by",
    "created_at",
    "updated_at",
];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    let client = Client::new(global)?;
    match command {
        Command::Manage(manage) => {
            let Some(index) = &manage.node_index else {
                let podm = &manage.pod_manager;
                return discover::manage_all(global, &client, podm, &manage.format, COLUMNS).await;
            };
            let mut body = Object::new();
            body.insert("podm_id".into(), json!(manage.pod_manager));
            body.insert("node_index".into(), json!(index));
            if let Some(name) = manage.name {
                body.insert("name".into(), json!(name));
            }
            let reply = client
                .post(&["v1", "nodes", "manage"], &[], &Value::Object(body))
                .await?;
            manage.format.format.record(&object(reply)?)
        }
        Command::Compose(arguments) => compose::compose(global, arguments).await,
        Command::Action(arguments) => action::act(global, arguments).await,
        Command::Set(arguments) => node_set::set(global, arguments).await,
        Command::List(list) => {
            let mut query = vec![("detail", "true")];
            query.extend(list.pod_manager.as_deref().map(|id| ("podm_id", id)));
            query.extend(list.managed_by.as_deref().map(|name| ("managed_by", name)));
            let reply = client.get(&["v1", "nodes"], &query).await?;
            let columns = if list.long { LONG } else { COLUMNS };
            list.format.list(&objects(reply)?, columns)
        }
        Command::Show(show) => {
            let reply = client.get(&["v1", "nodes", &show.id], &[]).await?;
            show.format.record(&object(reply)?)
        }
        Command::Delete(delete) => {
            let query: &[_] = if delete.force {
                &[("force", "true")]
            } else {
                &[]
            };
            for id in &delete.ids {
                client.delete(&["v1", "nodes", id], query).await?;
                note(global.quiet, &format!("deleted `{id}`"));
            }
            Ok(())
        }
        Command::Register(arguments) => register(global, arguments).await,
        Command::Registration(one) => {
            let path = ["v1", "nodes", &one.id, "registration"];
            let mut record = object(client.get(&path, &[]).await?)?;
            if one.format.format.is_flat() && one.format.columns.is_empty() {
                // What it came to, and why, is `valence registration show`.
                record.retain(|key, _| OF_REGISTRATION.contains(&key.as_str()));
            }
            one.format.record(&record)
        }
        Command::Deregister(one) => {
            let reply = client
                .delete(&["v1", "nodes", &one.id, "register"], &[])
                .await?;
            told(global, &one.format, object(reply)?)
        }
        Command::Drift(arguments) => drift::run(global, &client, arguments).await,
    }
}

/// `valence node register`.
pub(super) async fn register(global: &Global, arguments: Register) -> Result<(), Trouble> {
    let body = Value::Object(parameters::read(arguments.parameters.as_deref())?);
    let client = Client::new(global)?;
    let on_conflict = ("on_conflict", arguments.on_conflict.name());
    let (which, format) = (&arguments.which, &arguments.format);
    let wait = match (arguments.wait, arguments.no_wait) {
        (_, true) => Some("false".to_owned()),
        (seconds, false) => seconds.map(|seconds| seconds.to_string()),
    };
    let mut query = vec![on_conflict];
    query.extend(arguments.target.map(|target| ("target", target.name())));
    query.extend(arguments.inspect.then_some(("inspect", "true")));
    query.extend(wait.as_deref().map(|wait| ("wait", wait)));
    let Some(id) = which.one() else {
        if arguments.dry_run {
            return Err(Trouble::usage("a dry run is of one node: name one"));
        }
        return bulk::run(global, &client, which, &query, body, format).await;
    };
    let path = ["v1", "nodes", id, "register"];
    if arguments.dry_run {
        query.push(("dry_run", "true"));
        query.extend(arguments.explain.then_some(("explain", "true")));
        let reply = object(client.post(&path, &query, &body).await?)?;
        conflict::note_it(global, &reply);
        return evaluation::tell(global, &format.format, &reply);
    }
    let reply = client.post(&path, &query, &body).await?;
    told(global, &format.format, object(reply)?)
}

/// Shows `reply`, and its warnings beside it.
pub(super) fn told(global: &Global, format: &Format, reply: Object) -> Result<(), Trouble> {
    let warnings = reply.get("warnings").and_then(Value::as_array);
    for warning in warnings.into_iter().flatten().filter_map(Value::as_str) {
        note(global.quiet, &format!("warning: {warning}"));
    }
    format.record(&reply)
}

/// A reply that has to be an object.
pub(super) fn object(reply: Value) -> Result<Object, Trouble> {
    match reply {
        Value::Object(object) => Ok(object),
        _ => Err(strange()),
    }
}

/// A reply that has to be a list of objects.
pub(super) fn objects(reply: Value) -> Result<Vec<Object>, Trouble> {
    match reply {
        Value::Array(items) => items.into_iter().map(object).collect(),
        _ => Err(strange()),
    }
}

fn strange() -> Trouble {
    Failure::new(
        crate::failure::Cause::Unreachable,
        "the server's reply has another shape than expected; is it of another version?",
    )
    .into()
}
