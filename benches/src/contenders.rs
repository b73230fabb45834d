//! All that is measured in this process, each under a name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use valence::enrollment::{Enrollment, Object};
use valence::evaluate::{CallerRights, Prepared, evaluate, prepare};
use valence::hook::{Chain, Compiling, Engine, EngineKind, Hook, HookSpec};
use valence::inventory::Subject;
use valence::redfish::Snapshot;
use valence::rules::IronicProfile;

use crate::machine::Machine;
use crate::policy;

/// What is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All of it, with a port for each network interface.
    Whole,
    /// A dozen values of the system itself, and no ports.
    Dozen,
}

impl Policy {
    /// What is put behind the names of those that carry it out.
    fn suffix(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Dozen => "-dozen",
        }
    }

    /// The parts of it that the hook knows.
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Whole => &["name", "class", "properties", "traits", "ports"],
            Self::Dozen => &["name", "class", "properties", "traits"],
        }
    }

    /// What the native function comes to.
    pub fn natively(self, system: &[u8]) -> Result<String> {
        let done = match self {
            Self::Whole => policy::map(system),
            Self::Dozen => policy::dozen(system),
        };
        done.map_err(anyhow::Error::msg)
    }
}

/// A hook of the component at `path`, to do `parts` of the policy.
pub fn spec(name: &str, path: &Path, parts: &[&str], before: &[String]) -> HookSpec {
    let settings: Object = [("parts".to_owned(), json!(parts))].into_iter().collect();
    HookSpec {
        settings,
        overrides: before.to_vec(),
        ..HookSpec::new(name, path)
    }
}

/// One that does the work: natively, or with hooks.
pub enum Contender {
    /// The function, over the document's text.
    Native(Policy, Vec<u8>),
    /// An instance is started and dropped.
    Instance(Arc<Hook>),
    /// The hook alone.
    Call(Arc<Hook>, Prepared),
    /// The chain, with the host's diff and checks.
    Checked(Arc<Chain>, Prepared),
    /// The whole evaluation of documents that have been parsed.
    Whole(Arc<Chain>, Arc<Snapshot>, Box<Subject>),
}

/// A contender, by its name.
pub struct Named {
    /// By which it is asked for.
    pub name: String,
    /// What it carries out.
    pub policy: Policy,
    /// The one that does.
    pub contender: Contender,
}

/// All contenders, or the one called `only`. Compiled code is kept in `cache`, so
/// that a process which finds it there has never compiled anything.
pub async fn all(
    machine: &Machine,
    large: &Machine,
    hook: &Path,
    cache: PathBuf,
    only: Option<&str>,
) -> Result<Vec<Named>> {
    let compiling = Compiling {
        cache: Some(cache),
        ..Compiling::default()
    };
    let engine = Engine::with(EngineKind::Server { concurrency: 8 }, compiling)?;
    let mut found = Vec::new();
    let open = || {
        let gate = Arc::new(Semaphore::new(0));
        gate.close();
        gate
    };
    for (suffix, machine, policy) in [
        ("", machine, Policy::Whole),
        ("-84k", large, Policy::Whole),
        ("", machine, Policy::Dozen),
        ("-84k", large, Policy::Dozen),
    ] {
        let called = |name: &str| {
            let name = format!("{name}{}{suffix}", policy.suffix());
            only.is_none_or(|only| only == name).then_some(name)
        };
        let mut enter = |name, contender| {
            found.push(Named {
                name,
                policy,
                contender,
            });
        };
        if let Some(name) = called("native") {
            let text = machine.expanded().to_string().into_bytes();
            enter(name, Contender::Native(policy, text));
        }
        let snapshot = machine.snapshot(open());
        let subject = machine.subject()?;
        let prepared = prepare(
            Arc::clone(&snapshot),
            &subject,
            &Object::new(),
            CallerRights::default(),
        )
        .await?;
        for length in [1, 3, 5] {
            let [checked, whole] = ["checked", "whole"].map(|of| called(&format!("{of}-{length}")));
            let alone = ["instance", "hook"].map(called);
            let is_first = length == 1 && alone.iter().any(Option::is_some);
            if checked.is_none() && whole.is_none() && !is_first {
                continue;
            }
            let chain = Arc::new(chain(&engine, hook, policy, length).await?);
            if let (1, [instance, call]) = (length, alone) {
                let first = Arc::clone(chain.hooks().first().context("no hook")?);
                if let Some(name) = instance {
                    enter(name, Contender::Instance(Arc::clone(&first)));
                }
                if let Some(name) = call {
                    enter(name, Contender::Call(first, prepared.clone()));
                }
            }
            if let Some(name) = checked {
                enter(
                    name,
                    Contender::Checked(Arc::clone(&chain), prepared.clone()),
                );
            }
            if let Some(name) = whole {
                let subject = Box::new(subject.clone());
                enter(
                    name,
                    Contender::Whole(chain, Arc::clone(&snapshot), subject),
                );
            }
        }
    }
    Ok(found)
}

