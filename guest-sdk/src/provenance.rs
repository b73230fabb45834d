//! Why a value is what it is.

/// Says why this hook set, changed or removed the value at `pointer`. Valence
/// keeps it with the registration and shows it to whoever asks.
///
/// A pointer is `/node/…`, `/ports/<mac>/…`, `/portgroups/<name>/…`,
/// `/traits/<trait>` or `/credentials`. Without a host, as in the hook's own unit tests, this
/// does nothing.
pub fn because(pointer: impl AsRef<str>, reason: impl AsRef<str>) {
    #[cfg(target_family = "wasm")]
    crate::contract::imports::hooks::provenance::because(pointer.as_ref(), reason.as_ref());
    #[cfg(not(target_family = "wasm"))]
    let _ = (pointer.as_ref(), reason.as_ref());
}
