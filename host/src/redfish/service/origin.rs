//! The one place that requests go to.

use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

use super::super::ResourcePath;
use super::settings::ServiceError;

/// Scheme, host and port of a service, and the path in front of its `/redfish`
/// where a gateway serves several.
pub(super) struct Origin {
    base: Url,
    prefix: String,
}

/// With or without a slash at the end: services are strict about one or the
/// other, and not all about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    Bare,
    Slashed,
}

impl Spelling {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Bare => Self::Slashed,
            Self::Slashed => Self::Bare,
        }
    }
}

/// The spellings that a service was found to answer to.
#[derive(Default)]
pub(super) struct Spellings {
    root_is_bare: AtomicBool,
    rest_is_slashed: AtomicBool,
}

impl Spellings {
    /// That of the root, or of all the rest.
    pub(super) fn of(&self, is_root: bool) -> Spelling {
        let slashed = if is_root {
            !self.root_is_bare.load(Ordering::Relaxed)
        } else {
            self.rest_is_slashed.load(Ordering::Relaxed)
        };
        if slashed {
            Spelling::Slashed
        } else {
            Spelling::Bare
        }
    }

    /// Notes that `spelling` was answered where the other one was not.
    pub(super) fn note(&self, is_root: bool, spelling: Spelling) {
        let slashed = spelling == Spelling::Slashed;
        if is_root {
            self.root_is_bare.store(!slashed, Ordering::Relaxed);
        } else {
            self.rest_is_slashed.store(slashed, Ordering::Relaxed);
        }
    }
}

impl Origin {
    /// The origin in `url`, which may end in `/redfish` or `/redfish/v1`.
    pub(super) fn new(url: &Url) -> Result<Self, ServiceError> {
        let refuse = |reason| Err(ServiceError::BadUrl { reason });
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("is to begin with `https://` or `http://`");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refuse("names no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("is not to hold an account: `credentials` is the place for it");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("is to have neither a query nor a fragment");
        }
        let path = url.path().trim_end_matches('/');
        let prefix = path
            .strip_suffix("/redfish/v1")
            .or_else(|| path.strip_suffix("/redfish"))
            .unwrap_or(path)
            .trim_end_matches('/')
            .to_owned();
        Ok(Self {
            base: url.clone(),
            prefix,
        })
    }

    /// The URL of the resource at `path`. Whatever is in `path`, it has this origin.
    pub(super) fn url(&self, path: &ResourcePath, spelling: Spelling) -> Url {
        let (path, query) = path.parts();
        let slash = match spelling {
            Spelling::Bare => "",
            Spelling::Slashed => "/",
        };
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}{slash}", self.prefix, escaped(path)));
        url.set_query(query);
        url
    }

    /// The path that a `Location` names, which may be a URL.
    pub(super) fn path_in(&self, location: &str) -> Option<ResourcePath> {
        let url = self.base.join(location).ok()?;
        if url.origin() != self.base.origin() {
            return None;
        }
        url.path().strip_prefix(&self.prefix)?.parse().ok()
    }
}

/// `path` with every `%` that begins no escape made one. The rest that needs
/// escaping, such as spaces, is escaped when the URL is made.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        let mut digits = after.chars();
        let begins = digits.next().is_some_and(|c| c.is_ascii_hexdigit())
            && digits.next().is_some_and(|c| c.is_ascii_hexdigit());
        out.push_str(before);
        out.push_str(if begins { "%" } else { "%25" });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn origin(url: &str) -> Result<Origin, ServiceError> {
        Origin::new(&url.parse().unwrap())
    }

    #[test]
    fn the_root_is_found_with_and_without_its_path() {
        for (url, expected) in [
            (
                "https://bmc.example",
                "https://bmc.example/redfish/v1/Systems",
            ),
            (
                "https://bmc.example/redfish/v1/",
                "https://bmc.example/redfish/v1/Systems",
            ),
            (
                "https://gate.example/v1",
                "https://gate.example/v1/redfish/v1/Systems",
            ),
            (
                "https://bmc.example:8443/redfish",
                "https://bmc.example:8443/redfish/v1/Systems",
            ),
            (
                "http://[fd00::1]:8000/",
                "http://[fd00::1]:8000/redfish/v1/Systems",
            ),
            (
                "https://gate.example/rack/7/redfish/v1",
                "https://gate.example/rack/7/redfish/v1/Systems",
            ),
        ] {
            let path = "/redfish/v1/Systems".parse().unwrap();
            let made = origin(url).unwrap().url(&path, Spelling::Bare);
            assert_eq!(made.as_str(), expected);
        }
    }

    #[test]
    fn urls_that_are_no_origin_are_refused_without_repeating_them() {
        for url in [
            "ftp://bmc.example/",
            "https://admin:canary@bmc.example/",
            "https://bmc.example/redfish/v1?x=canary",
            "https://bmc.example/#canary",
        ] {
            let error = origin(url).err().unwrap().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn what_needs_escaping_is_escaped_once() {
        let origin = origin("https://bmc.example").unwrap();
        for (path, expected) in [
            ("/redfish/v1/Systems/Node 1", "/redfish/v1/Systems/Node%201"),
            (
                "/redfish/v1/Systems/Node%201",
                "/redfish/v1/Systems/Node%201",
            ),
            ("/redfish/v1/Systems/100%", "/redfish/v1/Systems/100%25"),
            (
                "/redfish/v1/Drives/Disk.0:Enclosure.1-1",
                "/redfish/v1/Drives/Disk.0:Enclosure.1-1",
            ),
        ] {
            let url = origin.url(&path.parse().unwrap(), Spelling::Bare);
            assert_eq!(url.path(), expected);
        }
    }

    #[test]
    fn a_location_elsewhere_is_none() {
        let origin = origin("https://gate.example/rack/redfish/v1").unwrap();
        let session: ResourcePath = "/redfish/v1/SessionService/Sessions/1".parse().unwrap();
        for location in [
            "/rack/redfish/v1/SessionService/Sessions/1",
            "https://gate.example/rack/redfish/v1/SessionService/Sessions/1/",
        ] {
            assert_eq!(
                origin.path_in(location),
                Some(session.clone()),
                "{location}"
            );
        }
        for location in [
            "https://evil.example/rack/redfish/v1/x",
            "//evil.example/rack/redfish/v1",
            "/x",
        ] {
            assert_eq!(origin.path_in(location), None, "{location}");
        }
    }

    proptest! {
        #[test]
        fn no_link_of_a_document_leads_to_another_origin(link in "/redfish/v1/.{0,40}|.{0,60}|(//|/redfish/|\\\\|@|%2f|\\.\\.|evil|:|\\?){1,9}") {
            let origin = origin("https://bmc.example").unwrap();
            if let Ok(path) = ResourcePath::page(&link) {
                let url = origin.url(&path, Spelling::Bare);
                prop_assert_eq!(url.origin(), origin.base.origin());
                prop_assert!(url.path().starts_with("/redfish"), "{}", url);
                prop_assert_eq!(url.username(), "");
            }
        }
    }
}
