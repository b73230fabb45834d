//! Registering many nodes: over the real API and command line, against real Ironic.

mod bed;
mod cut_off;
mod lists;
mod requests;
