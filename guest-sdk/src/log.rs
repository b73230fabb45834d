//! Lines for Valence's log, which adds the names of the hook and the node.
//!
//! Without a host, as in a hook's own unit tests, they go nowhere.

#[cfg(target_family = "wasm")]
use crate::contract::imports::hooks::log::{Level, write};

macro_rules! levels {
    ($($(#[$documentation:meta])* $name:ident $level:ident;)*) => {
        $(
            $(#[$documentation])*
            pub fn $name(message: impl AsRef<str>) {
                #[cfg(target_family = "wasm")]
                write(Level::$level, message.as_ref());
                #[cfg(not(target_family = "wasm"))]
                let _ = message.as_ref();
            }
        )*
    };
}

levels! {
    /// For who follows every step.
    trace Trace;
    /// For who looks for a fault in the hook.
    debug Debug;
    /// For who wants to know what was done.
    info Info;
    /// For who should look at it some time.
    warn Warn;
    /// For who should look at it now.
    error Error;
}
