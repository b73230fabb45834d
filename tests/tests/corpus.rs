//! What inventory and seed make of recorded machines, and of mockups made by
//! hand. The expected values were written from reading the documents: each entry
//! of `corpus_expected.json` names those in which they stand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use valence::evaluate::seed::{Drafted, draft};
use valence::inventory::{Inventory, InventoryPart, Nic, Subject};
use valence::node::{PodManagerDriver, VerifyCa};
use valence::redfish::{ReadError, ReadLimits, ResourcePath, Snapshot, Source};
use valence::rules;
use valence_tests::emulator::Documents;
use valence_tests::{corpus, root};

/// File, then System, then what is expected of it.
type Expectations = BTreeMap<String, BTreeMap<String, Expected>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// In which documents the values stand: for people.
    #[serde(default, rename = "read_in")]
    _read_in: Vec<String>,
    /// All of them.
    properties: Value,
    /// The MACs of the ports, of machines that are invented.
    ports: Option<Vec<String>>,
    /// The interfaces whose MACs the ports have, of machines that are not.
    port_interfaces: Option<Vec<String>>,
    /// The interfaces that give no port.
    left_out: Vec<String>,
    /// `kind` of each.
    processors: Vec<String>,
    drives: usize,
    /// Some fields of each.
    #[serde(default)]
    drive_details: Vec<Value>,
    #[serde(default)]
    nics: Vec<Value>,
    #[serde(default)]
    pcie_functions: Vec<Value>,
    #[serde(default)]
    identity: Value,
    /// All that there is.
    location: Value,
    manager: Value,
    /// Some fields of each, the nearest first.
    #[serde(default)]
    chassis: Vec<Value>,
}

