//! What cases have tried of a hook, and what not.

use std::collections::{BTreeMap, BTreeSet};

use super::run::Ran;
use super::settings;

/// What all cases together have tried of one hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The Redfish values that it read: JSON Pointers by document, ids in it
    /// replaced by `*`, so that machines count together.
    pub reads: BTreeMap<String, BTreeSet<String>>,
    /// Keys of its settings' schema that no case sets: `prefix`, `rules/*/traits`.
    pub settings_untried: Vec<String>,
    /// Phases that it takes part in and no case came to.
    pub phases_untried: Vec<&'static str>,
}

/// What `runs` have tried, by the name of each hook.
pub fn cover(runs: &[Ran]) -> BTreeMap<String, Coverage> {
    let mut found: BTreeMap<String, Coverage> = BTreeMap::new();
    let mut tried: BTreeMap<String, Tried> = BTreeMap::new();
    for ran in runs {
        for run in &ran.hooks {
            let reads = &mut found.entry(run.name.clone()).or_default().reads;
            for reading in &*run.reads {
                let document = reads.entry(generic(&reading.document)).or_default();
                document.insert(reading.pointer.clone().into_owned());
            }
            let phases = &mut tried.entry(run.name.clone()).or_default().tried;
            phases.extend(run.phases.iter().copied());
        }
        for hook in ran.chain.iter().flat_map(|chain| chain.hooks()) {
            let known = tried.entry(hook.spec.name.clone()).or_default();
            known.phases.extend(hook.phases());
            known.set.extend(settings::set(&hook.spec.settings));
            let schema = hook.description.as_ref();
            if let Some(schema) = schema.and_then(|about| about.settings_schema.as_ref()) {
                known.keys.extend(settings::keys(schema));
            }
        }
    }
    for (name, tried) in tried {
        let coverage = found.entry(name).or_default();
        coverage.settings_untried = settings::untried(tried.keys, &tried.set);
        coverage.phases_untried = tried.phases.difference(&tried.tried).copied().collect();
    }
    found
}

#[derive(Default)]
struct Tried {
    phases: BTreeSet<&'static str>,
    tried: BTreeSet<&'static str>,
    keys: BTreeSet<String>,
    set: BTreeSet<String>,
}

/// The path of a document with the ids of members replaced by `*`: every other
/// part of a path is the name of a collection.
fn generic(path: &str) -> String {
    let Some(rest) = path.strip_prefix("/redfish/v1/") else {
        return path.to_owned();
    };
    let parts: Vec<_> = rest.trim_end_matches('/').split('/').collect();
    let mut shown = String::from("/redfish/v1");
    let mut in_collection = false;
    for part in parts {
        shown.push('/');
        shown.push_str(if in_collection { "*" } else { part });
        // What a resource holds by one name is a collection, or a resource alone.
        in_collection = !in_collection && COLLECTIONS.contains(&part);
    }
    shown
}

/// Names that stand before ids in paths (DSP0266, and the schemas of DSP8010).
const COLLECTIONS: [&str; 16] = [
    "Systems",
    "Chassis",
    "Managers",
    "Nodes",
    "Processors",
    "Memory",
    "EthernetInterfaces",
    "NetworkInterfaces",
    "NetworkAdapters",
    "NetworkPorts",
    "NetworkDeviceFunctions",
    "Storage",
    "Drives",
    "PCIeDevices",
    "ResourceBlocks",
    "ResourceZones",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_of_different_ids_count_together() {
        for (path, shown) in [
            ("/redfish/v1", "/redfish/v1"),
            ("/redfish/v1/Systems/1", "/redfish/v1/Systems/*"),
            ("/redfish/v1/Systems/1/Bios", "/redfish/v1/Systems/*/Bios"),
            (
                "/redfish/v1/CompositionService/ResourceBlocks/gpu-2",
                "/redfish/v1/CompositionService/ResourceBlocks/*",
            ),
            (
                "/redfish/v1/Systems/System.Embedded.1/EthernetInterfaces/NIC.1-1",
                "/redfish/v1/Systems/*/EthernetInterfaces/*",
            ),
        ] {
            assert_eq!(generic(path), shown);
        }
    }
}
