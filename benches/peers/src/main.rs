//! The policies in Extism and in Rego, measured as `valence-bench` measures: a
//! line `run NAME ITERATIONS THREADS` on standard input is answered with
//! nanoseconds of processor time and of time.

use std::io::{BufRead as _, stdin};
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail, ensure};
use extism::{CompiledPlugin, Manifest, Plugin, PluginBuilder, Wasm};
use regorus::Engine;
use serde_json::Value;

#[allow(dead_code, reason = "it is a module of the other crate")]
#[path = "../../src/measure.rs"]
mod measure;
#[allow(dead_code, reason = "it is a module of the other crate")]
#[path = "../../src/policy.rs"]
mod policy;

/// What one engine is given and makes of it.
enum Peer {
    /// A plugin that is made for each call.
    Fresh(CompiledPlugin),
    /// One that is used again and again, and so remembers.
    Reused(Mutex<Plugin>),
    Rego(Mutex<Engine>),
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [plugin, rego, system] = arguments.as_slice() else {
        bail!("usage: peers PLUGIN.wasm POLICY.rego SYSTEM.json");
    };
    let text = std::fs::read_to_string(system)?;
    // As near as Extism comes to a hook's limits.
    let manifest = Manifest::new([Wasm::data(std::fs::read(plugin)?)]).with_timeout(std::time::Duration::from_secs(1));
    let builder = || PluginBuilder::new(manifest.clone()).with_wasi(false);
    let fuel = builder().with_fuel_limit(1_000_000_000).compile()?;
    let mut engine = Engine::new();
    engine.add_policy_from_file(rego)?;
    let peers = [
        ("extism-fresh", Peer::Fresh(fuel)),
        ("extism-reused", Peer::Reused(Mutex::new(builder().build()?))),
        ("rego", Peer::Rego(Mutex::new(engine))),
    ];
    for (name, peer) in &peers {
        for policy in [Policy::Map, Policy::Dozen] {
            let native = policy.native(text.as_bytes()).map_err(anyhow::Error::msg)?;
            let native: Value = serde_json::from_str(&native)?;
            let own: Value = serde_json::from_str(&once(peer, policy, &text)?)?;
            ensure!(own == native, "`{name}` comes to something else:\n{own}\nnot\n{native}");
        }
    }
    println!("ready");
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<_> = line.split_whitespace().collect();
        let ["run", name, iterations, _] = words.as_slice() else {
            bail!("unknown: `{line}`");
        };
        let (name, policy) = match name.strip_suffix("-dozen") {
            Some(name) => (name, Policy::Dozen),
            None => (*name, Policy::Map),
        };
        let found = peers.iter().find(|(own, _)| *own == name);
        let (_, peer) = found.with_context(|| format!("no peer `{name}`"))?;
        let took = measure::measure(1, iterations.parse()?, &|iterations| {
            for _ in 0..iterations {
                once(peer, policy, &text).expect("it maps");
            }
        });
        println!("{} {}", took.cpu.as_nanos(), took.wall.as_nanos());
    }
    Ok(())
}

/// Which of the policies.
#[derive(Clone, Copy)]
enum Policy {
    Map,
    Dozen,
}

impl Policy {
    fn native(self, text: &[u8]) -> Result<String, String> {
        match self {
            Self::Map => policy::map(text),
            Self::Dozen => policy::dozen(text),
        }
    }

    fn of_plugin(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Dozen => "dozen",
        }
    }

    fn of_rego(self) -> &'static str {
        match self {
            Self::Map => "data.valence.enrollment",
            Self::Dozen => "data.valence.dozen",
        }
    }
}

fn once(peer: &Peer, policy: Policy, text: &str) -> Result<String> {
    match peer {
        Peer::Fresh(compiled) => {
            let mut plugin = Plugin::new_from_compiled(compiled)?;
            Ok(plugin.call::<&str, &str>(policy.of_plugin(), text)?.to_owned())
        }
        Peer::Reused(plugin) => {
            let mut plugin = plugin.lock().map_err(|_| anyhow::anyhow!("a panic"))?;
            Ok(plugin.call::<&str, &str>(policy.of_plugin(), text)?.to_owned())
        }
        Peer::Rego(engine) => {
            let mut engine = engine.lock().map_err(|_| anyhow::anyhow!("a panic"))?;
            engine.set_input_json(text)?;
            Ok(engine.eval_rule(policy.of_rego().into())?.to_json_str()?)
        }
    }
}
