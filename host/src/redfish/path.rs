//! The path of a resource: what an `@odata.id` holds.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A resource's path on the service that is being read, without a slash at its
/// end and without a fragment. Only a further page of a collection has a query.
///
/// Nothing that could lead to another host, or out of the Redfish tree, is one:
/// a document's links are followed with our credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourcePath(Arc<str>);

/// Text that is no path of a Redfish resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{link}` is no path of a Redfish resource: {reason}")]
pub struct PathError {
    link: String,
    reason: &'static str,
}

/// Longer than any real `@odata.id` seen, short enough to log.
const LONGEST: usize = 1024;

impl ResourcePath {
    /// `/redfish/v1`.
    pub fn root() -> Self {
        Self("/redfish/v1".into())
    }

    /// The path as it stands in documents.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without its query, and the query.
    pub(super) fn parts(&self) -> (&str, Option<&str>) {
        match self.0.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.0, None),
        }
    }

    /// The last segment: mostly the resource's `Id`.
    pub fn last_segment(&self) -> &str {
        self.parts().0.rsplit('/').next().unwrap_or_default()
    }

    /// The path `below` this one.
    pub fn join(&self, below: &str) -> Result<Self, PathError> {
        format!("{}/{below}", self.parts().0).parse()
    }

    /// The path of a collection's further page, which an `@odata.nextLink` gives:
    /// unlike the link to a resource it may have a query, such as `?$skip=50`.
    pub fn page(link: &str) -> Result<Self, PathError> {
        let (link, _) = link.split_once('#').unwrap_or((link, ""));
        let Some((path, query)) = link.split_once('?') else {
            return link.parse();
        };
        let path: Self = path.parse()?;
        let harmless = |c: char| c.is_ascii_alphanumeric() || "$=&_.,-~%+:()'*!;".contains(c);
        if link.len() > LONGEST || !query.chars().all(harmless) {
            return Err(PathError {
                link: crate::text::tame(link, 200),
                reason: "it has a query that is no page of a collection",
            });
        }
        Ok(Self(format!("{path}?{query}").into()))
    }

    /// The path with `query`, unless it has one already or the query is none that a
    /// page may have.
    pub(super) fn with_query(&self, query: &str) -> Option<Self> {
        if self.0.contains('?') {
            return None;
        }
        Self::page(&format!("{}?{query}", self.0)).ok()
    }

    /// The path as services compare it that are careless about it: escapes
    /// undone, in lower case, without the query.
    pub(crate) fn folded(&self) -> String {
        fold(self.parts().0)
    }
}

/// `text` with its `%XX` undone where that gives text, in lower case.
pub(super) fn fold(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, after @ ..]) => hex(*high)
                .zip(hex(*low))
                .map(|(high, low)| (high << 4 | low, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|_| text.to_owned())
        .to_lowercase()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

impl FromStr for ResourcePath {
    type Err = PathError;

    fn from_str(link: &str) -> Result<Self, PathError> {
        let whole = link.trim_end_matches('/');
        if is_plain(whole) {
            return Ok(Self(whole.into()));
        }
        let refuse = |reason| {
            Err(PathError {
                link: crate::text::tame(link, 200),
                reason,
            })
        };
        let path = link
            .split_once('#')
            .map_or(link, |(path, _)| path)
            .trim_end_matches('/');
        if path.len() > LONGEST {
            return refuse("it is too long");
        }
        let Some(below) = path.strip_prefix("/redfish") else {
            return refuse("it is to begin with `/redfish`");
        };
        if !below.is_empty() && !below.starts_with('/') {
            return refuse("it is to begin with `/redfish`");
        }
        if path.contains(['\\', '@', '?']) || path.chars().any(char::is_control) {
            return refuse("it has a character that could lead elsewhere");
        }
        for segment in path.split('/').skip(1) {
            if matches!(segment, "" | "." | "..") {
                return refuse("it has an empty or dotted segment");
            }
            if !segment.contains('%') {
                continue;
            }
            let lower = segment.to_ascii_lowercase();
            if ["%2f", "%5c", "%2e", "%00", "%40"]
                .iter()
                .any(|escape| lower.contains(escape))
            {
                return refuse("it has an escape that could lead elsewhere");
            }
        }
        Ok(Self(path.into()))
    }
}

/// Whether `path` is of a resource, and told to be one by its bytes alone, as most are.
fn is_plain(path: &str) -> bool {
    let mut after_slash = false;
    let below = path.strip_prefix("/redfish").unwrap_or("?");
    let is_below = below.is_empty() || below.starts_with('/');
    path.len() <= LONGEST
        && is_below
        && below.bytes().all(|byte| match byte {
            b'/' => !std::mem::replace(&mut after_slash, true),
            b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                after_slash = false;
                true
            }
            _ => false,
        })
}

impl TryFrom<String> for ResourcePath {
    type Error = PathError;

    fn try_from(link: String) -> Result<Self, PathError> {
        Self::page(&link)
    }
}

impl From<ResourcePath> for String {
    fn from(path: ResourcePath) -> Self {
        path.0.as_ref().to_owned()
    }
}

impl fmt::Display for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_end_and_fragments_are_dropped() {
        for link in ["/redfish/v1/Systems/1/", "/redfish/v1/Systems/1#/Boot"] {
            assert_eq!(
                link.parse::<ResourcePath>().unwrap().as_str(),
                "/redfish/v1/Systems/1"
            );
        }
    }

    #[test]
    fn real_ids_are_taken() {
        for link in [
            "/redfish/v1/Drives/Disk.Bay.0:Enclosure.Internal.0-1",
            "/redfish/v1/Systems/Node 1",
        ] {
            assert!(link.parse::<ResourcePath>().is_ok(), "{link}");
        }
    }

    #[test]
    fn links_that_could_lead_elsewhere_are_refused() {
        for link in [
            "",
            "https://evil.example/redfish/v1",
            "//evil.example/redfish/v1",
            "/redfish/v1//evil.example",
            "/redfish/v1/\\evil",
            "/redfish/v1/@evil",
            "/redfish/v1/../../etc",
            "/redfish/v1/%2e%2e/etc",
            "/redfish/v1/a%2Fb",
            "/redfishy/v1",
            "/json/comm_controller_info",
            "/redfish/v1/a?x=1",
            "/redfish/v1/a\nb",
        ] {
            assert!(link.parse::<ResourcePath>().is_err(), "{link}");
        }
    }

    #[test]
    fn a_page_may_have_a_query_and_a_resource_may_not() {
        let page = ResourcePath::page("/redfish/v1/Systems/?$skip=50&$top=50").unwrap();
        assert_eq!(page.as_str(), "/redfish/v1/Systems?$skip=50&$top=50");
        assert_eq!(page.last_segment(), "Systems");
        assert_eq!(page.join("1").unwrap().as_str(), "/redfish/v1/Systems/1");
        for link in [
            "https://evil.example/redfish/v1/Systems?$skip=1",
            "//evil.example?$skip=1",
            "/redfish/v1/Systems?u=http://evil.example",
            "/redfish/v1/Systems?a b",
            "/redfish/v1/Systems?a@b",
        ] {
            assert!(ResourcePath::page(link).is_err(), "{link}");
        }
    }

    #[test]
    fn folding_undoes_escapes_and_case() {
        let path: ResourcePath = "/redfish/v1/%41ccountService/Node%201/100%"
            .parse()
            .unwrap();
        assert_eq!(path.folded(), "/redfish/v1/accountservice/node 1/100%");
    }
}
