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

/// The parts of the policy that its hook knows.
pub const PARTS: [&str; 5] = ["name", "class", "properties", "traits", "ports"];

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
    Native(Vec<u8>),
    /// An instance is started and dropped.
    Instance(Arc<Hook>),
    /// The hook alone.
    Call(Arc<Hook>, Prepared),
    /// The chain, with the host's diff and checks.
    Checked(Arc<Chain>, Prepared),
    /// The whole evaluation of documents that have been parsed.
    Whole(Arc<Chain>, Arc<Snapshot>, Box<Subject>),
}

/// All contenders, by name. Compiled code is kept in `cache`, so that a process
/// which finds it there has never compiled anything.
pub async fn all(
    machine: &Machine,
    large: &Machine,
    hook: &Path,
    cache: PathBuf,
) -> Result<Vec<(String, Contender)>> {
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
    for (suffix, machine) in [("", machine), ("-84k", large)] {
        let mut name = |name: &str, contender| found.push((format!("{name}{suffix}"), contender));
        name(
            "native",
            Contender::Native(machine.expanded().to_string().into_bytes()),
        );
        let snapshot = machine.snapshot(open());
        let subject = machine.subject()?;
        let prepared = prepare(
            Arc::clone(&snapshot),
            &subject,
            &Object::new(),
            CallerRights::default(),
        )
        .await?;
        let one = Arc::new(chain(&engine, hook, 1).await?);
        let first = Arc::clone(one.hooks().first().context("no hook")?);
        name("instance", Contender::Instance(Arc::clone(&first)));
        name("hook", Contender::Call(first, prepared.clone()));
        for length in [1, 3, 5] {
            let chain = Arc::new(chain(&engine, hook, length).await?);
            name(
                &format!("checked-{length}"),
                Contender::Checked(Arc::clone(&chain), prepared.clone()),
            );
            name(
                &format!("whole-{length}"),
                Contender::Whole(chain, Arc::clone(&snapshot), Box::new(subject.clone())),
            );
        }
    }
    Ok(found)
}

/// The policy, shared out over `length` hooks.
async fn chain(engine: &Engine, component: &Path, length: usize) -> Result<Chain> {
    let shares: Vec<&[&str]> = match length {
        1 => vec![&PARTS],
        3 => vec![&["name", "class"], &["properties", "traits"], &["ports"]],
        _ => PARTS.chunks(1).collect(),
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
            Self::Native(text) => {
                for _ in 0..iterations {
                    std::hint::black_box(policy::map(std::hint::black_box(text))).expect("it maps");
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
            Self::Native(_) => None,
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

    /// Whether it comes to what the native function comes to.
    pub async fn agrees(&self, machine: &Machine) -> Result<()> {
        let Some(enrollment) = self.once().await? else {
            return Ok(());
        };
        let native = policy::map(machine.expanded().to_string().as_bytes());
        let native: Value = serde_json::from_str(&native.map_err(anyhow::Error::msg)?)?;
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