#[tokio::test]
async fn mockups_give_the_enrollments_that_their_documents_hold() {
    let directory = root().join("tests/mockups");
    let expected = read_json(&directory.join("expected.json")).unwrap();
    let seen = check_all(&directory, &expected).await.unwrap();
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[tokio::test]
async fn recorded_machines_give_the_enrollments_that_their_documents_hold() {
    let Some(directory) = corpus() else {
        println!("no recorded machines: only the mockups of tests/mockups were read");
        return;
    };
    let expected = read_json(&root().join("tests/tests/corpus_expected.json")).unwrap();
    let seen = check_all(&directory, &expected).await.unwrap();
    println!("recorded machines seen: {}", seen.join(", "));
}

/// Checks every System of every machine in `directory`, and that none is missing.
/// Of machines that nobody has read the documents of, that they can be enrolled.
async fn check_all(directory: &Path, expected: &Value) -> Result<Vec<String>> {
    let mut expected: Expectations = serde_json::from_value(expected.clone())?;
    let mut seen = Vec::new();
    let mut machines: Vec<_> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    machines.sort();
    for machine in machines {
        let path = directory.join(&machine);
        let is_map = machine.ends_with(".json") && machine != "expected.json";
        if !is_map && !path.is_dir() {
            continue;
        }
        let mut known = expected.remove(&machine).unwrap_or_default();
        let recording = Recording::open(&path)?;
        for system in recording.systems()? {
            let name = format!("{machine} {system}");
            check(&recording, &system, known.remove(&system))
                .await
                .with_context(|| name.clone())?;
            seen.push(name);
        }
        ensure!(known.is_empty(), "{machine} lacks {:?}", known.keys());
    }
    ensure!(expected.is_empty(), "no {:?}", expected.keys());
    Ok(seen)
}

async fn check(recording: &Recording, system: &str, expected: Option<Expected>) -> Result<()> {
    let source = Arc::new(recording.clone());
    let read_afresh = || Arc::new(Snapshot::new(source.clone(), ReadLimits::default()));
    let subject = subject(system)?;
    let inventory = Inventory::new(read_afresh(), subject.system.clone());
    let drafted = draft(&subject, &inventory).await?;
    let violations = rules::check(&drafted.enrollment, rules::IronicProfile::default());
    ensure!(violations.is_empty(), "{violations:?}");

    // The standard set is all that the seed reads, and reading it changes nothing.
    let again = Inventory::new(read_afresh(), subject.system.clone());
    again.read_standard_set().await;
    let fetches = source.fetches.load(Ordering::Relaxed);
    ensure!(draft(&subject, &again).await? == drafted);
    let more = source.fetches.load(Ordering::Relaxed) - fetches;
    ensure!(more == 0, "{more} documents are not in the standard set");
    check_readings(recording, &inventory).await?;

    let Some(expected) = expected else {
        return Ok(());
    };
    check_enrollment(recording, &subject, &drafted, &expected)?;
    check_inventory(&inventory, &expected).await
}

fn check_enrollment(
    recording: &Recording,
    subject: &Subject,
    drafted: &Drafted,
    expected: &Expected,
) -> Result<()> {
    let enrollment = &drafted.enrollment;
    same(
        "node",
        &Value::Object(enrollment.node.clone()),
        &json!({
            "driver": "redfish",
            "name": rules::legal_name(&subject.node_name),
            "driver_info": {
                "redfish_address": "https://bmc.invalid",
                "redfish_system_id": subject.system.as_str(),
                "redfish_verify_ca": "/etc/ssl/bmc.pem",
            },
            "properties": expected.properties,
        }),
    )?;
    let macs = match (&expected.ports, &expected.port_interfaces) {
        (Some(macs), None) => macs.clone(),
        (None, Some(interfaces)) => interfaces
            .iter()
            .map(|id| recording.mac(&format!("{}/EthernetInterfaces/{id}", subject.system)))
            .collect::<Result<_>>()?,
        _ => bail!("expect either `ports` or `port_interfaces`"),
    };
    let ports: Vec<_> = macs.iter().map(|mac| json!({"address": mac})).collect();
    same("ports", &json!(enrollment.ports), &json!(ports))?;
    same("traits", &json!(enrollment.traits), &json!([]))?;

    // What is not there is told, each once.
    let all = [
        "cpus",
        "cpu_arch",
        "memory_mb",
        "local_gb",
        "vendor",
        "capabilities",
    ];
    let mut untold: Vec<_> = all
        .iter()
        .filter(|name| expected.properties.get(**name).is_none())
        .map(|name| format!("/node/properties/{name}"))
        .collect();
    let no_port = usize::from(macs.is_empty());
    untold.extend(vec!["/ports".to_owned(); expected.left_out.len() + no_port]);
    let told: Vec<_> = drafted
        .findings
        .iter()
        .map(|finding| finding.pointer.clone())
        .collect();
    same("findings", &json!(told), &json!(untold))
}

async fn check_inventory(inventory: &Inventory, expected: &Expected) -> Result<()> {
    let left_out: Vec<_> = inventory
        .left_out()
        .await?
        .iter()
        .map(|left| &left.id)
        .collect();
    same("left out", &json!(left_out), &json!(expected.left_out))?;
    let kinds: Vec<_> = inventory
        .processors()
        .await?
        .iter()
        .map(|one| &one.kind)
        .collect();
    same("processors", &json!(kinds), &json!(expected.processors))?;
    let drives = inventory.drives().await?;
    same("drives", &json!(drives.len()), &json!(expected.drives))?;
    covers_each("drives", drives, &expected.drive_details)?;
    let nics: Vec<&Nic> = inventory
        .nics()
        .await?
        .iter()
        .filter(|nic| nic.mac.is_some())
        .collect();
    covers_each("nics", &nics, &expected.nics)?;
    covers_each(
        "PCIe",
        inventory.pcie_functions().await?,
        &expected.pcie_functions,
    )?;
    covers(
        "identity",
        &json!(inventory.identity().await?),
        &expected.identity,
    )?;
    covers_each("chassis", inventory.chassis().await?, &expected.chassis)?;
    let manager = json!(inventory.manager().await?);
    ensure!(manager.is_null() == expected.manager.is_null(), "{manager}");
    covers("manager", &manager, &expected.manager)?;
    let mut location = json!(inventory.location().await?);
    if let Some(fields) = location.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    same("location", &location, &expected.location)
}

/// That each part names the very values it was made from: that they are there, and
/// that those of every record are among them.
async fn check_readings(recording: &Recording, inventory: &Inventory) -> Result<()> {
    use InventoryPart as Part;
    inventory.read_standard_set().await;
    let lists = [
        (Part::Processors, json!(inventory.processors().await?)),
        (Part::Drives, json!(inventory.drives().await?)),
        (Part::Nics, json!(inventory.nics().await?)),
        (
            Part::PcieFunctions,
            json!(inventory.pcie_functions().await?),
        ),
        (Part::Chassis, json!(inventory.chassis().await?)),
    ];
    let others = [Part::Identity, Part::Memory, Part::Location, Part::Manager];
    let others = others.map(|part| (part, Value::Null));
    for (part, records) in lists.into_iter().chain(others) {
        let readings = inventory.readings(part);
        for reading in readings.iter() {
            let document = recording.documents.get(&reading.document);
            let value = document.and_then(|document| document.pointer(&reading.pointer));
            let is_there = !reading.pointer.is_empty() && value.is_some_and(|one| !one.is_null());
            ensure!(is_there, "{part:?}: {reading:?}");
        }
        for record in records.as_array().into_iter().flatten() {
            let is_read = |(name, value): (&String, &Value)| {
                !matches!(name.as_str(), "uri" | "id" | "kind") && !value.is_null()
            };
            let says_something = record.as_object().into_iter().flatten().any(is_read);
            let has_some = readings.iter().any(|one| record["uri"] == *one.document);
            ensure!(
                has_some || !says_something,
                "{part:?} names no value of {record:#}"
            );
        }
    }
    Ok(())
}

fn same(what: &str, is: &Value, expected: &Value) -> Result<()> {
    ensure!(is == expected, "{what}: is {is:#}, expected {expected:#}");
    Ok(())
}

/// That `is` has the fields of `expected`, and maybe others.
fn covers(what: &str, is: &Value, expected: &Value) -> Result<()> {
    match expected {
        Value::Null => Ok(()),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            same(
                &format!("{what}.{name}"),
                is.get(name).unwrap_or(&Value::Null),
                value,
            )
        }),
        _ => bail!("{what}: expected values are objects"),
    }
}

