//! Makes a bundle of as many decisions as are asked for, of the recorded systems in
//! turn, each with a serial number, a name and uuids of its own: `cargo xtask bench
//! replay` has it replayed.
#![expect(clippy::print_stdout, reason = "what it made is what it has to say")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;
use valence::config::Config;
use valence::enrollment::Author;
use valence::evaluate::{CallerRights, Evaluation, evaluate};
use valence::hook::{Chain, Engine, EngineKind};
use valence::inventory::Inventory;
use valence::redfish::{Recorded, redact};
use valence::registration::{BundledDecision, Circumstances, Unparsed};
use valence::rules::IronicProfile;
use valence_bench::machine::Machine;

/// Stand for what each node has of its own.
const SERIAL: &str = "XQSERIALXQ";
const NAME: &str = "xqnamexq";
const NODE: Uuid = Uuid::from_u128(0xbeef_0001);
const DECISION: Uuid = Uuid::from_u128(0xbeef_0002);

/// A recorded system, as lines of which each node gets its own.
struct Template {
    /// The document that has the serial number.
    system: String,
    /// Its place among `documents` of the decision.
    place: usize,
    decision: BundledDecision,
}

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [corpus, own, config, out, count] = arguments.as_slice() else {
        bail!("usage: bench-replay CORPUS MOCKUPS CONFIG BUNDLE COUNT");
    };
    let count: usize = count.to_string_lossy().parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(make(Machine::all(corpus, own)?, config, out, count))
}

async fn make(machines: Vec<Machine>, config: &Path, out: &Path, count: usize) -> Result<()> {
    let config = Config::load(Some(config))?.config;
    let engine = Engine::new(EngineKind::Offline)?;
    let chain = Chain::load(&engine, config.hooks).await?;
    let mut file = BufWriter::new(File::create(out)?);
    let head = json!({"bundle": 1, "valence": "bench", "decisions": count});
    writeln!(file, "{head}")?;
    let mut documents = 0;
    let mut templates = Vec::new();
    for machine in &machines {
        templates.push(template(machine, &chain, &mut file, &mut documents).await?);
    }
    let mut bytes = 0;
    for (number, template) in (0..count).zip(templates.iter().cycle()) {
        let own = |text: String| {
            text.replace(SERIAL, &format!("SN{number:08}"))
                .replace(NAME, &format!("node-{number}"))
                .replace(&NODE.to_string(), &uuid(1, number))
                .replace(&DECISION.to_string(), &uuid(2, number))
        };
        let body = own(template.system.clone());
        bytes += body.len();
        let path = json!(
            template
                .decision
                .circumstances
                .as_ref()
                .map(|one| &one.system)
        );
        writeln!(
            file,
            "{{\"document\":{documents},\"path\":{path},\"digest\":\"sha256:bench\",\"body\":{body}}}"
        )?;
        let mut decision = template.decision.clone();
        *decision
            .documents
            .get_mut(template.place)
            .context("no system")? = documents;
        documents += 1;
        writeln!(file, "{}", own(json!({"decision": decision}).to_string()))?;
    }
    let end = json!({"end": {"decisions": count, "documents": documents}});
    writeln!(file, "{end}")?;
    file.flush()?;
    let each = bytes / count.max(1);
    println!("{} recorded systems of {each} bytes", machines.len());
    Ok(())
}

fn uuid(kind: u128, number: usize) -> String {
    Uuid::from_u128(kind << 100 | number as u128).to_string()
}

/// Evaluates `machine`, and writes the documents that its nodes share.
async fn template(
    machine: &Machine,
    chain: &Chain,
    file: &mut impl std::io::Write,
    documents: &mut u32,
) -> Result<Template> {
    let mut machine = machine.clone();
    let system = machine
        .documents
        .get_mut(&machine.system)
        .context("no system")?;
    system["SerialNumber"] = SERIAL.into();
    let gate = Arc::new(Semaphore::new(0));
    gate.close();
    let snapshot = machine.snapshot(gate);
    let mut subject = machine.subject()?;
    subject.node_uuid = NODE;
    subject.node_name = NAME.into();
    let inventory = Inventory::new(Arc::clone(&snapshot), subject.system.clone());
    inventory.read_standard_set().await;
    let rights = CallerRights {
        may_administer: true,
    };
    let profile = IronicProfile::default();
    let defaults = Default::default();
    let read = Arc::clone(&snapshot);
    let evaluation = evaluate(read, &subject, &defaults, chain, profile, rights).await?;
    let (mut numbers, mut unread) = (Vec::new(), BTreeMap::new());
    let (mut own, mut place) = (Value::Null, 0);
    for (path, recorded) in snapshot.recorded() {
        let mut body = match recorded {
            Recorded::Read { body } => body,
            Recorded::Not(error) => {
                unread.insert(path, error);
                continue;
            }
        };
        redact(&mut body);
        if path == subject.system {
            place = numbers.len();
            numbers.push(0);
            own = body;
            continue;
        }
        writeln!(
            file,
            "{{\"document\":{documents},\"path\":{},\"digest\":\"sha256:bench\",\"body\":{body}}}",
            json!(path)
        )?;
        numbers.push(*documents);
        *documents += 1;
    }
    let circumstances = Circumstances::of(&subject, rights, profile);
    Ok(Template {
        system: own.to_string(),
        place,
        decision: BundledDecision {
            uuid: DECISION,
            node: NODE,
            node_name: NAME.into(),
            pod_manager: subject.pod_manager,
            kind: "register".into(),
            created_at: "2026-11-01T00:00:00Z".into(),
            circumstances: Some(circumstances),
            parameters: subject.parameters,
            outcome: "enrolled".into(),
            detail: None,
            hook: None,
            chain_digest: chain.digest().to_owned(),
            set_by: Unparsed::of(&set_by(&evaluation))?,
            warnings: Some(Vec::new()),
            enrollment: Some(Unparsed::of(&evaluation.enrollment)?),
            documents: numbers,
            unread,
        },
    })
}

fn set_by(evaluation: &Evaluation) -> BTreeMap<String, Author> {
    let changes = evaluation.changes.iter();
    changes
        .filter(|change| change.by != Author::Seed)
        .map(|change| (change.pointer.clone(), change.by.clone()))
        .collect()
}
