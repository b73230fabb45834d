//! What `clouds.yaml` and variables come to, as `openstack configuration show`
//! has it for the same.

use std::fmt::Write as _;

use super::*;
use crate::ironic::Identity;

const CLOUDS: &str = "
clouds:
  project:
    auth:
      auth_url: https://keystone.example/identity
      username: valence
      project-name: metal
      user_domain_name: site
    region_name: north
    interface: internal
    cacert: ca.pem
    cert: ~/client.pem
    key: /etc/client-key.pem
  domains:
    auth: {auth_url: 'http://k', username: valence, password: p, project_name: metal, domain_name: both}
  plain:
    auth: {auth_url: 'http://k', username: valence, password: p, project_id: 42}
    baremetal_endpoint_override: http://ironic.example/v1
    verify: false
  system:
    auth: {auth_url: 'http://k', user_id: u1, password: p, system_scope: all}
    regions: [north, {name: south, values: {baremetal_service_name: other, interface: 'adminURL'}}]
  domain:
    auth: {auth_url: 'http://k', username: valence, password: p, domain_id: d1}
  credential:
    auth_type: v3applicationcredential
    auth: {auth_url: 'http://k/v3', application_credential_id: c1, application_credential_secret: p}
  named:
    auth_type: v3applicationcredential
    auth: {auth_url: 'http://k/v3', application_credential_name: c, username: valence, user_domain_id: d1, application_credential_secret: p}
  token:
    auth: {auth_url: 'http://k/v3', token: t, project_name: metal}
  public:
    profile: site
    auth: {username: valence, password: p}
  untyped:
    auth: {application_credential_id: c1, application_credential_secret: p, auth_url: 'http://k'}
  scoped:
    auth_type: v3applicationcredential
    auth: {auth_url: 'http://k', application_credential_id: c1, application_credential_secret: p, project_name: metal}
  twice:
    auth: {auth_url: 'http://k', username: valence, password: p, project_name: metal, system_scope: all}
  silent:
    auth: {auth_url: 'http://k', username: valence}
  nowhere:
    profile: unknown
    auth: {username: valence, password: p}
  trust:
    auth: {auth_url: 'http://k', username: valence, password: p, trust_id: t}
  inside:
    auth: {auth_url: 'http://a:canary@k', username: valence, password: p}
";
const SECURE: &str = "clouds: {project: {auth: {password: canary}}, only-secure: {auth: {auth_url: 'http://k', username: s, password: p}}}";
const PUBLIC: &str = "public-clouds: {site: {auth: {auth_url: 'http://public'}, region_name: public, auth_type: password}}";

/// The way in to `name`, in a line, and the files without their directory.
fn found(name: Option<&str>, variables: &[(&str, &str)]) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    let own = directory.path().join("openstack");
    std::fs::create_dir(&own).unwrap();
    for (file, text) in [
        ("clouds", CLOUDS),
        ("secure", SECURE),
        ("clouds-public", PUBLIC),
    ] {
        std::fs::write(own.join(format!("{file}.yaml")), text).unwrap();
    }
    let home = directory.path().to_str().unwrap();
    let mut all = vec![("XDG_CONFIG_HOME", home), ("HOME", "/home/v")];
    all.extend(variables);
    let environment = Environment::of(&all);
    let directory = format!("{}/", own.display());
    settings(name, &environment)
        .map(|settings| line(&settings).replace(&directory, ""))
        .map_err(|error| error.to_string().replace(&directory, ""))
}

fn line(settings: &Settings) -> String {
    let mut line = String::new();
    let _ = match &settings.auth {
        Auth::None => write!(line, "none"),
        Auth::HttpBasic(credentials) => write!(line, "basic {}", credentials.username),
        Auth::Keystone(keystone) => {
            let secret = match &keystone.identity {
                Identity::Password {
                    password: secret, ..
                }
                | Identity::ApplicationCredential { secret, .. }
                | Identity::Token(secret) => secret.expose(),
            };
            write!(
                line,
                "{} as {} with {secret} in {}",
                keystone.auth_url, keystone.identity, keystone.scope
            )
        }
    };
    let _ = match &settings.endpoint {
        Endpoint::At(url) => write!(line, "; at {url}"),
        Endpoint::Catalogue(wanted) => write!(
            line,
            "; {} {} in {}",
            wanted.interfaces.join("/"),
            wanted.name.as_deref().unwrap_or("ironic"),
            wanted.region.as_deref().unwrap_or("any")
        ),
    };
    let _ = match &settings.verify_ca {
        VerifyCa::Check(true) => Ok(()),
        VerifyCa::Check(false) => write!(line, "; unchecked"),
        VerifyCa::File(path) => write!(line, "; by {path}"),
    };
    if let Some(ours) = &settings.certificate {
        let key = ours.key.as_ref().map(|key| key.display().to_string());
        let _ = write!(line, "; {} {key:?}", ours.certificate.display());
    }
    line
}

