//! The one integration-test binary.

mod hooks;
