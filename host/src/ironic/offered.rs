//! Which versions of its API an Ironic offers, and which of them is used.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::rules::Microversion;

/// The versions that an Ironic offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offered {
    pub(super) oldest: Microversion,
    pub(super) newest: Microversion,
}

impl Offered {
    /// What the answer to `GET /` says: an old Ironic (21.4) in its body only, a
    /// newer one in its headers too.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let header = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
        let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let shown = |key: &str| body.pointer("/default_version")?.get(key)?.as_str();
        let shown = |key: &str| shown(key)?.parse().ok();
        Some(Self {
            oldest: header("x-openstack-ironic-api-minimum-version")
                .or_else(|| shown("min_version"))
                .unwrap_or(Microversion::INITIAL),
            newest: header("x-openstack-ironic-api-maximum-version")
                .or_else(|| shown("version"))?,
        })
    }

    /// The version to pin: as new as both sides know, never one that creates nodes
    /// as `available` or knows no traits. An error says what of Ironic is in the way.
    pub(super) fn choose(self, wanted: Option<Microversion>) -> Result<Microversion, String> {
        let Self { oldest, newest } = self;
        let api = wanted.unwrap_or(newest.min(Microversion::NEWEST_TESTED));
        if api < Microversion::TRAITS {
            let floor = Microversion::TRAITS;
            return Err(match wanted {
                Some(api) => format!(
                    "is to be talked to in API {api}: valence needs {floor} or newer, raise `api_version` in `[ironic]`"
                ),
                None => format!("knows its API up to {newest}: valence needs {floor} or newer"),
            });
        }
        if api > newest || api < oldest {
            return Err(format!(
                "knows its API from {oldest} to {newest}, and not {api}: change `api_version` in `[ironic]`"
            ));
        }
        Ok(api)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_as_new_as_both_sides_know() {
        let choose = |newest, wanted: Option<u16>| {
            let offered = Offered {
                oldest: Microversion::INITIAL,
                newest: Microversion(newest),
            };
            let chosen = offered.choose(wanted.map(Microversion));
            chosen.map(|chosen| chosen.0)
        };
        assert_eq!(choose(82, None), Ok(82));
        assert_eq!(choose(999, None), Ok(Microversion::NEWEST_TESTED.0));
        assert_eq!(choose(115, Some(95)), Ok(95));
        assert!(choose(36, None).is_err());
        assert!(choose(82, Some(95)).is_err());
        assert!(choose(115, Some(20)).is_err());
    }

    #[test]
    fn old_ironics_tell_their_versions_in_the_body_only() {
        let body = br#"{"default_version": {"id": "v1", "min_version": "1.1", "version": "1.82"}}"#;
        let offered = Offered::read(&HeaderMap::new(), body).unwrap();
        assert_eq!(offered.newest, Microversion(82));
        assert_eq!(offered.oldest, Microversion::INITIAL);
        for body in [
            &b"<html>"[..],
            b"{}",
            br#"{"default_version": {"version": "v1"}}"#,
        ] {
            assert_eq!(Offered::read(&HeaderMap::new(), body), None);
        }
    }
}
