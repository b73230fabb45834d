//! Times as Valence writes them.

use jiff::Timestamp;

/// `2017-08-14 07:31:18 UTC`.
pub(super) fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
