//! The uuids under which things are created in Ironic.
//!
//! They follow from what they are for, so that a request that is sent twice
//! creates once, and one whose answer was lost can be looked up.

use uuid::Uuid;

/// What the uuids of Ironic nodes are made in. Never to change: it would cut
/// Valence off from everything that it has registered.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_5dd2_3b7e_4a59_9c40_2d8a_71e3_b6f4);

/// The uuid in Ironic of the Valence node `valence_node`, which has been
/// deregistered `epoch` times.
pub fn node_uuid(valence_node: Uuid, epoch: u32) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{valence_node}:{epoch}").as_bytes())
}

/// The uuid of the port with this MAC, of the Ironic node `node`.
pub fn port_uuid(node: Uuid, mac: &str) -> Uuid {
    Uuid::new_v5(&node, format!("port:{}", mac.to_lowercase()).as_bytes())
}

/// The uuid of the port group of this name, of the Ironic node `node`.
pub fn portgroup_uuid(node: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&node, format!("portgroup:{name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_has_one_uuid_of_its_own() {
        let node = Uuid::from_u128(1);
        let ironic = node_uuid(node, 0);
        assert_eq!(ironic, node_uuid(node, 0));
        assert_ne!(ironic, node_uuid(node, 1));
        assert_ne!(ironic, node_uuid(Uuid::from_u128(2), 0));
        assert_eq!(ironic.get_version_num(), 5);
        assert_ne!(port_uuid(ironic, "a"), portgroup_uuid(ironic, "a"));
        assert_ne!(port_uuid(ironic, "a"), port_uuid(node_uuid(node, 1), "a"));
    }

    #[test]
    fn a_mac_is_the_same_in_either_case() {
        let node = Uuid::from_u128(1);
        assert_eq!(
            port_uuid(node, "AA:BB:CC:00:00:01"),
            port_uuid(node, "aa:bb:cc:00:00:01")
        );
    }
}
