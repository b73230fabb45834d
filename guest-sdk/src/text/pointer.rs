//! JSON Pointers (RFC 6901).

/// The pointer to what is found by going through `segments`, whatever letters
/// they hold.
///
/// ```
/// # use valence_hook::text::pointer;
/// assert_eq!(pointer(["node", "extra", "a/b~c"]), "/node/extra/a~1b~0c");
/// ```
pub fn pointer<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> String {
    let escaped = |segment: S| segment.as_ref().replace('~', "~0").replace('/', "~1");
    segments
        .into_iter()
        .map(|segment| format!("/{}", escaped(segment)))
        .collect()
}
