//! The draft that standard Redfish gives without any hook: what Valence does for
//! a site that has none, and what the first hook gets to see.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::outcome::{Effect, Finding, Omission};
use super::sources;
use crate::enrollment::{Body, Enrollment, Object, Reading};
use crate::inventory::{Drive, Inventory, Subject};
use crate::node::VerifyCa;
use crate::redfish::ReadError;
use crate::rules::legal_name;

/// What the seed came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafted {
    /// What standard Redfish data says.
    pub enrollment: Enrollment,
    /// What was left out, and why.
    pub findings: Vec<Finding>,
    /// What each value that is of Redfish was made from, by pointer.
    pub sources: BTreeMap<String, Arc<[Reading]>>,
}

/// The property of `driver_info`, `properties` or `ports` that is left out, for the
/// caller.
fn untold(pointer: &str, why: Omission, message: impl Into<String>) -> Finding {
    Finding {
        effect: Effect::Warn,
        message: message.into(),
        pointer: Some(pointer.to_owned()),
        hook: None,
        left_out: Some(why),
    }
}

/// Drafts the enrollment of `subject`.
///
/// The system itself and its network interfaces must be readable: without them
/// there is nothing to register. A property that Redfish does not tell, or whose
/// documents the service cannot deliver, is left out, and a finding says so.
pub async fn draft(subject: &Subject, inventory: &Inventory) -> Result<Drafted, ReadError> {
    let mut findings = Vec::new();
    let mut node = Object::new();
    node.insert("driver".into(), json!("redfish"));
    node.insert("name".into(), json!(legal_name(&subject.node_name)));
    node.insert("driver_info".into(), driver_info(subject));
    let properties = properties(inventory, &mut findings).await?;
    node.insert("properties".into(), Value::Object(properties));
    let ports = ports(inventory, &mut findings).await?;
    let enrollment = Enrollment {
        node,
        ports,
        ..Enrollment::default()
    };
    Ok(Drafted {
        sources: sources::of(&enrollment, subject, inventory).await,
        enrollment,
        findings,
    })
}

/// How Ironic reaches the BMC. Address without `/redfish/v1`, system by its path:
/// as sushy wants them.
fn driver_info(subject: &Subject) -> Value {
    let verify_ca = match &subject.verify_ca {
        VerifyCa::Check(check) => json!(check),
        VerifyCa::File(path) => json!(path),
    };
    json!({
        "redfish_address": subject.address,
        "redfish_system_id": subject.system.as_str(),
        "redfish_verify_ca": verify_ca,
    })
}

/// Under the names, in the units and of the types that Ironic's own inspection
/// writes: `cpus` counts what an operating system would (threads, not cores),
/// `memory_mb` is in MiB, `local_gb` in GiB.
async fn properties(
    inventory: &Inventory,
    findings: &mut Vec<Finding>,
) -> Result<Object, ReadError> {
    let identity = inventory.identity().await?;
    let boot_mode = identity.boot_mode.as_ref();
    let told: [(&str, Told, &str); 6] = [
        (
            "cpus",
            value(inventory.logical_processors().await),
            "how many threads its processors have",
        ),
        (
            "cpu_arch",
            value(inventory.architecture().await),
            "which architecture its processors have",
        ),
        (
            "memory_mb",
            value(inventory.memory_mib().await),
            "how much memory it has",
        ),
        (
            "local_gb",
            value(inventory.drives().await.map(local_gb)),
            "a disk of 4 GiB or more",
        ),
        (
            "vendor",
            Ok(identity.manufacturer.clone().map(Value::from)),
            "its manufacturer",
        ),
        (
            "capabilities",
            Ok(boot_mode.map(|mode| Value::from(format!("boot_mode:{mode}")))),
            "whether it boots by UEFI or BIOS",
        ),
    ];
    let mut properties = Object::new();
    for (name, told, what) in told {
        let (why, left_out) = match told {
            Ok(Some(value)) => {
                properties.insert(name.to_owned(), value);
                continue;
            }
            Ok(None) => match useless(name, inventory).await? {
                Some(told) => (Omission::Hygiene, told),
                None => (Omission::Absent, format!("Redfish does not tell {what}")),
            },
            Err(error) if is_the_documents_own(&error) => (Omission::Unreadable, error.to_string()),
            Err(error) => return Err(error),
        };
        findings.push(untold(
            &format!("/node/properties/{name}"),
            why,
            format!("`{name}` is left out: {left_out}"),
        ));
    }
    Ok(properties)
}

