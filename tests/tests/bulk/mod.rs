//! Registering many nodes: over the real API and command line, against real Ironic.

pub(crate) mod bed;
mod cut_off;
mod lists;
mod requests;
