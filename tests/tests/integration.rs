//! The one integration-test binary.

mod architecture;
mod hooks;
mod register;