fn covers_each<T: Serialize>(what: &str, all: &[T], expected: &[Value]) -> Result<()> {
    if expected.is_empty() {
        return Ok(());
    }
    same(
        &format!("count of {what}"),
        &json!(all.len()),
        &json!(expected.len()),
    )?;
    all.iter()
        .zip(expected)
        .try_for_each(|(is, expected)| covers(what, &json!(is), expected))
}

fn subject(system: &str) -> Result<Subject> {
    let system: ResourcePath = system.parse()?;
    Ok(Subject {
        node_uuid: uuid::Uuid::nil(),
        node_name: format!("rack a {}", system.last_segment()),
        pod_manager: "rack-a".into(),
        driver: PodManagerDriver::Redfish,
        address: "https://bmc.invalid".into(),
        verify_ca: VerifyCa::File("/etc/ssl/bmc.pem".into()),
        node: system.clone(),
        system,
        parameters: Map::new(),
        composition: None,
    })
}

/// A recorded machine: what it lacks is absent.
#[derive(Clone, Default)]
struct Recording {
    documents: Arc<Documents>,
    fetches: Arc<AtomicUsize>,
}

impl Recording {
    fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            documents: Arc::new(Documents::open(path)?),
            ..Self::default()
        })
    }

    fn systems(&self) -> Result<Vec<String>> {
        let systems = self.documents.members("/redfish/v1/Systems");
        ensure!(!systems.is_empty(), "no Systems");
        Ok(systems)
    }

    fn mac(&self, interface: &str) -> Result<String> {
        let document = self
            .documents
            .get(interface)
            .context(interface.to_owned())?;
        let mac = document.get("MACAddress").and_then(Value::as_str);
        Ok(mac.context("MACAddress")?.to_lowercase())
    }
}

#[async_trait]
impl Source for Recording {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        self.documents
            .get(path.as_str())
            .cloned()
            .ok_or_else(|| ReadError::Absent { path: path.clone() })
    }
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}
