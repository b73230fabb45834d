//! DMTF's composition service: a POST to the collection of systems, which names
//! resource blocks or says what the system is to have.

use serde_json::{Map, Value, json};

use super::blocks::{Block, links, resource_blocks};
use super::choose::{Amounts, Offer, choose};
use super::{ComposeError, Order, marked};
use crate::node::{CompositionRequest, PodManagerDriver, Requirements};
use crate::redfish::find::collection;
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot, present};
use crate::text::tame;

/// The use case of a service that chooses blocks by itself (DSP2050).
const CONSTRAINED: &str = "ComputerSystemConstrainedComposition";

pub(super) async fn order(
    snapshot: &Snapshot,
    request: &CompositionRequest,
    mark: &str,
) -> Result<Order, ComposeError> {
    let systems = collection(snapshot, PodManagerDriver::RedfishComposition).await?;
    let service = Service::find(snapshot).await?;
    let wanted = &request.properties;
    let mut body = Map::new();
    body.insert("Name".into(), json!(request.name));
    body.insert("Description".into(), marked(request, mark));
    let named = !wanted.resource_blocks.is_empty();
    if !named && wanted.resource_zone.is_none() && service.chooses(snapshot).await? {
        body.extend(constraints(wanted)?);
    } else {
        let blocks = match named {
            true => service.named(snapshot, wanted).await?,
            false => service.chosen(snapshot, wanted).await?,
        };
        let links: Vec<_> = blocks
            .iter()
            .map(|path| json!({"@odata.id": path.as_str()}))
            .collect();
        body.insert("Links".into(), json!({"ResourceBlocks": links}));
    }
    Ok(Order {
        path: systems.clone(),
        body: Value::Object(body),
        collection: systems,
    })
}

/// The composition service: its blocks and zones.
struct Service {
    blocks: Vec<ResourcePath>,
    /// Those that are in its free pool, where it has one.
    free: Option<Vec<ResourcePath>>,
    zones: Vec<ResourcePath>,
}

impl Service {
    async fn find(snapshot: &Snapshot) -> Result<Self, ComposeError> {
        let root = snapshot.read(&ResourcePath::root()).await?;
        let Some(link) = root.link("/CompositionService") else {
            return Err(ComposeError::Unfit(
                "the service has no `CompositionService`; is another driver meant?".into(),
            ));
        };
        let service = snapshot.read(&link?).await?;
        if service.get("/ServiceEnabled") == Some(&Value::Bool(false)) {
            let path = service.path();
            return Err(ComposeError::Stuck(format!(
                "`{path}` is disabled: `ServiceEnabled` is false"
            )));
        }
        let blocks = members(snapshot, &service, "/ResourceBlocks").await?;
        Ok(Self {
            blocks: blocks.unwrap_or_default(),
            free: members(snapshot, &service, "/FreePool").await?,
            zones: members(snapshot, &service, "/ResourceZones")
                .await?
                .unwrap_or_default(),
        })
    }

