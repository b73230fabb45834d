//! Systems composed of resource blocks, as DSP2050 has it.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer::{Answer, Asked};
use super::documents::{Documents, bare, collection, link, links};
use super::machine::make_controllable;
use super::pool::{ACTIVE, FREE, Pool, SERVICE, ZONES};

const SYSTEMS: &str = "/redfish/v1/Systems";

/// What can be had of a block, by the names of its properties.
const KINDS: [&str; 4] = ["Processors", "Memory", "EthernetInterfaces", "Drives"];

/// The composition service.
#[derive(Debug)]
pub(super) struct Compositions {
    pool: Pool,
    made: usize,
}

impl Compositions {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, made: 0 }
    }

    /// Adds what the service has to `documents`.
    pub(super) fn furnish(&self, documents: &mut Documents) {
        self.pool.furnish(documents);
    }

    /// What becomes of a request that is about compositions; none where it is not.
    pub(super) fn answer(&mut self, asked: &Asked, documents: &mut Documents) -> Option<Answer> {
        if asked.method == Method::POST && asked.path == SYSTEMS {
            return Some(
                self.compose(&asked.body, documents)
                    .unwrap_or_else(|refused| refused),
            );
        }
        if asked.method == Method::DELETE && asked.path.starts_with(&format!("{SYSTEMS}/")) {
            return Some(decompose(&asked.path, documents));
        }
        None
    }

    fn compose(&mut self, body: &Value, documents: &mut Documents) -> Result<Answer, Answer> {
        let enabled = documents
            .get(SERVICE)
            .is_some_and(|service| service.get("ServiceEnabled") == Some(&json!(true)));
        if !enabled {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(Answer::error(status, "the composition service is disabled"));
        }
        let named = body
            .pointer("/Links/ResourceBlocks")
            .and_then(Value::as_array);
        let blocks = match named {
            Some(named) => named
                .iter()
                .map(|link| Some(bare(link.get("@odata.id")?.as_str()?).to_owned()))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| Answer::refused("a resource block is no link"))?,
            None if !self.pool.constrained => {
                return Err(Answer::refused("`Links.ResourceBlocks` is missing"));
            }
            None => fitting(body, documents)?,
        };
        check(&blocks, documents)?;
        self.made += 1;
        let id = format!("Composed-{}", self.made);
        let path = format!("{SYSTEMS}/{id}");
        let system = assembled(&path, &id, body, &blocks, documents);
        documents.put_member(SYSTEMS, &path, system);
        for block in &blocks {
            mark(block, Some(&path), documents);
        }
        move_between(FREE, ACTIVE, &blocks, documents);
        let made = documents.get(&path).cloned().unwrap_or(Value::Null);
        Ok(Answer::created(&path, made))
    }
}

/// That systems can be composed of `blocks` now.
fn check(blocks: &[String], documents: &Documents) -> Result<(), Answer> {
    for block in blocks {
        let Some(document) = documents.get(block) else {
            return Err(Answer::refused(format!("there is no block `{block}`")));
        };
        if !is_free(document) {
            let message = format!("the block `{block}` is in use");
            return Err(Answer::error(StatusCode::CONFLICT, message));
        }
    }
    let together = documents.members(ZONES).iter().any(|zone| {
        blocks
            .iter()
            .all(|block| in_zone(zone, documents).contains(block))
    });
    if !together {
        return Err(Answer::refused("the blocks are of no zone together"));
    }
    let has_cpu = blocks.iter().any(|block| {
        parts(block, "Processors", documents)
            .iter()
            .any(|part| kind_of(part, documents) == "CPU")
    });
    if !has_cpu {
        return Err(Answer::refused("a system needs a block with a processor"));
    }
    Ok(())
}

/// Free blocks of one zone with what `body` asks for.
fn fitting(body: &Value, documents: &Documents) -> Result<Vec<String>, Answer> {
    let wanted = wanted(body);
    if wanted.is_empty() {
        return Err(Answer::refused("it asks for nothing"));
    }
    for zone in documents.members(ZONES) {
        let mut missing = wanted.clone();
        let mut chosen = Vec::new();
        for block in in_zone(&zone, documents) {
            let free = documents.get(&block).is_some_and(is_free);
            let offers = offers(&block, documents);
            let helps = offers
                .keys()
                .any(|kind| missing.get(kind).is_some_and(|amount| *amount > 0));
            if !free || !helps {
                continue;
            }
            for (kind, amount) in offers {
                if let Some(left) = missing.get_mut(&kind) {
                    *left = left.saturating_sub(amount);
                }
            }
            chosen.push(block);
        }
        if missing.values().all(|left| *left == 0) {
            return Ok(chosen);
        }
    }
    let message = "no zone has free blocks with all of that";
    Err(Answer::error(StatusCode::CONFLICT, message))
}

