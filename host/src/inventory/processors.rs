//! Processors, and the accelerators that Redfish lists among them.

use std::sync::Arc;

use serde_json::Value;

use super::fields::Fields;
use super::found::Source;
use super::quirks::{ARCHITECTURES, INSTRUCTION_SETS, MODEL_WORDS, PROCESSOR_IDS, look_up};
use super::read::{count, is_there, linked, text};
use super::types::Processor;
use crate::redfish::{Document, ReadError, Snapshot};

/// A processor without `ProcessorType`: the property came with the first
/// accelerators, and older services list nothing but CPUs.
const UNTYPED: &str = "CPU";

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Vec<Processor>, Vec<Source>), ReadError> {
    let listed = linked(snapshot, system, "/Processors").await?;
    let mut sources = Vec::new();
    let found = listed
        .iter()
        .filter(|document| is_there(document.body()))
        .map(|document| processor(document, &mut sources))
        .collect();
    Ok((found, sources))
}

fn processor(document: &Arc<Document>, sources: &mut Vec<Source>) -> Processor {
    let mut fields = Fields::of(document, sources);
    Processor {
        uri: document.path().to_string(),
        kind: fields
            .text("/ProcessorType")
            .unwrap_or_else(|| UNTYPED.into()),
        manufacturer: fields.text("/Manufacturer"),
        model: fields.text("/Model"),
        architecture: architecture(&mut fields).map(str::to_owned),
        cores: fields.count32("/TotalCores"),
        threads: fields.count32("/TotalThreads"),
        speed_mhz: fields.count32("/MaxSpeedMHz"),
    }
}

/// By what the service says of it, else by what leaves no choice.
fn architecture(fields: &mut Fields<'_>) -> Option<&'static str> {
    let mut said = |pointer, table| {
        fields.by(pointer, |body, pointer| {
            look_up(table, &text(body, pointer)?)
        })
    };
    said("/InstructionSet", INSTRUCTION_SETS)
        .or_else(|| said("/ProcessorArchitecture", ARCHITECTURES))
        .or_else(|| fields.by("/ProcessorId", |body, _| by_id(body)))
        .or_else(|| fields.by("/Model", |body, pointer| by_model(&text(body, pointer)?)))
}

/// The architecture of a processor whose document is `body`.
#[cfg(test)]
pub(super) fn architecture_of(body: Value) -> Option<&'static str> {
    let path = "/redfish/v1/Systems/1/Processors/1".parse().ok()?;
    let document = Arc::new(Document::new(path, body));
    architecture(&mut Fields::of(&document, &mut Vec::new()))
}

fn by_id(body: &Value) -> Option<&'static str> {
    let vendor = text(body, "/ProcessorId/VendorId")?;
    let family =
        text(body, "/ProcessorId/EffectiveFamily").and_then(|text| match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        });
    PROCESSOR_IDS
        .iter()
        .find(|(known, in_family, ..)| {
            *known == vendor && (in_family.is_none() || *in_family == family)
        })
        .map(|(_, _, architecture, _)| *architecture)
}

fn by_model(model: &str) -> Option<&'static str> {
    let model = model.to_lowercase();
    MODEL_WORDS
        .iter()
        .find(|(word, ..)| model.contains(word))
        .map(|(_, architecture, _)| *architecture)
}

/// How many processors an operating system would count: what Ironic's inspection
/// and its agent call `cpus`. Only CPUs that are there count, not accelerators;
/// where one of them does not say, the system's summary does, or nobody.
pub(super) fn logical(system: &Document, processors: &[Processor]) -> Option<u64> {
    let cpus: Vec<_> = processors
        .iter()
        .filter(|cpu| cpu.kind == UNTYPED)
        .collect();
    let threads: Option<u64> = cpus.iter().map(|cpu| cpu.threads.map(u64::from)).sum();
    threads
        .filter(|_| !cpus.is_empty())
        .or_else(|| count(system.body(), "/ProcessorSummary/LogicalProcessorCount"))
}

/// The architecture that all CPUs have. Without any, the model in the system's
/// summary may leave no choice.
pub(super) fn common_architecture(system: &Document, processors: &[Processor]) -> Option<String> {
    let mut cpus = processors.iter().filter(|cpu| cpu.kind == UNTYPED);
    let Some(first) = cpus.next() else {
        return by_model(&text(system.body(), "/ProcessorSummary/Model")?).map(str::to_owned);
    };
    cpus.all(|cpu| cpu.architecture == first.architecture)
        .then(|| first.architecture.clone())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_architecture_is_what_leaves_no_choice() {
        for (body, expected) in [
            (
                json!({"InstructionSet": "x86-64", "ProcessorArchitecture": "x86"}),
                Some("x86_64"),
            ),
            (json!({"InstructionSet": "ARM-A64"}), Some("aarch64")),
            (
                json!({"InstructionSet": "OEM", "ProcessorArchitecture": "OEM"}),
                None,
            ),
            (
                json!({"InstructionSet": "PowerISA", "ProcessorArchitecture": "Power"}),
                None,
            ),
            (json!({"ProcessorArchitecture": "ARM"}), Some("aarch64")),
            (
                json!({"Model": "AMD EPYC 7302P 16-Core Processor      "}),
                Some("x86_64"),
            ),
            (json!({"Model": "Genuine Intel(R) CPU 0000%@"}), None),
            (
                json!({"Model": "Genuine Intel(R) CPU 0000%@", "ProcessorId": {"VendorId": "GenuineIntel", "EffectiveFamily": "0x06"}}),
                Some("x86_64"),
            ),
            (
                json!({"ProcessorId": {"VendorId": "GenuineIntel", "EffectiveFamily": "0x20"}}),
                None,
            ),
            (json!({}), None),
        ] {
            let told = body.to_string();
            let document = Arc::new(Document::new("/redfish/v1/P".parse().unwrap(), body));
            let mut sources = Vec::new();
            let mut fields = Fields::of(&document, &mut sources);
            assert_eq!(architecture(&mut fields), expected, "{told}");
            assert_eq!(sources.len(), usize::from(expected.is_some()), "{told}");
        }
    }
}