    /// Whether it chooses blocks by itself.
    async fn chooses(&self, snapshot: &Snapshot) -> Result<bool, ReadError> {
        for zone in &self.zones {
            let Some(zone) = present(snapshot.read(zone).await)? else {
                continue;
            };
            let listed = zone.get("/@Redfish.CollectionCapabilities/Capabilities");
            let mut listed = listed.and_then(Value::as_array).into_iter().flatten();
            if listed.any(|one| one.get("UseCase").and_then(Value::as_str) == Some(CONSTRAINED)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The blocks of each zone that may be used; all of them, where there are no zones.
    async fn within(
        &self,
        snapshot: &Snapshot,
        wanted: Option<&str>,
    ) -> Result<Vec<Vec<ResourcePath>>, ComposeError> {
        if self.zones.is_empty() && wanted.is_none() {
            return Ok(vec![self.blocks.clone()]);
        }
        let zones = match wanted {
            Some(wanted) => vec![one(&self.zones, wanted, "resource zone")?],
            None => self.zones.clone(),
        };
        snapshot.prefetch(zones.clone()).await;
        let mut within = Vec::new();
        for zone in &zones {
            if let Some(zone) = present(snapshot.read(zone).await)? {
                within.push(links(&zone, "/Links/ResourceBlocks"));
            }
        }
        Ok(within)
    }

    /// The blocks that the request names, which are free and go together.
    async fn named(
        &self,
        snapshot: &Snapshot,
        wanted: &Requirements,
    ) -> Result<Vec<ResourcePath>, ComposeError> {
        let paths = wanted
            .resource_blocks
            .iter()
            .map(|name| one(&self.blocks, name, "resource block"))
            .collect::<Result<Vec<_>, _>>()?;
        for block in resource_blocks(snapshot, &paths).await? {
            if !block.free {
                return Err(ComposeError::Taken(format!(
                    "the resource block `{}` is in use or reserved",
                    block.path
                )));
            }
        }
        let zones = self
            .within(snapshot, wanted.resource_zone.as_deref())
            .await?;
        let together = |zone: &Vec<ResourcePath>| paths.iter().all(|path| zone.contains(path));
        if !zones.iter().any(together) {
            let names = wanted.resource_blocks.join("`, `");
            return Err(ComposeError::Unfit(format!(
                "the resource blocks `{}` are of no resource zone together: only blocks of one zone can be composed",
                tame(&names, 300)
            )));
        }
        Ok(paths)
    }

    /// Free blocks of one zone with what the request wants.
    async fn chosen(
        &self,
        snapshot: &Snapshot,
        wanted: &Requirements,
    ) -> Result<Vec<ResourcePath>, ComposeError> {
        let amounts = amounts(wanted)?;
        let candidates = self.free.as_ref().unwrap_or(&self.blocks);
        let blocks = resource_blocks(snapshot, candidates).await?;
        let mut offers = Vec::new();
        for block in blocks.iter().filter(|block| block.free) {
            offers.push(Offer {
                block: block.path.clone(),
                amounts: offered(snapshot, block, wanted).await?,
            });
        }
        let zones = self
            .within(snapshot, wanted.resource_zone.as_deref())
            .await?;
        choose(&offers, &zones, &amounts).ok_or_else(|| {
            let said: Vec<_> = amounts
                .iter()
                .map(|(kind, n)| format!("{n} of {kind}"))
                .collect();
            ComposeError::Taken(format!(
                "no resource zone has free blocks with all of this: {}",
                said.join(", ")
            ))
        })
    }
}

async fn members(
    snapshot: &Snapshot,
    service: &Document,
    pointer: &str,
) -> Result<Option<Vec<ResourcePath>>, ReadError> {
    let Some(link) = service.link(pointer) else {
        return Ok(None);
    };
    Ok(present(snapshot.members(&link?).await)?.flatten())
}

/// The one of `all` with this path or id.
fn one(all: &[ResourcePath], wanted: &str, what: &str) -> Result<ResourcePath, ComposeError> {
    let wanted_path = wanted.parse::<ResourcePath>().ok();
    let found = all.iter().find(|path| match &wanted_path {
        Some(wanted) => path.folded() == wanted.folded(),
        None => path.last_segment() == wanted,
    });
    found.cloned().ok_or_else(|| {
        let ids: Vec<_> = all
            .iter()
            .take(20)
            .map(|path| path.last_segment())
            .collect();
        ComposeError::Unfit(format!(
            "there is no {what} `{}`; there are `{}`",
            tame(wanted, 100),
            ids.join("`, `")
        ))
    })
}

/// What is wanted, as amounts.
fn amounts(wanted: &Requirements) -> Result<Amounts, ComposeError> {
    let mut amounts = Amounts::new();
    let processor = wanted.processor.as_ref();
    // A system without a processor is none.
    let cores = processor.and_then(|of| of.total_cores).unwrap_or(1).max(1);
    amounts.insert("CPU".into(), cores);
    if let Some(mib) = wanted.memory.as_ref().and_then(|of| of.capacity_mib) {
        amounts.insert("MEMORY".into(), mib);
    }
    for kind in wanted.pci_device.iter().flat_map(|of| &of.kinds) {
        *amounts.entry(device(kind)?).or_default() += 1;
    }
    Ok(amounts)
}

/// A kind of device, as amounts have it.
fn device(kind: &str) -> Result<String, ComposeError> {
    Ok(match kind.to_ascii_uppercase().as_str() {
        "NIC" | "NETWORK" => "NIC",
        "SSD" | "NVME" | "HDD" | "DRIVE" | "STORAGE" => "DRIVE",
        "GPU" => "GPU",
        "FPGA" => "FPGA",
        "DSP" => "DSP",
        "ACCELERATOR" => "Accelerator",
        _ => {
            return Err(ComposeError::Unfit(format!(
                "no device is called `{}`: there are `NIC`, `SSD`, `GPU`, `FPGA`, `DSP` and `accelerator`",
                tame(kind, 60)
            )));
        }
    }
    .to_owned())
}

/// What `block` has of what is wanted.
async fn offered(
    snapshot: &Snapshot,
    block: &Block,
    wanted: &Requirements,
) -> Result<Amounts, ReadError> {
    let mut amounts = Amounts::new();
    let mut add = |kind: &str, amount: u64| *amounts.entry(kind.to_owned()).or_default() += amount;
    for (name, parts) in &block.parts {
        match *name {
            "EthernetInterfaces" | "NetworkInterfaces" => add("NIC", count(parts)),
            "Drives" | "Storage" | "SimpleStorage" => add("DRIVE", count(parts)),
            _ => {}
        }
    }
    let of = |name: &str| block.parts.get(name).map_or(&[][..], Vec::as_slice);
    snapshot
        .prefetch([of("Processors"), of("Memory")].concat())
        .await;
    let model = wanted.processor.as_ref().and_then(|of| of.model.as_deref());
    for part in of("Processors") {
        let Some(part) = present(snapshot.read(part).await)? else {
            continue;
        };
        let kind = part.text("/ProcessorType").unwrap_or("CPU");
        let cores = part.get("/TotalCores").and_then(Value::as_u64);
        match kind {
            "CPU" | "Core" if !holds(part.text("/Model"), model) => {}
            "CPU" | "Core" => add("CPU", cores.unwrap_or(1)),
            other => add(other, 1),
        }
    }
    let kind = wanted.memory.as_ref().and_then(|of| of.kind.as_deref());
    for part in of("Memory") {
        let Some(part) = present(snapshot.read(part).await)? else {
            continue;
        };
        if holds(part.text("/MemoryDeviceType"), kind) {
            let mib = part.get("/CapacityMiB").and_then(Value::as_u64);
            add("MEMORY", mib.unwrap_or(0));
        }
    }
    Ok(amounts)
}

fn count(parts: &[ResourcePath]) -> u64 {
    u64::try_from(parts.len()).unwrap_or(u64::MAX)
}

/// Whether `found` is what is wanted, as far as anything is.
fn holds(found: Option<&str>, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| {
        found.is_some_and(|found| found.to_lowercase().contains(&wanted.to_lowercase()))
    })
}

/// What the system is to have, for a service that chooses by itself.
fn constraints(wanted: &Requirements) -> Result<Map<String, Value>, ComposeError> {
    let processor = wanted.processor.clone().unwrap_or_default();
    let mut cpu = asked(1, &[("ProcessorType", Some(json!("CPU")))]);
    cpu.extend(given("TotalCores", processor.total_cores.map(Value::from)));
    cpu.extend(given("Model", processor.model.map(Value::from)));
    let mut processors = vec![cpu];
    let mut body = Map::new();
    if let Some(memory) = wanted.memory.clone() {
        let capacity = memory.capacity_mib.map(Value::from);
        let kind = memory.kind.map(Value::from);
        let module = asked(1, &[("CapacityMiB", capacity), ("MemoryDeviceType", kind)]);
        body.insert("Memory".into(), json!({"Members": [module]}));
    }
    let mut amounts = amounts(wanted)?;
    amounts.remove("CPU");
    amounts.remove("MEMORY");
    for (kind, number) in amounts {
        let place = match kind.as_str() {
            "NIC" => "EthernetInterfaces",
            "DRIVE" => "Storage",
            other => {
                processors.push(asked(number, &[("ProcessorType", Some(json!(other)))]));
                continue;
            }
        };
        body.insert(place.into(), json!({"Members": [asked(number, &[])]}));
    }
    body.insert("Processors".into(), json!({"Members": processors}));
    Ok(body)
}

/// So many of what has these values.
fn asked(number: u64, values: &[(&str, Option<Value>)]) -> Map<String, Value> {
    let mut of = Map::from_iter([("@Redfish.RequestedCount".to_owned(), json!(number))]);
    for (key, value) in values {
        of.extend(given(key, value.clone()));
    }
    of
}

fn given(key: &str, value: Option<Value>) -> Option<(String, Value)> {
    value.map(|value| (key.to_owned(), value))
}
