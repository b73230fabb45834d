//! Where passwords and clouds come from.

use super::super::IronicAccess;
use super::super::environment::Environment;
use super::written;
use crate::ironic::{Auth, Endpoint, Settings};
use crate::node::VerifyCa;

async fn password(entry: &str, environment: &Environment) -> Result<String, String> {
    let written = written(&format!("[credentials.a]\nusername = 'x'\n{entry}"))
        .and("secret", "p w\r\n")
        .and("empty", "\n")
        .and("two", "a\nb\n");
    let loaded = written.load([]).ok().unwrap();
    match loaded.config.credentials["a"].resolve_in(environment).await {
        Ok(credentials) => Ok(credentials.password.expose().to_owned()),
        Err(error) => {
            let directory = format!("{}/", written.directory.path().display());
            Err(error.to_string().replace(&directory, ""))
        }
    }
}

#[tokio::test]
async fn passwords_come_from_file_variable_or_program() {
    let environment = Environment::from([("P", "p w")]);
    for (entry, expected) in [
        ("password_file = 'secret'", Ok("p w")),
        ("password_env = 'P'", Ok("p w")),
        ("password_command = ['echo', 'p w']", Ok("p w")),
        ("password_file = 'none'", Err("there is no file `none`")),
        ("password_file = 'empty'", Err("file `empty` is empty")),
        (
            "password_file = 'two'",
            Err("file `two` has several lines, and a password has one"),
        ),
        (
            "password_env = 'Q'",
            Err("environment variable `Q` is not set"),
        ),
        (
            "password_command = ['false']",
            Err("`false` ended with exit status: 1"),
        ),
        (
            "password_command = ['no-such-program-here']",
            Err("`no-such-program-here` cannot be run"),
        ),
    ] {
        let expected = expected
            .map(str::to_owned)
            .map_err(|reason| format!("the password of credentials `a` cannot be had: {reason}"));
        assert_eq!(password(entry, &environment).await, expected, "{entry}");
    }
}

const CLOUDS: &str = "
clouds:
  basic:
    auth_type: http_basic
    auth: {endpoint: 'http://ironic.example:6385', username: valence}
    cacert: ca.pem
  open:
    auth_type: none
    auth: {endpoint: 'http://ironic.example:6385'}
    baremetal_api_version: '1.82'
  kerberos:
    auth_type: v3kerberos
    auth: {auth_url: 'http://keystone.example'}
";

async fn cloud(name: &str, clouds: &str) -> Result<Settings, String> {
    let written = written(&format!("[ironic]\ncloud = '{name}'"))
        .and("clouds.yaml", clouds)
        .and("secure.yaml", "clouds: {basic: {auth: {password: canary}}}");
    let ironic = written.load([]).ok().unwrap().config.ironic.unwrap();
    let (clouds, secure) = (written.file("clouds.yaml"), written.file("secure.yaml"));
    let environment = Environment::from([
        ("OS_CLIENT_CONFIG_FILE", clouds.to_str().unwrap()),
        ("OS_CLIENT_SECURE_FILE", secure.to_str().unwrap()),
    ]);
    let directory = format!("{}/", written.directory.path().display());
    let mut connection = ironic
        .resolve_in(&environment)
        .await
        .map_err(|error| error.to_string().replace(&directory, ""))?;
    if let VerifyCa::File(path) = &mut connection.verify_ca {
        *path = path.replace(&directory, "");
    }
    Ok(connection)
}

#[tokio::test]
async fn a_cloud_is_read_from_clouds_yaml_with_secure_yaml_over_it() {
    let basic = cloud("basic", CLOUDS).await.ok().unwrap();
    let at = "http://ironic.example:6385".parse::<Endpoint>().ok();
    assert_eq!(Some(basic.endpoint), at);
    assert_eq!(basic.verify_ca, VerifyCa::File("ca.pem".into()));
    let Auth::HttpBasic(credentials) = basic.auth else {
        panic!("no http_basic");
    };
    assert_eq!(
        (credentials.username.as_str(), credentials.password.expose()),
        ("valence", "canary")
    );
    let open = cloud("open", CLOUDS).await.ok().unwrap();
    assert!(matches!(open.auth, Auth::None));
    assert_eq!(open.api_version.unwrap().to_string(), "1.82");

    for (name, clouds, expected) in [
        (
            "kerberos",
            CLOUDS,
            "cloud `kerberos`: `auth_type: v3kerberos` is not known here: `none`, `http_basic`, `password`, `v3password`, `v3applicationcredential`, `token` and `v3token` are, in `clouds.yaml`",
        ),
        (
            "basik",
            CLOUDS,
            "cloud `basik`: there is no such cloud in `clouds.yaml`; is `basic` meant?",
        ),
        (
            "a",
            "clouds:\n  a:\n    auth: canary",
            "cloud `a`: `auth` of `a` of `clouds.yaml` is no table",
        ),
    ] {
        let told = cloud(name, clouds).await.err().unwrap();
        assert_eq!(told, expected);
    }
}

#[test]
fn os_cloud_names_the_cloud_where_the_file_names_no_ironic() {
    let environment = [("OS_CLOUD", "baremetal")];
    let access = |text: &str| {
        let loaded = written(text).load(environment).ok().unwrap();
        let shown = loaded.show();
        (loaded.config.ironic.unwrap().access, shown)
    };
    let (from_variable, shown) = access("");
    assert_eq!(from_variable, IronicAccess::Cloud("baremetal".into()));
    assert!(
        shown.contains("cloud = \"baremetal\"  # environment variable OS_CLOUD"),
        "{shown}"
    );
    let (from_file, _) = access("[ironic]\ncloud = 'x'");
    assert_eq!(from_file, IronicAccess::Cloud("x".into()));
    let (endpoint, _) = access("[ironic]\nendpoint = 'http://x'");
    assert!(matches!(endpoint, IronicAccess::Endpoint { .. }));
}

#[test]
fn the_variables_alone_lead_to_an_ironic_where_nothing_else_does() {
    let access = |variables: [(&str, &str); 1], text: &str| {
        let loaded = written(text).load(variables).ok().unwrap();
        loaded.config.ironic.map(|ironic| ironic.access)
    };
    let auth_url = [("OS_AUTH_URL", "http://keystone.example")];
    assert_eq!(access(auth_url, ""), Some(IronicAccess::Variables));
    let named = access(auth_url, "[ironic]\ncloud = 'x'");
    assert_eq!(named, Some(IronicAccess::Cloud("x".into())));
    // A region or a user's name alone is no way to an Ironic.
    assert_eq!(access([("OS_REGION_NAME", "one")], ""), None);
}
