//! Nodes that are composed: what is asked for, and how far it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What a composed node is to have, in Valence's own words: `properties` of a
/// request and of a flavour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirements {
    /// Its memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryWanted>,
    /// Its processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<ProcessorWanted>,
    /// Its devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pci_device: Option<DevicesWanted>,
    /// Ids or paths of the resource blocks that it is to be made of. Empty: those that
    /// are chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_blocks: Vec<String>,
    /// The id or path of the resource zone that they are to be of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_zone: Option<String>,
}

/// Memory that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryWanted {
    /// All of it, in MiB.
    #[serde(with = "as_text", skip_serializing_if = "Option::is_none")]
    pub capacity_mib: Option<u64>,
    /// Redfish `MemoryDeviceType`, as in `DDR4`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Processors that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessorWanted {
    /// The cores of all of them.
    #[serde(with = "as_text", skip_serializing_if = "Option::is_none")]
    pub total_cores: Option<u64>,
    /// Redfish `Model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Devices that are asked for, one of each that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesWanted {
    /// As in `NIC`, `SSD`, `GPU`, `FPGA`.
    #[serde(rename = "type")]
    pub kinds: Vec<String>,
}

/// A named set of requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flavor {
    /// Its identity.
    pub uuid: Uuid,
    /// Unique, without regard to case.
    pub name: String,
    /// What is asked for.
    pub properties: Requirements,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A request to compose a node, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositionRequest {
    /// What the node is to be called.
    pub name: String,
    /// What it is for, in somebody's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name of the flavour that the requirements are from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavor: Option<String>,
    /// What it is to have.
    pub properties: Requirements,
}

impl CompositionRequest {
    /// What hooks get to read of it.
    pub fn told(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The request that hooks would read as `told`, but for what it need not say: the
    /// node's `name`, and `properties` where there are none.
    ///
    /// # Errors
    /// If there is no such request: what is wrong with it.
    pub fn of_told(mut told: Map<String, Value>, name: &str) -> Result<Self, String> {
        told.entry("name").or_insert_with(|| name.into());
        told.entry("properties")
            .or_insert_with(|| Value::Object(Map::new()));
        let told = Value::Object(told);
        let request: Self =
            serde_json::from_value(told.clone()).map_err(|error| error.to_string())?;
        let kept = request.told();
        if kept == told {
            return Ok(request);
        }
        Err(format!("of it nothing is kept but {kept}"))
    }
}

/// How far a composition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompositionState {
    /// The pod manager is being asked, or may have been.
    Intended,
    /// The pod manager has made something of it, which is no node of ours yet.
    Made,
    /// It is a node of ours.
    Composed,
    /// It is being given back.
    Removing,
}

impl CompositionState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Intended, Self::Made, Self::Composed, Self::Removing];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Made => "made",
            Self::Composed => "composed",
            Self::Removing => "removing",
        }
    }
}

/// A node that is composed, from before its pod manager is asked until it is given
/// back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// The node's uuid; it also marks what the pod manager makes.
    pub node: Uuid,
    /// The pod manager's uuid.
    pub podm_id: Uuid,
    /// How far it is.
    pub state: CompositionState,
    /// What was asked for.
    pub request: CompositionRequest,
    /// The paths of what there was before it was asked for.
    pub known: Vec<String>,
    /// The path of what the pod manager has made.
    pub resource_uri: Option<String>,
    /// The UUID that Redfish gives it.
    pub redfish_uuid: Option<String>,
    /// How it is to be registered, as JSON, as long as that is to be done.
    pub registering: Option<String>,
    /// When the pod manager was asked to make it; none: it was not yet.
    pub sent_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// Valence's clients write numbers as text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        number: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => serializer.collect_str(number),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requirements_are_written_as_valences_clients_write_them() {
        let written = json!({
            "memory": {"capacity_mib": "8192", "type": "DDR4"},
            "processor": {"total_cores": "4", "model": "Acme"},
            "pci_device": {"type": ["NIC"]},
        });
        let read: Requirements = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(read.memory.as_ref().unwrap().capacity_mib, Some(8192));
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
        let object = |value: &Value| value.as_object().cloned().unwrap();
        let told = json!({"flavor": "large", "properties": written});
        let request = CompositionRequest::of_told(object(&told), "db-7").unwrap();
        let told = json!({"name": "db-7", "flavor": "large", "properties": written});
        assert_eq!(request.told(), told);
        for (wrong, says) in [
            (json!({"flavour": "large"}), "nothing is kept but"),
            (json!({"properties": {"ram": 1}}), "nothing is kept but"),
            (
                json!({"properties": {"memory": {"capacity_mib": 8192}}}),
                "expected a string",
            ),
            (json!({"flavor": 7}), "expected a string"),
        ] {
            let refused = CompositionRequest::of_told(object(&wrong), "db-7").unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
        let empty: Requirements = serde_json::from_value(json!({})).unwrap();
        assert_eq!(serde_json::to_value(&empty).unwrap(), json!({}));
    }
}