/// `policy`, shared out over `length` hooks, or as many as it has parts.
async fn chain(engine: &Engine, component: &Path, policy: Policy, length: usize) -> Result<Chain> {
    let parts = policy.parts();
    let shares: Vec<&[&str]> = match (length, policy) {
        (1, _) => vec![parts],
        (3, Policy::Whole) => vec![&["name", "class"], &["properties", "traits"], &["ports"]],
        (3, Policy::Dozen) => vec![&["name", "class"], &["properties"], &["traits"]],
        _ => parts.chunks(1).collect(),
    };
    let shares = shares.into_iter().enumerate();
    let specs = shares.map(|(place, parts)| spec(&format!("part-{place}"), component, parts, &[]));
    Ok(Chain::load(engine, specs.collect()).await?)
}

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
}

impl Contender {
    /// Does it `iterations` times.
    pub fn run(&self, iterations: u64) {
        match self {
            Self::Native(policy, text) => {
                for _ in 0..iterations {
                    let done = policy.natively(std::hint::black_box(text));
                    std::hint::black_box(done).expect("it maps");
                }
            }
            _ => RUNTIME.with(|runtime| {
                runtime.block_on(async {
                    for _ in 0..iterations {
                        self.once().await.expect("it maps");
                    }
                });
            }),
        }
    }

    /// Does it once, and gives what comes out.
    pub async fn once(&self) -> Result<Option<Enrollment>> {
        Ok(match self {
            Self::Native(..) => None,
            Self::Instance(hook) => {
                hook.call_types().await?;
                None
            }
            Self::Call(hook, prepared) => {
                let called = hook
                    .call_map(prepared.session(), prepared.enrollment())
                    .await;
                Some(called.output?)
            }
            Self::Checked(chain, prepared) => {
                let profile = IronicProfile::default();
                let evaluation = prepared.clone().evaluate(chain, profile).await?;
                Some(evaluation.enrollment)
            }
            Self::Whole(chain, snapshot, subject) => {
                let evaluation = evaluate(
                    Arc::clone(snapshot),
                    subject,
                    &Object::new(),
                    chain,
                    IronicProfile::default(),
                    CallerRights::default(),
                )
                .await?;
                Some(evaluation.enrollment)
            }
        })
    }
}

impl Named {
    /// Whether it comes to what the native function comes to.
    pub async fn agrees(&self, machine: &Machine) -> Result<()> {
        let Some(enrollment) = self.contender.once().await? else {
            return Ok(());
        };
        let native = self
            .policy
            .natively(machine.expanded().to_string().as_bytes())?;
        let mut native: Value = serde_json::from_str(&native)?;
        // Enrollments have them in one order.
        if let Some(ports) = native.get_mut("ports").and_then(Value::as_array_mut) {
            ports.sort_by_cached_key(|port| port.get("address").map(Value::to_string));
        }
        let own = serde_json::to_value(enrollment)?;
        ensure!(holds(&own, &native), "{own}\nlacks something of\n{native}");
        Ok(())
    }
}

/// Whether all of `part` stands in `whole`, which may hold more.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(w, p)| holds(w, p))
        }
        (whole, part) => whole == part,
    }
}
