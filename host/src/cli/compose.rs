//! `valence node compose`.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::node::{DevicesWanted, MemoryWanted, ProcessorWanted, Requirements};

use super::arguments::Global;
use super::client::Client;
use super::node::{object, told};
use super::output::Format;
use super::parameters;
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Compose {
    /// What to call the node
    name: String,
    /// The pod manager's uuid or name [default: the only one that there is]
    #[arg(long, value_name = "UUID_OR_NAME")]
    pod_manager: Option<String>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// Compose it by this flavor
    #[arg(long, value_name = "UUID_OR_NAME", conflicts_with = "wanted")]
    flavor: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
    /// Register it in Ironic once it is composed
    #[arg(long)]
    register: bool,
    /// What becomes of it if it cannot be registered
    #[arg(long, value_enum, requires = "register", default_value_t = OnFailure::Keep)]
    on_failure: OnFailure,
    /// Fields of Ironic's node: a JSON object, or @ and a file with one
    #[arg(long, value_name = "JSON|@FILE", requires = "register")]
    parameters: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// What a node is to have.
#[derive(Args)]
#[group(id = "wanted", multiple = true)]
pub(super) struct Wanted {
    /// All of its memory, in MiB
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// The type of its memory, as in DDR4
    #[arg(long, value_name = "TYPE")]
    memory_type: Option<String>,
    /// The cores of all of its processors
    #[arg(long, value_name = "N")]
    cores: Option<u64>,
    /// The model of its processors
    #[arg(long, value_name = "MODEL")]
    processor_model: Option<String>,
    /// A device, as in NIC, SSD, GPU, FPGA; may be repeated
    #[arg(long, value_name = "TYPE")]
    device: Vec<String>,
    /// A resource block that it is to be made of, by id or path; may be repeated
    #[arg(long, value_name = "BLOCK")]
    block: Vec<String>,
    /// The resource zone that its blocks are to be of
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

/// As `on_failure` of the API.
#[derive(Clone, Copy, ValueEnum)]
enum OnFailure {
    /// It stays composed
    Keep,
    /// It is decomposed again
    Decompose,
}

impl Wanted {
    /// As `properties` of the API.
    pub(super) fn properties(&self) -> Value {
        fn unless_empty<T: Default + PartialEq>(part: T) -> Option<T> {
            (part != T::default()).then_some(part)
        }
        json!(Requirements {
            memory: unless_empty(MemoryWanted {
                capacity_mib: self.memory,
                kind: self.memory_type.clone(),
            }),
            processor: unless_empty(ProcessorWanted {
                total_cores: self.cores,
                model: self.processor_model.clone(),
            }),
            pci_device: unless_empty(DevicesWanted {
                kinds: self.device.clone(),
            }),
            resource_blocks: self.block.clone(),
            resource_zone: self.zone.clone(),
        })
    }
}

pub(super) async fn compose(global: &Global, arguments: Compose) -> Result<(), Trouble> {
    let mut body = Object::from_iter([("name".into(), json!(arguments.name))]);
    let texts = [
        ("podm_id", &arguments.pod_manager),
        ("description", &arguments.description),
        ("flavor_id", &arguments.flavor),
    ];
    for (key, value) in texts {
        body.extend(value.as_ref().map(|value| (key.to_owned(), json!(value))));
    }
    if arguments.flavor.is_none() {
        body.insert("properties".into(), arguments.wanted.properties());
    }
    let mut query = Vec::new();
    if arguments.register {
        query.push(("register", "true"));
        query.push((
            "on_failure",
            match arguments.on_failure {
                OnFailure::Keep => "keep",
                OnFailure::Decompose => "decompose",
            },
        ));
        let parameters = parameters::read(arguments.parameters.as_deref())?;
        body.insert("parameters".into(), Value::Object(parameters));
    }
    let reply = Client::new(global)?
        .post(&["v1", "nodes"], &query, &Value::Object(body))
        .await?;
    told(global, &arguments.format, object(reply)?)
}
