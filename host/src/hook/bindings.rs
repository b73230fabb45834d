//! The contract as Rust: generated from `wit/`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "generated; the contract itself is documented"
)]

pub use super::state::{DocumentHandle, RegistrationHandle};

wasmtime::component::bindgen!({
    path: "../wit/since_v0.1.0",
    world: "hook",
    // What may read a document may wait for it; nothing else does.
    imports: {
        "valence:hooks/redfish.[method]document.get": async | trappable,
        "valence:hooks/redfish.[method]document.get-many": async | trappable,
        "valence:hooks/redfish.[method]document.follow": async | trappable,
        "valence:hooks/redfish.[method]document.members": async | trappable,
        "valence:hooks/registration.[method]registration.identity": async | trappable,
        "valence:hooks/registration.[method]registration.processors": async | trappable,
        "valence:hooks/registration.[method]registration.memory": async | trappable,
        "valence:hooks/registration.[method]registration.drives": async | trappable,
        "valence:hooks/registration.[method]registration.nics": async | trappable,
        "valence:hooks/registration.[method]registration.pcie-functions": async | trappable,
        "valence:hooks/registration.[method]registration.location": async | trappable,
        "valence:hooks/registration.[method]registration.chassis": async | trappable,
        "valence:hooks/registration.[method]registration.manager": async | trappable,
        "valence:hooks/registration.[method]registration.resource-blocks": async | trappable,
        "valence:hooks/registration.[method]registration.resource-zones": async | trappable,
        "valence:hooks/registration.[method]registration.attached-devices": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "valence:hooks/redfish.document": DocumentHandle,
        "valence:hooks/registration.registration": RegistrationHandle,
    },
});
