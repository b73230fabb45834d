//! Looks in Ironic for a node that is the same machine as ours.

use futures::future::join_all;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::apply::Plan;
use super::call::Call;
use super::conflicts::holders;
use super::converge::find_whole;
use super::listing::go_through;
use super::patience::Patience;
use super::problem::Problem;
use super::saga::Saga;
use super::whole::Whole;
use super::{Client, IronicError, NoJournal};
use crate::enrollment::Enrollment;

/// The most pages that are gone through: half a million nodes, or a tenth of that
/// where Ironic's own limit is small.
const PAGES: usize = 1000;

/// By what a node in Ironic shows that it is the same machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Its BMC's address and the system's id there.
    Bmc,
    /// Its ports, which all have MACs of our machine.
    Macs,
}

impl Evidence {
    /// In words.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Bmc => "its BMC address and system id",
            Self::Macs => "the MACs of its ports",
        }
    }
}

/// What a look for the same machine comes to.
#[derive(Debug)]
pub enum Twin {
    /// There is none, and nothing is in the way.
    None,
    /// There is one.
    One(Box<Whole>, Evidence),
    /// There are several.
    Several(Vec<Uuid>),
    /// There is none, or one, and another node has what ours needs.
    InTheWay(Problem),
}

/// Looks for the machine of `plan`, which has `macs`, whatever ports it is to get.
/// A name shows nothing.
///
/// # Errors
/// If Ironic does not tell.
pub async fn find_twin(client: &Client, plan: &Plan, macs: &[String]) -> Result<Twin, IronicError> {
    let saga = Saga {
        client: client.for_registration(plan.registration),
        journal: &NoJournal,
        registration: plan.registration,
        guard: None,
    };
    let holders = holders(&saga, plan).await?;
    let machine = Machine::of(&plan.enrollment, macs);
    let mut found = machine.among(&saga, &holders.uuids()).await?;
    if found.is_empty() {
        let uuids = machine.listed(&saga).await?;
        found = machine.among(&saga, &uuids).await?;
    }
    let mut found = found.into_iter();
    match (found.next(), found.len()) {
        (None, _) => Ok(match holders.in_the_way(&saga, plan).await {
            Some(problem) => Twin::InTheWay(problem),
            None => Twin::None,
        }),
        (Some((whole, evidence)), 0) => {
            let as_found = Plan {
                node_uuid: whole.uuid,
                ..plan.clone()
            };
            Ok(match holders.in_the_way(&saga, &as_found).await {
                Some(problem) => Twin::InTheWay(problem),
                None => Twin::One(Box::new(whole), evidence),
            })
        }
        (Some((first, _)), _) => {
            let others = found.map(|(whole, _)| whole.uuid);
            Ok(Twin::Several(
                [first.uuid].into_iter().chain(others).collect(),
            ))
        }
    }
}

/// The system of a BMC that an enrollment is about, written in one way.
pub fn bmc_of(enrollment: &Enrollment) -> Option<String> {
    let driver_info = enrollment.node.get("driver_info")?;
    bmc(driver_info).map(|(address, system)| format!("{address} {system}"))
}

struct Machine {
    bmc: Option<(String, String)>,
    macs: Vec<String>,
}

impl Machine {
    fn of(enrollment: &Enrollment, macs: &[String]) -> Self {
        let of_ports = enrollment
            .ports
            .iter()
            .filter_map(|port| port.get("address")?.as_str());
        Self {
            bmc: enrollment.node.get("driver_info").and_then(bmc),
            macs: macs
                .iter()
                .map(String::as_str)
                .chain(of_ports)
                .map(str::to_lowercase)
                .collect(),
        }
    }

    /// Those of `uuids` that are it.
    async fn among(
        &self,
        saga: &Saga<'_>,
        uuids: &[String],
    ) -> Result<Vec<(Whole, Evidence)>, IronicError> {
        let uuids = uuids.iter().filter_map(|uuid| uuid.parse().ok());
        let wholes = join_all(uuids.map(|uuid| find_whole(&saga.client, uuid))).await;
        let mut found = Vec::new();
        for whole in wholes {
            if let Some(whole) = whole?
                && let Some(evidence) = self.is(&whole)
            {
                found.push((whole, evidence));
            }
        }
        Ok(found)
    }

