//! Updating and adopting nodes, and telling drift: over the real API and command
//! line, against real Ironic.

mod adopt;
mod bed;
mod crash;
mod drift;
mod held_back;
mod meanwhile;
mod unanswered;
mod update;