/// What Redfish tells of a property that is as good as nothing.
async fn useless(name: &str, inventory: &Inventory) -> Result<Option<String>, ReadError> {
    Ok(match name {
        "vendor" => inventory.manufacturer_as_written().await?.map(|text| {
            let text = crate::text::tame(&text, 60);
            format!("its manufacturer is given as `{text}`, which says nothing")
        }),
        "local_gb" => {
            let drives = inventory.drives().await?;
            drives
                .iter()
                .any(|drive| drive.capacity_bytes.is_some())
                .then(|| "its disks are smaller than 4 GiB: boot media of the vendor's".to_owned())
        }
        _ => None,
    })
}

/// What Redfish told of one property.
type Told = Result<Option<Value>, ReadError>;

fn value<T: Into<Value>>(told: Result<Option<T>, ReadError>) -> Told {
    told.map(|told| told.map(Into::into))
}

/// Whether it is this document that cannot be had, and would not be the next time
/// either: services answer 500 for a storage collection that they lack, or send
/// half a document. A service that is away, overloaded or too slow, or lets us in no
/// more, is another matter: then nothing that it said can be relied on.
fn is_the_documents_own(error: &ReadError) -> bool {
    matches!(
        error,
        ReadError::Broken { .. } | ReadError::Malformed { .. } | ReadError::BadLink { .. }
    )
}

const GIB: u64 = 1 << 30;

/// The smallest disk of 4 GiB or more, in whole GiB and one less, as Ironic's
/// inspection counts: smaller ones are boot media of the vendor's, and the rest of
/// a GiB goes to partition tables.
fn local_gb(drives: &[Drive]) -> Option<u64> {
    drives
        .iter()
        .filter_map(|drive| drive.capacity_bytes)
        .filter(|bytes| *bytes >= 4 * GIB)
        .min()
        .map(|bytes| bytes / GIB - 1)
}

/// A port for every NIC with a MAC, and no more about it than that: whether it
/// boots, and what it is plugged into, the site knows.
async fn ports(inventory: &Inventory, findings: &mut Vec<Finding>) -> Result<Vec<Body>, ReadError> {
    for left in inventory.left_out().await? {
        let id = crate::text::tame(&left.id, 60);
        findings.push(untold(
            "/ports",
            Omission::Hygiene,
            format!("interface `{id}` gives no port: {}", left.reason),
        ));
    }
    let ports: Vec<_> = inventory
        .nics()
        .await?
        .iter()
        .filter_map(|nic| nic.mac.as_ref())
        .map(|mac| Object::from_iter([("address".to_owned(), json!(mac))]).into())
        .collect();
    if ports.is_empty() {
        findings.push(untold(
            "/ports",
            Omission::Absent,
            "the node has no ports: Redfish lists no network interface with a MAC",
        ));
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_gb_is_the_smallest_real_disk_less_one() {
        let drives = |sizes: &[Option<u64>]| -> Vec<Drive> {
            sizes
                .iter()
                .map(|size| Drive {
                    capacity_bytes: *size,
                    ..Drive::default()
                })
                .collect()
        };
        for (sizes, expected) in [
            (
                &[Some(480_103_981_056), Some(6_401_252_745_216)][..],
                Some(446),
            ),
            (&[Some(2 * GIB), Some(500 * GIB)][..], Some(499)),
            (&[Some(4 * GIB)][..], Some(3)),
            (&[Some(4 * GIB - 1)][..], None),
            (&[None][..], None),
            (&[][..], None),
        ] {
            assert_eq!(local_gb(&drives(sizes)), expected, "{sizes:?}");
        }
    }
}
