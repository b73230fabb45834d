//! Hooks in the engine, from loading to what their output comes to.

mod bench;
mod chain;
mod guest;
mod hostile;
mod loading;
