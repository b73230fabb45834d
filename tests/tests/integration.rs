//! The one integration-test binary.

mod architecture;
mod corpus;
mod hooks;
mod ironic;
mod policy_cases;
mod register;
