//! The contract's bindings, generated. One world for what every hook imports
//! and one for each thing that a hook may export: the type of what is exported
//! goes into the component by the macro that exports it, so a hook that only
//! reviews has no trace of mapping.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "generated; the contract itself is documented"
)]

pub mod imports {
    wit_bindgen::generate!({
        path: "../wit/since_v0.1.0",
        world: "imports",
        generate_unused_types: true,
        additional_type_attributes: {
            "valence:hooks/inventory@0.1.0/identity": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/processor": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/drive": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/nic": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/pcie-function": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/location": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/chassis": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/manager": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/resource-block": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/resource-zone": [#[derive(Default, PartialEq, Eq)]],
            "valence:hooks/inventory@0.1.0/attached-device": [#[derive(Default, PartialEq, Eq)]],
        },
    });
    pub use self::valence::hooks;
}

pub mod map {
    wit_bindgen::generate!({
        path: "../wit/since_v0.1.0",
        world: "map-hook",
        export_macro_name: "export_map",
        pub_export_macro: true,
        with: {
            "valence:hooks/types@0.1.0": super::imports::hooks::types,
            "valence:hooks/redfish@0.1.0": super::imports::hooks::redfish,
            "valence:hooks/inventory@0.1.0": super::imports::hooks::inventory,
            "valence:hooks/registration@0.1.0": super::imports::hooks::registration,
            "valence:hooks/settings@0.1.0": super::imports::hooks::settings,
            "valence:hooks/provenance@0.1.0": super::imports::hooks::provenance,
            "valence:hooks/log@0.1.0": super::imports::hooks::log,
        },
    });
    pub use self::exports::valence::hooks::mapping::{Error, Guest};
}

pub mod review {
    wit_bindgen::generate!({
        path: "../wit/since_v0.1.0",
        world: "review-hook",
        export_macro_name: "export_review",
        pub_export_macro: true,
        with: {
            "valence:hooks/types@0.1.0": super::imports::hooks::types,
            "valence:hooks/redfish@0.1.0": super::imports::hooks::redfish,
            "valence:hooks/inventory@0.1.0": super::imports::hooks::inventory,
            "valence:hooks/registration@0.1.0": super::imports::hooks::registration,
            "valence:hooks/settings@0.1.0": super::imports::hooks::settings,
            "valence:hooks/provenance@0.1.0": super::imports::hooks::provenance,
            "valence:hooks/log@0.1.0": super::imports::hooks::log,
        },
    });
    pub use self::exports::valence::hooks::review::{Effect, Error, Finding, Guest};
}

pub mod configure {
    wit_bindgen::generate!({
        path: "../wit/since_v0.1.0",
        world: "configured-hook",
        export_macro_name: "export_configure",
        pub_export_macro: true,
        with: {
            "valence:hooks/types@0.1.0": super::imports::hooks::types,
            "valence:hooks/redfish@0.1.0": super::imports::hooks::redfish,
            "valence:hooks/inventory@0.1.0": super::imports::hooks::inventory,
            "valence:hooks/registration@0.1.0": super::imports::hooks::registration,
            "valence:hooks/settings@0.1.0": super::imports::hooks::settings,
            "valence:hooks/provenance@0.1.0": super::imports::hooks::provenance,
            "valence:hooks/log@0.1.0": super::imports::hooks::log,
        },
    });
    pub use self::exports::valence::hooks::about::{Description, Guest as About};
    pub use self::exports::valence::hooks::configuration::Guest;
}
