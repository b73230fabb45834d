//! The Redfish service of the tests, for whoever wants to try something by hand.
//! `cargo xtask emulator` builds and runs it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a developer's tool: what it prints is what it is for"
)]

use std::path::PathBuf;

use clap::Parser;
use valence_tests::emulator::{
    Documents, Emulator, Expand, Fault, Machine, Pool, Rsd, Spelling, Way,
};

/// A Redfish service on loopback, until Ctrl-C
#[derive(Parser)]
#[command(name = "cargo xtask emulator", bin_name = "cargo xtask emulator")]
struct Arguments {
    /// Serve a recorded machine: a single-file map, or a directory in DMTF's layout
    #[arg(long, visible_alias = "mockup", value_name = "FILE")]
    map: Option<PathBuf>,
    /// Without a recording: how many systems to make up
    #[arg(long, default_value_t = 3)]
    systems: u16,
    /// Be a pod manager as of Intel RSD: /redfish/v1/Nodes
    #[arg(long)]
    rsd: bool,
    /// How often an RSD node is read before it is in its next state
    #[arg(long, default_value_t = 0)]
    reads: usize,
    /// Have a composition service with two zones
    #[arg(long)]
    composition: bool,
    /// Speak https, with a certificate of its own
    #[arg(long)]
    tls: bool,
    /// Ask for an account, as in `admin:secret`
    #[arg(long, value_name = "USER:PASSWORD")]
    auth: Option<String>,
    /// How callers log in: basic, sessions, either, broken-sessions
    #[arg(long, default_value = "either")]
    login: String,
    /// How many members a page has
    #[arg(long)]
    page: Option<usize>,
    /// Offer `$expand`
    #[arg(long)]
    expand: bool,
    /// Give entity tags and keep to them
    #[arg(long)]
    etags: bool,
    /// Know the root only with a slash at the end, or only without: slashed, bare
    #[arg(long)]
    spelling: Option<String>,
    /// Do something wrong, as in `GET /redfish/v1/Systems/* status=503 times=2`; may
    /// be repeated
    #[arg(long)]
    fault: Vec<Fault>,
    /// Where to listen; by default a free port
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let documents = match &arguments.map {
        Some(path) => Documents::open(path)?,
        None => Documents::of_machines((1..=arguments.systems).map(|n| Machine {
            id: n.to_string(),
            model: "AM-4",
            number: n,
            nics: 2,
        })),
    };
    let mut emulator = Emulator::of(documents).port(arguments.port);
    if arguments.rsd {
        emulator = emulator.rsd(Rsd {
            reads: arguments.reads,
            ..Rsd::default()
        });
    }
    if arguments.composition {
        emulator = emulator.composition(Pool::of_two_zones(1));
    }
    if let Some(account) = &arguments.auth {
        let Some((user, password)) = account.split_once(':') else {
            anyhow::bail!("`--auth` is to be as in `admin:secret`");
        };
        emulator = emulator.account(user, password, way(&arguments.login)?);
    }
    if let Some(members) = arguments.page {
        emulator = emulator.paging(members);
    }
    if arguments.expand {
        emulator = emulator.expand(Expand::Whole);
    }
    if arguments.etags {
        emulator = emulator.etags();
    }
    if arguments.tls {
        emulator = emulator.tls();
    }
    emulator = match arguments.spelling.as_deref() {
        None => emulator,
        Some("slashed") => emulator.spelling(Spelling::Slashed),
        Some("bare") => emulator.spelling(Spelling::Bare),
        Some(other) => {
            anyhow::bail!("there is no spelling `{other}`: there are `slashed` and `bare`")
        }
    };
    for fault in arguments.fault {
        emulator = emulator.fault(fault);
    }
    let emulator = emulator.start().await;
    println!("{}/redfish/v1", emulator.url());
    if let Some(ca) = emulator.ca_file() {
        println!("certificate: {}", ca.display());
    }
    emulator.ended().await;
    Ok(())
}

fn way(name: &str) -> anyhow::Result<Way> {
    Ok(match name {
        "basic" => Way::Basic,
        "sessions" => Way::Sessions,
        "either" => Way::Either,
        "broken-sessions" => Way::BrokenSessions,
        other => anyhow::bail!(
            "there is no login `{other}`: there are `basic`, `sessions`, `either` and `broken-sessions`"
        ),
    })
}
