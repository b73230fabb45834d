//! The one integration-test binary.

mod ironic;
