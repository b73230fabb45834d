//! What a server tells of itself, and how it ends.

mod stopping;
mod telling;