    fn is(&self, whole: &Whole) -> Option<Evidence> {
        let theirs = whole.view().pointer("/node/driver_info").and_then(bmc);
        if self.bmc.is_some() && theirs == self.bmc {
            return Some(Evidence::Bmc);
        }
        if let (Some((address, _)), Some((ours, _))) = (&theirs, &self.bmc)
            && address == ours
        {
            // Another system behind the same BMC: whatever its ports say.
            return None;
        }
        let ports = whole.view().get("ports").and_then(Value::as_object)?;
        let all = ports.keys().all(|mac| self.macs.contains(mac));
        (all && !ports.is_empty()).then_some(Evidence::Macs)
    }

    /// The uuids of all nodes behind the same BMC address and system id. Ironic
    /// cannot be asked for those, so all nodes are gone through.
    async fn listed(&self, saga: &Saga<'_>) -> Result<Vec<String>, IronicError> {
        let mut found = Vec::new();
        if self.bmc.is_none() {
            return Ok(found);
        }
        let client = &saga.client;
        let query = [("fields", "uuid,driver_info")];
        let patience = || Some(Patience::of(client.brief()));
        let all = go_through(client, &query, PAGES, patience, |node| {
            if node.get("driver_info").and_then(bmc) == self.bmc {
                let uuid = node.get("uuid").and_then(Value::as_str);
                found.extend(uuid.map(str::to_owned));
            }
        });
        if all.await? {
            return Ok(found);
        }
        // Whoever took it for all might make a machine twice.
        let text = format!("it lists nodes on more than {PAGES} pages");
        Err(client.garbage(&Call::get(["nodes"]), &text))
    }
}

/// Address and system id of `driver_info`, each written in one way.
fn bmc(driver_info: &Value) -> Option<(String, String)> {
    let text = |key: &str| driver_info.get(key)?.as_str();
    let address = text("redfish_address")?;
    let url = if address.contains("://") {
        Url::parse(address)
    } else {
        // As Ironic reads it.
        Url::parse(&format!("https://{address}"))
    };
    let url = url.ok()?;
    let root = url.path().trim_end_matches('/');
    let root = root.strip_suffix("/redfish/v1").unwrap_or(root);
    let address = format!(
        "{}://{}:{}{root}",
        url.scheme(),
        url.host_str()?,
        url.port_or_known_default()?
    );
    let system = text("redfish_system_id")?.trim_end_matches('/').to_owned();
    Some((address, system))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SYSTEM: &str = "/redfish/v1/Systems/1";

    fn machine() -> Machine {
        let enrollment: Enrollment = serde_json::from_value(json!({
            "node": {"name": "ours", "driver_info":
                {"redfish_address": "https://10.0.0.5", "redfish_system_id": SYSTEM}},
            "ports": [{"address": "AA:00:00:00:00:01"}],
        }))
        .expect("an enrollment");
        Machine::of(&enrollment, &["aa:00:00:00:00:02".into()])
    }

    fn evidence(address: &str, system: &str, macs: &[&str]) -> Option<Evidence> {
        let ports = macs.iter().map(|mac| json!({"address": mac})).collect();
        let node = json!({"name": "ours", "driver_info":
            {"redfish_address": address, "redfish_system_id": system}});
        machine().is(&Whole::new(Uuid::nil(), node, ports, vec![]))
    }

    #[test]
    fn the_same_machine_has_the_same_bmc_and_system_or_no_macs_but_ours() {
        let (one, two) = ("aa:00:00:00:00:01", "aa:00:00:00:00:02");
        let (bmc, macs) = (Some(Evidence::Bmc), Some(Evidence::Macs));
        let other = "aa:00:00:00:00:09";
        for (address, system, ports, expected) in [
            ("10.0.0.5", SYSTEM, &[][..], bmc),
            (
                "https://10.0.0.5:443/redfish/v1/",
                "/redfish/v1/Systems/1/",
                &[other],
                bmc,
            ),
            ("https://10.0.0.5", "/redfish/v1/Systems/2", &[one], None),
            ("https://10.0.0.5:8443", SYSTEM, &[], None),
            ("https://10.0.0.6", SYSTEM, &[one, two], macs),
            ("https://10.0.0.6", SYSTEM, &[one, other], None),
            ("", "", &[two], macs),
            ("", "", &[], None),
        ] {
            assert_eq!(
                evidence(address, system, ports),
                expected,
                "{address} {ports:?}"
            );
        }
    }
}
