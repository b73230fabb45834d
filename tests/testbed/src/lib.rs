//! Starts the real counterparts that tests and the demo run against.