#[test]
fn a_cloud_leads_to_keystone_and_the_catalogue() {
    for (name, expected) in [
        (
            "project",
            "https://keystone.example/identity as user `valence` of domain `site` with canary in project `metal` of domain `default`; internal ironic in north; by ca.pem; /home/v/client.pem Some(\"/etc/client-key.pem\")",
        ),
        (
            "domains",
            "http://k/ as user `valence` of domain `both` with p in project `metal` of domain `both`; public ironic in any",
        ),
        (
            "plain",
            "http://k/ as user `valence` of domain `default` with p in project `42`; at http://ironic.example/v1; unchecked",
        ),
        (
            "system",
            "http://k/ as user `u1` with p in the system; public ironic in north",
        ),
        (
            "domain",
            "http://k/ as user `valence` of domain `default` with p in domain `d1`; public ironic in any",
        ),
        (
            "credential",
            "http://k/v3 as application credential `c1` with p in its own scope; public ironic in any",
        ),
        (
            "named",
            "http://k/v3 as application credential `c` of user `valence` of domain `d1` with p in its own scope; public ironic in any",
        ),
        (
            "token",
            "http://k/v3 as the holder of the given token with t in project `metal` of domain `default`; public ironic in any",
        ),
        (
            "public",
            "http://public/ as user `valence` of domain `default` with p in its own scope; public ironic in public",
        ),
        (
            "only-secure",
            "http://k/ as user `s` of domain `default` with p in its own scope; public ironic in any",
        ),
    ] {
        assert_eq!(found(Some(name), &[]).as_deref(), Ok(expected), "{name}");
    }
}

#[test]
fn variables_lie_over_a_cloud_and_stand_alone() {
    for (name, variables, expected) in [
        (
            Some("plain"),
            &[
                ("OS_USERNAME", "other"),
                ("OS_USER_DOMAIN_NAME", "site"),
                ("OS_PASSWORD", "q"),
                ("OS_PROJECT_ID", "43"),
                ("OS_CACERT", "x.pem"),
            ][..],
            "http://k/ as user `other` of domain `site` with q in project `43`; at http://ironic.example/v1; unchecked",
        ),
        (
            Some("domain"),
            &[
                ("OS_TENANT_NAME", "old"),
                ("OS_DEFAULT_DOMAIN", "site"),
                ("OS_INTERFACE", "admin"),
            ],
            "http://k/ as user `valence` of domain `d1` with p in project `old` of domain `d1`; admin ironic in any",
        ),
        (
            Some("system"),
            &[("OS_REGION_NAME", "south")],
            "http://k/ as user `u1` with p in the system; admin other in south",
        ),
        (
            None,
            &[
                ("OS_AUTH_URL", "https://k:5000"),
                ("OS_USERNAME", "valence"),
                ("OS_PASSWORD", "p"),
                ("OS_SYSTEM_SCOPE", "all"),
                ("OS_REGION_NAME", "north"),
                ("OS_INTERFACE", "internal"),
                ("OS_CACERT", "x.pem"),
                ("OS_CERT", "c.pem"),
            ],
            "https://k:5000/ as user `valence` of domain `default` with p in the system; internal ironic in north; by x.pem; c.pem None",
        ),
        (
            None,
            &[
                ("OS_AUTH_URL", "https://k"),
                ("OS_TOKEN", "t"),
                ("OS_INSECURE", "True"),
                ("OS_BAREMETAL_ENDPOINT_OVERRIDE", "http://i"),
            ],
            "https://k/ as the holder of the given token with t in its own scope; at http://i/; unchecked",
        ),
        (
            None,
            &[
                ("OS_AUTH_TYPE", "http_basic"),
                ("OS_ENDPOINT", "http://i"),
                ("OS_USERNAME", "v"),
                ("OS_PASSWORD", "p"),
            ],
            "basic v; at http://i/",
        ),
        (
            None,
            &[("OS_AUTH_TYPE", "none"), ("OS_ENDPOINT", "http://i")],
            "none; at http://i/",
        ),
    ] {
        assert_eq!(found(name, variables).as_deref(), Ok(expected));
    }
}

#[test]
fn what_is_missing_or_too_much_is_told() {
    for (name, variables, expected) in [
        (
            "untyped",
            &[][..],
            "cloud `untyped`: there is no `username` in `auth`; is `auth_type: v3applicationcredential` meant?, in `clouds.yaml`",
        ),
        (
            "scoped",
            &[],
            "cloud `scoped`: an application credential has its own scope: nothing can ask for project `metal` of domain `default` beside it, in `clouds.yaml`",
        ),
        (
            "twice",
            &[],
            "cloud `twice`: a token is for a project or for the system, and both are asked for: take `system_scope` or the other out, in `clouds.yaml`",
        ),
        (
            "silent",
            &[],
            "cloud `silent`: there is no `password`; `secure.yaml` is the place for it, in `clouds.yaml`",
        ),
        (
            "nowhere",
            &[],
            "cloud `nowhere`: there is no `auth_url`, which is keystone's address, and no `clouds-public.yaml` has the profile `unknown`, in `clouds.yaml`",
        ),
        (
            "trust",
            &[],
            "cloud `trust`: `trust_id` is not known here: an application credential does the same, in `clouds.yaml`",
        ),
        (
            "inside",
            &[],
            "cloud `inside`: its `auth_url` is no url with `http` or `https`, or has credentials in it, in `clouds.yaml`",
        ),
        (
            "system",
            &[("OS_REGION_NAME", "west")],
            "cloud `system`: it has no region `west`, which OS_REGION_NAME names; there are `north`, `south`, in `clouds.yaml`",
        ),
        (
            "system",
            &[("OS_SYSTEM_SCOPE", "some")],
            "cloud `system`: `system_scope: some`: `all` is the only one there is, in `clouds.yaml`",
        ),
    ] {
        assert_eq!(found(Some(name), variables), Err(expected.into()));
    }
    assert_eq!(
        found(None, &[("OS_AUTH_URL", "http://k")]),
        Err("the variables OS_*: there is no `username` in `auth`".into())
    );
}
