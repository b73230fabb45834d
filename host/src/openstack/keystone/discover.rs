//! From the address that somebody wrote down to that of version 3.

use serde_json::Value;
use url::Url;

use super::error::{KeystoneError, Kind};
use super::exchange::{Reply, send};
use crate::text::tame;

/// Where version 3 of the API is. Keystone is asked, unless the address says it.
pub(super) async fn v3(http: &reqwest::Client, auth_url: &Url) -> Result<Url, KeystoneError> {
    if last_segment(auth_url) == Some("v3") {
        return Ok(auth_url.clone());
    }
    let reply = send(http.get(auth_url.clone()), auth_url.as_str()).await?;
    chosen(&reply, auth_url).map_err(|text| reply.error(Kind::Unusable, text))
}

fn chosen(reply: &Reply, auth_url: &Url) -> Result<Url, String> {
    let body = reply.json();
    let versions = match (body.pointer("/versions/values"), body.get("version")) {
        (Some(Value::Array(versions)), _) => versions.as_slice(),
        (_, Some(version)) => std::slice::from_ref(version),
        // Some proxies hide the list; what is behind is there all the same.
        _ => return Ok(below(auth_url)),
    };
    let id = |version: &Value| version.get("id").and_then(Value::as_str).map(str::to_owned);
    let found = versions
        .iter()
        .find(|version| id(version).is_some_and(|id| id == "v3" || id.starts_with("v3.")));
    let Some(found) = found else {
        let all: Vec<_> = versions.iter().filter_map(id).collect();
        return Err(format!(
            "keystone at `{auth_url}` has version 3 of its api not, but `{}`",
            tame(&all.join("`, `"), 200)
        ));
    };
    let links = found.get("links").and_then(Value::as_array);
    let own = links.into_iter().flatten().find_map(|link| {
        let own = link.get("rel")?.as_str()? == "self";
        own.then(|| Url::parse(link.get("href")?.as_str()?).ok())?
    });
    // Only its path: behind a proxy Keystone does not know its own name, and a
    // password goes to nobody but the one that the operator named.
    Ok(match own {
        Some(own) if last_segment(&own) == Some("v3") => {
            let mut url = auth_url.clone();
            url.set_path(own.path());
            url
        }
        _ => below(auth_url),
    })
}

/// `/v3` in place of `/v2.0`, or behind what is there.
fn below(auth_url: &Url) -> Url {
    let mut url = auth_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty();
        if last_segment(auth_url) == Some("v2.0") {
            segments.pop();
        }
        segments.push("v3");
    }
    url
}

fn last_segment(url: &Url) -> Option<&str> {
    url.path().trim_end_matches('/').rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(auth_url: &str, body: &str) -> Result<String, String> {
        let reply = Reply {
            status: 300,
            headers: reqwest::header::HeaderMap::default(),
            body: body.into(),
        };
        chosen(&reply, &auth_url.parse().unwrap()).map(String::from)
    }

    #[test]
    fn version_3_is_found_where_keystone_says_and_only_there() {
        let list = |href: &str| {
            format!(
                r#"{{"versions": {{"values": [
                    {{"id": "v2.0", "links": [{{"rel": "self", "href": "http://k/v2.0/"}}]}},
                    {{"id": "v3.14", "links": [{{"rel": "self", "href": "{href}"}}]}}]}}}}"#
            )
        };
        for (auth_url, body, expected) in [
            (
                "https://k/identity",
                list("https://k/identity/v3/"),
                "https://k/identity/v3/",
            ),
            // Another name than the operator's, and a path without the proxy's.
            (
                "https://k:5000/",
                list("http://elsewhere/v3/"),
                "https://k:5000/v3/",
            ),
            ("https://k/x", list("http://k/other"), "https://k/x/v3"),
            ("https://k/v2.0", "<html>".into(), "https://k/v3"),
            ("https://k/identity/", "{}".into(), "https://k/identity/v3"),
        ] {
            assert_eq!(found(auth_url, &body).as_deref(), Ok(expected), "{body}");
        }
        let old = r#"{"version": {"id": "v2.0", "links": []}}"#;
        assert!(
            found("https://k/v2.0", old)
                .unwrap_err()
                .contains("but `v2.0`")
        );
    }
}
