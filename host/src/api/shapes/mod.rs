//! What bodies and queries look like, for `/v1/openapi.json`: each type describes
//! what a handler puts together or takes apart, and is never made. A test runs
//! requests of all kinds against a server and holds replies against them.
#![expect(
    dead_code,
    clippy::large_enum_variant,
    reason = "they describe, and are never made"
)]

pub(super) mod common;
pub(super) mod compose;
pub(super) mod decisions;
pub(super) mod hooks;
pub(super) mod nodes;
pub(super) mod pod_managers;
pub(super) mod register;
pub(super) mod registrations;
