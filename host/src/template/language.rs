//! What new hooks can be written in.

use super::files;

/// What a new hook is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, with the SDK.
    Rust,
    /// Python, with componentize-py.
    Python,
    /// JavaScript, with componentize-js.
    Javascript,
    /// C, with the bindings of wit-bindgen.
    C,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Javascript, Self::C];

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Javascript => "JavaScript",
            Self::C => "C",
        }
    }

    /// What has to be there before its hooks can be built, a paragraph in Markdown.
    pub fn needs(self) -> &'static str {
        match self {
            Self::Rust => {
                "Building needs Rust with the target `wasm32-unknown-unknown`: `rustup target add wasm32-unknown-unknown`, \
                 or your\ndistribution's package of it (Fedora: rust-std-static-wasm32-unknown-unknown, Alpine: rust-wasm). \
                 `cargo test` runs the\nunit tests."
            }
            Self::Python => {
                "Building needs Python 3.10 or newer with `venv` (Debian: python3-venv); the first build fetches componentize-py\n\
                 from PyPI, into `.venv`. The component is 18 MB, as it has the interpreter in it, and costs about a hundred times\n\
                 what the same hook in Rust does."
            }
            Self::Javascript => {
                "Building needs Node.js 20 or newer with npm; the first build fetches componentize-js from npm, into \
                 `node_modules`. The\ncomponent is 12 MB, as it has the interpreter in it."
            }
            Self::C => {
                "Building needs Python 3.10 or newer with `venv` (Debian: python3-venv); the first build fetches zig, which has \
                 the compiler\nin it, from PyPI into `.venv` (100 MB). With a zig of your own, change the steps in `hook.toml`. \
                 The component is 12 KB.\nThere is no C library: `support/` has what the bindings need, and a few functions for \
                 texts."
            }
        }
    }

    /// The file to begin with, in Markdown.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Rust => "`src/lib.rs`",
            Self::Python => "`hook.py`",
            Self::Javascript => "`hook.js`",
            Self::C => "`hook.c`",
        }
    }

    /// What of Valence comes along, in Markdown.
    pub(super) fn vendored(self) -> &'static str {
        match self {
            Self::Rust => "`vendor/`",
            Self::Python | Self::Javascript => "`wit/`",
            Self::C => "`wit/`, `bindings/`",
        }
    }

    /// Paths and texts of its own.
    pub(super) fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rust => files::RUST,
            Self::Python => files::PYTHON,
            Self::Javascript => files::JAVASCRIPT,
            Self::C => files::C,
        }
    }
}
