//! The catalogue that comes with a token, and the choice of Ironic in it.

use serde::Deserialize;
use url::Url;

use super::settings::Wanted;
use crate::text::tame;

/// How many services or endpoints an error lists.
const LISTED: usize = 20;

/// One service of the catalogue.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Service {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Endpoint {
    #[serde(default)]
    interface: String,
    // Both are there, and the older name may be the only one.
    region_id: Option<String>,
    region: Option<String>,
    #[serde(default)]
    url: String,
}

impl Endpoint {
    fn region(&self) -> &str {
        let region = self.region_id.as_deref().or(self.region.as_deref());
        region.unwrap_or_default()
    }

    fn shown(&self) -> String {
        let (interface, region) = (tame(&self.interface, 40), tame(self.region(), 80));
        format!("`{interface}` in region `{region}`")
    }
}

/// The address of what is wanted; else a sentence that says what there is.
pub(super) fn choose(catalogue: &[Service], wanted: &Wanted) -> Result<Url, String> {
    let kind = wanted.types.first().map_or("", String::as_str);
    if catalogue.is_empty() {
        return Err(
            "gives this token no catalogue: it has no scope; say `project_name` with its domain, or `system_scope: all`"
                .into(),
        );
    }
    let services: Vec<_> = wanted
        .types
        .iter()
        .flat_map(|kind| catalogue.iter().filter(move |found| found.kind == *kind))
        .collect();
    if services.is_empty() {
        let all = listed(
            catalogue
                .iter()
                .map(|found| format!("`{}`", tame(&found.kind, 80))),
        );
        return Err(format!(
            "has no service of type `{kind}` in its catalogue: there are {all}; register ironic there, or set `baremetal_endpoint_override`"
        ));
    }
    let named: Vec<_> = services
        .iter()
        .filter(|found| wanted.name.as_ref().is_none_or(|name| found.name == *name))
        .collect();
    if named.is_empty() {
        let name = wanted.name.as_deref().unwrap_or_default();
        let all = listed(
            services
                .iter()
                .map(|found| format!("`{}`", tame(&found.name, 80))),
        );
        return Err(format!(
            "has no service of type `{kind}` named `{name}` in its catalogue: there are {all}"
        ));
    }
    let endpoints = || named.iter().flat_map(|found| &found.endpoints);
    let chosen = wanted.interfaces.iter().find_map(|interface| {
        endpoints().find(|endpoint| {
            let here = wanted
                .region
                .as_ref()
                .is_none_or(|region| endpoint.region() == region);
            here && endpoint.interface == *interface
        })
    });
    let Some(chosen) = chosen else {
        let interfaces = wanted.interfaces.join("` or `");
        let region = match &wanted.region {
            Some(region) => format!(" in region `{region}`"),
            None => String::new(),
        };
        let all = match endpoints().next() {
            Some(_) => format!("there are {}", listed(endpoints().map(Endpoint::shown))),
            None => "it has none at all".into(),
        };
        return Err(format!(
            "has no `{interfaces}` endpoint of `{kind}`{region} in its catalogue: {all}; check `region_name` and `interface`"
        ));
    };
    Url::parse(&chosen.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            let url = tame(&chosen.url, 200);
            format!("has `{url}` as the address of `{kind}` in its catalogue, which is none")
        })
}

/// Each once, in the order of the alphabet.
fn listed(all: impl Iterator<Item = String>) -> String {
    let all: std::collections::BTreeSet<_> = all.collect();
    let more = all.len().saturating_sub(LISTED);
    let mut shown = all.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        shown.push_str(&format!(" and {more} more"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Vec<Service> {
        serde_json::from_str(
            r#"[
                {"type": "identity", "name": "keystone", "endpoints": []},
                {"type": "bare-metal", "name": "old", "endpoints": [
                    {"interface": "public", "region": "one", "url": "http://old"}]},
                {"type": "baremetal", "name": "ironic", "endpoints": [
                    {"interface": "internal", "region_id": "two", "region": "two", "url": "http://two-internal:6385"},
                    {"interface": "public", "region_id": "one", "url": "http://one/baremetal"},
                    {"interface": "public", "region_id": "two", "url": "http://two/v1"},
                    {"interface": "admin", "region_id": "two", "url": "nowhere"}]}
            ]"#,
        )
        .unwrap()
    }

    fn wanted(interfaces: &[&str], region: Option<&str>) -> Wanted {
        Wanted {
            types: vec!["baremetal".into(), "bare-metal".into()],
            name: None,
            interfaces: interfaces.iter().map(|name| (*name).into()).collect(),
            region: region.map(Into::into),
        }
    }

    #[test]
    fn type_interface_and_region_lead_to_an_address() {
        for (interfaces, region, url) in [
            (&["public"][..], None, "http://one/baremetal"),
            (&["public"], Some("two"), "http://two/v1"),
            (
                &["internal", "public"],
                Some("two"),
                "http://two-internal:6385/",
            ),
            (&["internal", "public"], Some("one"), "http://one/baremetal"),
        ] {
            let found = choose(&catalogue(), &wanted(interfaces, region));
            assert_eq!(found.map(String::from).as_deref(), Ok(url));
        }
        let old = &catalogue()[..2];
        let found = choose(old, &wanted(&["public"], Some("one")));
        assert_eq!(found.map(String::from).as_deref(), Ok("http://old/"));
        let named = Wanted {
            name: Some("old".into()),
            ..wanted(&["public"], None)
        };
        let found = choose(&catalogue(), &named);
        assert_eq!(found.map(String::from).as_deref(), Ok("http://old/"));
    }

    #[test]
    fn what_there_is_instead_is_told() {
        let told = |catalogue: &[Service], wanted: &Wanted| choose(catalogue, wanted).unwrap_err();
        assert_eq!(
            told(&catalogue(), &wanted(&["public"], Some("three"))),
            "has no `public` endpoint of `baremetal` in region `three` in its catalogue: there are `admin` in region `two`, `internal` in region `two`, `public` in region `one`, `public` in region `two`; check `region_name` and `interface`"
        );
        assert_eq!(
            told(&catalogue()[..1], &wanted(&["public"], None)),
            "has no service of type `baremetal` in its catalogue: there are `identity`; register ironic there, or set `baremetal_endpoint_override`"
        );
        assert!(told(&[], &wanted(&["public"], None)).contains("it has no scope"));
        assert!(told(&catalogue(), &wanted(&["admin"], None)).contains("`nowhere`"));
        let named = Wanted {
            name: Some("x".into()),
            ..wanted(&["public"], None)
        };
        assert!(told(&catalogue(), &named).ends_with("there are `ironic`, `old`"));
    }
}
