//! A live Redfish service over HTTP (DSP0266).
//!
//! What is sent goes to the configured origin and to no other: links are paths,
//! redirects are not followed, proxies are not used.

mod answer;
mod cache;
mod client;
mod expand;
mod login;
mod origin;
mod patience;
mod read;
mod settings;
mod task;
mod transport;
mod write;

#[cfg(test)]
mod tests;

pub use cache::Cache;
pub use client::Service;
pub use settings::{ServiceError, ServiceSettings};
pub use write::{Write, WriteError, Written};
