//! Processors, and the accelerators that Redfish lists among them.

use serde_json::Value;

use super::quirks::{ARCHITECTURES, INSTRUCTION_SETS, MODEL_WORDS, PROCESSOR_IDS, look_up};
use super::read::{count, count32, is_there, linked, text};
use super::types::Processor;
use crate::redfish::{Document, ReadError, Snapshot};

/// A processor without `ProcessorType`: the property came with the first
/// accelerators, and older services list nothing but CPUs.
const UNTYPED: &str = "CPU";

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<Vec<Processor>, ReadError> {
    let listed = linked(snapshot, system, "/Processors").await?;
    Ok(listed
        .iter()
        .filter(|document| is_there(document.body()))
        .map(|document| processor(document))
        .collect())
}

fn processor(document: &Document) -> Processor {
    let body = document.body();
    Processor {
        uri: document.path().to_string(),
        kind: text(body, "/ProcessorType").unwrap_or_else(|| UNTYPED.into()),
        manufacturer: text(body, "/Manufacturer"),
        model: text(body, "/Model"),
        architecture: architecture(body).map(str::to_owned),
        cores: count32(body, "/TotalCores"),
        threads: count32(body, "/TotalThreads"),
        speed_mhz: count32(body, "/MaxSpeedMHz"),
    }
}

/// By what the service says of it, else by what leaves no choice.
pub(super) fn architecture(body: &Value) -> Option<&'static str> {
    let said = |pointer, table| text(body, pointer).and_then(|word| look_up(table, &word));
    said("/InstructionSet", INSTRUCTION_SETS)
        .or_else(|| said("/ProcessorArchitecture", ARCHITECTURES))
        .or_else(|| by_id(body))
        .or_else(|| by_model(&text(body, "/Model")?))
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
            assert_eq!(architecture(&body), expected, "{body}");
        }
    }
}