/// How much is asked for: of CPUs the cores, of memory the MiB, of all else the number.
fn wanted(body: &Value) -> BTreeMap<String, u64> {
    let mut wanted = BTreeMap::new();
    for kind in ["Processors", "Memory", "EthernetInterfaces", "Storage"] {
        let members = body.pointer(&format!("/{kind}/Members"));
        for member in members.and_then(Value::as_array).into_iter().flatten() {
            let number = |key: &str| member.get(key).and_then(Value::as_u64);
            let count = number("@Redfish.RequestedCount").unwrap_or(1);
            let of = member.get("ProcessorType").and_then(Value::as_str);
            let (kind, amount) = match kind {
                "Processors" if of.unwrap_or("CPU") == "CPU" => {
                    ("CPU", count * number("TotalCores").unwrap_or(1))
                }
                "Processors" => (of.unwrap_or_default(), count),
                "Memory" => ("Memory", count * number("CapacityMiB").unwrap_or(1)),
                "Storage" => ("Drives", count),
                other => (other, count),
            };
            *wanted.entry(kind.to_owned()).or_default() += amount;
        }
    }
    wanted
}

fn offers(block: &str, documents: &Documents) -> BTreeMap<String, u64> {
    let mut offers = BTreeMap::new();
    for kind in KINDS {
        for part in parts(block, kind, documents) {
            let number = |key: &str| documents.get(&part).and_then(|of| of.get(key)?.as_u64());
            let (kind, amount) = match (kind, kind_of(&part, documents).as_str()) {
                ("Processors", "CPU") => ("CPU".to_owned(), number("TotalCores")),
                ("Processors", other) => (other.to_owned(), None),
                ("Memory", _) => (kind.to_owned(), number("CapacityMiB")),
                _ => (kind.to_owned(), None),
            };
            *offers.entry(kind).or_default() += amount.unwrap_or(1);
        }
    }
    offers
}

/// The system that `blocks` make. Its parts stay where they are.
fn assembled(
    path: &str,
    id: &str,
    body: &Value,
    blocks: &[String],
    documents: &mut Documents,
) -> Value {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let mut system = json!({
        "@odata.type": "#ComputerSystem.v1_20_1.ComputerSystem", "Id": id,
        "Name": text("Name").unwrap_or("Composed System"), "SystemType": "Composed",
        "Manufacturer": "Acme Metal", "Model": "AM-C",
        "Status": {"State": "Enabled", "Health": "OK"},
        "Links": {"ResourceBlocks": links(blocks)},
    });
    if let Some(description) = text("Description") {
        system["Description"] = json!(description);
    }
    make_controllable(&mut system, path);
    let all = |kind: &str, documents: &Documents| -> Vec<String> {
        let parts = blocks
            .iter()
            .flat_map(|block| parts(block, kind, documents));
        parts.collect()
    };
    let processors = all("Processors", documents);
    let cpus: Vec<_> = processors
        .iter()
        .filter(|part| kind_of(part, documents) == "CPU")
        .collect();
    let cores: u64 = cpus
        .iter()
        .filter_map(|part| documents.get(part)?.get("TotalCores")?.as_u64())
        .sum();
    system["ProcessorSummary"] = json!({"Count": cpus.len(), "CoreCount": cores});
    let memory = all("Memory", documents);
    let mib: u64 = memory
        .iter()
        .filter_map(|part| documents.get(part)?.get("CapacityMiB")?.as_u64())
        .sum();
    system["MemorySummary"] = json!({"TotalSystemMemoryGiB": mib / 1024});
    let nics = all("EthernetInterfaces", documents);
    for (key, kind, members) in [
        ("Processors", "Processor", processors),
        ("Memory", "Memory", memory),
        ("EthernetInterfaces", "EthernetInterface", nics),
    ] {
        let place = format!("{path}/{key}");
        documents.put(&place, collection(kind));
        documents.set_members(&place, &members);
        system[key] = link(&place);
    }
    let drives = all("Drives", documents);
    if !drives.is_empty() {
        let place = format!("{path}/Storage");
        documents.put(&place, collection("Storage"));
        let storage = json!({
            "@odata.type": "#Storage.v1_15_0.Storage", "Id": "1", "Name": "Storage",
            "Drives": links(&drives),
        });
        documents.put_member(&place, &format!("{place}/1"), storage);
        system["Storage"] = link(&place);
    }
    system
}

