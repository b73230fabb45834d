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
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::Javascript];

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Javascript => "JavaScript",
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
        }
    }

    /// The file to begin with, in Markdown.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Rust => "`src/lib.rs`",
            Self::Python => "`hook.py`",
            Self::Javascript => "`hook.js`",
        }
    }

    /// What of Valence comes along, in Markdown.
    pub(super) fn vendored(self) -> &'static str {
        match self {
            Self::Rust => "`vendor/`",
            Self::Python | Self::Javascript => "`wit/`",
        }
    }

    /// Paths and texts of its own.
    pub(super) fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rust => files::RUST,
            Self::Python => files::PYTHON,
            Self::Javascript => files::JAVASCRIPT,
        }
    }
}
