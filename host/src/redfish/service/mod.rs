//! A live Redfish service over HTTP (DSP0266).
//!
//! What is sent goes to the configured origin and to no other: links are paths,
//! redirects are not followed, proxies are not used.

mod answer;
mod client;
mod login;
mod origin;
mod settings;
mod transport;
mod write;

#[cfg(test)]
mod tests;

pub use client::Service;
pub use settings::{ServiceError, ServiceSettings};
pub use write::{Write, WriteError, Written};