fn decompose(path: &str, documents: &mut Documents) -> Answer {
    let Some(system) = documents.get(path) else {
        return Answer::missing(path);
    };
    if system.get("SystemType") != Some(&json!("Composed")) {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Answer::error(status, "this system was not composed");
    }
    let blocks = system
        .pointer("/Links/ResourceBlocks")
        .and_then(Value::as_array);
    let blocks: Vec<_> = blocks
        .into_iter()
        .flatten()
        .filter_map(|link| Some(link.get("@odata.id")?.as_str()?.to_owned()))
        .collect();
    for block in &blocks {
        mark(block, None, documents);
    }
    move_between(ACTIVE, FREE, &blocks, documents);
    documents.remove_member(SYSTEMS, path);
    Answer::done()
}

/// Says of `block` which system it is in.
fn mark(block: &str, system: Option<&str>, documents: &mut Documents) {
    if let Some(block) = documents.get_mut(block) {
        let state = if system.is_some() {
            "Composed"
        } else {
            "Unused"
        };
        block["Pool"] = json!(if system.is_some() { "Active" } else { "Free" });
        block["CompositionStatus"]["CompositionState"] = json!(state);
        block["CompositionStatus"]["NumberOfCompositions"] = json!(usize::from(system.is_some()));
        block["Links"]["ComputerSystems"] = links(system.as_slice());
    }
}

fn move_between(from: &str, to: &str, blocks: &[String], documents: &mut Documents) {
    let mut there = documents.members(to);
    there.extend_from_slice(blocks);
    let here: Vec<_> = documents
        .members(from)
        .into_iter()
        .filter(|block| !blocks.contains(block))
        .collect();
    documents.set_members(from, &here);
    documents.set_members(to, &there);
}

fn in_zone(zone: &str, documents: &Documents) -> Vec<String> {
    let blocks = documents
        .get(zone)
        .and_then(|zone| zone.pointer("/Links/ResourceBlocks")?.as_array());
    let path = |link: &Value| Some(link.get("@odata.id")?.as_str()?.to_owned());
    blocks.into_iter().flatten().filter_map(path).collect()
}

fn is_free(block: &Value) -> bool {
    let status = block.get("CompositionStatus");
    let is = |key: &str, value: Value| status.and_then(|status| status.get(key)) == Some(&value);
    is("CompositionState", json!("Unused")) && is("Reserved", json!(false))
}

fn parts(block: &str, kind: &str, documents: &Documents) -> Vec<String> {
    let listed = documents.get(block).and_then(|of| of.get(kind)?.as_array());
    let path = |link: &Value| Some(link.get("@odata.id")?.as_str()?.to_owned());
    listed.into_iter().flatten().filter_map(path).collect()
}

fn kind_of(part: &str, documents: &Documents) -> String {
    let kind = documents
        .get(part)
        .and_then(|part| part.get("ProcessorType")?.as_str());
    kind.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::pool::BLOCKS;
    use super::*;

    #[test]
    fn blocks_are_found_by_what_is_asked_and_come_from_one_zone() {
        let mut documents = Documents::of_machines([]);
        Pool::of_two_zones(1).furnish(&mut documents);
        let body = json!({
            "Processors": {"Members": [{"@Redfish.RequestedCount": 1, "TotalCores": 40}]},
            "EthernetInterfaces": {"Members": [{"@Redfish.RequestedCount": 2}]},
        });
        let chosen = fitting(&body, &documents).unwrap();
        let ids: Vec<_> = chosen
            .iter()
            .map(|path| path.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(ids, ["Compute-1", "Compute-2", "Net-1"]);
        let mixed = ["Compute-1", "Net-3"].map(|id| format!("{BLOCKS}/{id}"));
        assert_eq!(check(&mixed, &documents).unwrap_err().status, 400);
    }
}
