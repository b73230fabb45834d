//! What a server tells of itself, and how it ends.

mod checking;
mod image;
mod settings;
mod stopping;
mod telling;
