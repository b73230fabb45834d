//! Real Ironic behind real Keystone: who gets in, and what those are told who do
//! not.

mod callers;
mod clouds;
mod recorder;
mod tokens;

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;
use valence::failure::{Cause, Failure};
use valence::ironic::{
    self, ApplicationCredential, Auth, Client, Domain, Endpoint, Identity, KeystoneSettings,
    NoJournal, Plan, Project, Scope, Settings, User, Wanted,
};
use valence::node::VerifyCa;
use valence::secret::Secret;
use valence_testbed::{Ironic, Keystone};

use self::recorder::Recorder;

/// One of each for all tests.
struct Site {
    keystone: Keystone,
    ironic: Ironic,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let keystone = Keystone::start().expect("keystone");
        let ironic = Ironic::builder()
            .keystone(&keystone)
            .start()
            .expect("ironic");
        keystone.announce(&ironic.endpoint()).expect("announced");
        Site { keystone, ironic }
    })
}

async fn started() -> &'static Site {
    // Starting it blocks.
    tokio::task::spawn_blocking(site).await.expect("the site")
}

fn user(name: &str) -> User {
    User::Name {
        name: name.into(),
        domain: Domain::Name("site".into()),
    }
}

fn password(name: &str, password: &str) -> Identity {
    Identity::Password {
        user: user(name),
        password: Secret::new(password),
    }
}

fn project(name: &str) -> Scope {
    Scope::Project(Project::Name {
        name: name.into(),
        domain: Domain::Name("site".into()),
    })
}

fn wanted(interface: &str, region: &str) -> Endpoint {
    Endpoint::Catalogue(Wanted {
        types: vec!["baremetal".into()],
        name: None,
        interfaces: vec![interface.into()],
        region: Some(region.into()),
    })
}

fn settings(auth_url: &str, identity: Identity, scope: Scope) -> Settings {
    Settings {
        endpoint: wanted("public", "north"),
        auth: Auth::Keystone(Box::new(KeystoneSettings {
            auth_url: auth_url.parse().expect("a url"),
            identity,
            scope,
        })),
        verify_ca: VerifyCa::default(),
        certificate: None,
        api_version: None,
        max_concurrency: 8,
        timeout: Duration::from_secs(180),
    }
}

fn client(settings: Settings) -> Client {
    Client::new(settings)
        .expect("a client")
        // SQLite under many tests at a time.
        .with_patience(Duration::from_secs(90))
}

/// Whether it gets as far as Ironic, with the client's own words.
async fn reaches(client: &Client) -> Result<(), Failure> {
    match client.node(Uuid::new_v4()).await {
        Ok(None) => Ok(()),
        Ok(Some(node)) => panic!("{node}"),
        Err(error) => Err(error.into_failure()),
    }
}

fn plan() -> Plan {
    let own = Uuid::new_v4();
    let [a, b, c, d, ..] = *own.as_bytes();
    let enrollment = json!({
        "node": {"driver": "fake-hardware", "name": format!("node-{own}")},
        "ports": [{"address": format!("52:{a:02x}:{b:02x}:{c:02x}:{d:02x}:01")}],
        "traits": ["CUSTOM_SMALL"],
    });
    Plan {
        registration: Uuid::new_v4(),
        node_uuid: ironic::node_uuid(own, 0),
        enrollment: serde_json::from_value(enrollment).expect("an enrollment"),
        digest: "digest".into(),
        hooks: Vec::new(),
    }
}

#[tokio::test]
async fn every_identity_and_scope_gets_in() {
    let site = started().await;
    let credential = |credential| Identity::ApplicationCredential {
        credential,
        secret: Secret::new("credential-pa55word"),
    };
    let by_id = ApplicationCredential::Id(site.keystone.id_of("credential").into());
    let by_name = ApplicationCredential::Name {
        name: "registrar".into(),
        user: user("valence"),
    };
    let admin = Identity::Password {
        user: User::Name {
            name: "admin".into(),
            domain: Domain::Id("default".into()),
        },
        password: Secret::new("admin-pa55word"),
    };
    let valence = password("valence", "valence-pa55word");
    let given = Identity::Token(Secret::new(site.keystone.id_of("token")));
    let metal = Scope::Project(Project::Id(site.keystone.id_of("metal").into()));
    for (identity, scope, path) in [
        (valence.clone(), project("metal"), ""),
        (valence, metal, "/v3"),
        (admin, Scope::System, "/"),
        (credential(by_id), Scope::Own, "/v3/"),
        (credential(by_name), Scope::Own, ""),
        (given, Scope::System, ""),
    ] {
        let auth_url = site.keystone.url() + path;
        let who = format!("{identity} in {scope}");
        let client = client(settings(&auth_url, identity, scope));
        if let Err(failure) = reaches(&client).await {
            panic!("{who}: {failure}");
        }
        let plan = plan();
        let created = ironic::apply(&client, &NoJournal, &plan, None).await;
        created.unwrap_or_else(|error| panic!("{who}: {error}"));
        ironic::remove(&client, &NoJournal, plan.registration, plan.node_uuid)
            .await
            .unwrap_or_else(|error| panic!("{who}: {error}"));
    }
}

#[tokio::test]
async fn a_reader_is_told_what_it_may_not_as_whom_and_what_it_takes() {
    let site = started().await;
    let reader = password("reader", "reader-pa55word");
    let client = client(settings(&site.keystone.url(), reader, project("metal")));
    reaches(&client).await.expect("reading");
    let plan = plan();
    let error = ironic::apply(&client, &NoJournal, &plan, None).await;
    let error = error.expect_err("a reader");
    assert!(error.undone());
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment, "{failure}");
    for part in [
        "baremetal:node:create",
        "as user `reader` in project `metal`, with the role",
        "`reader`",
        "it takes `admin` or `service`",
    ] {
        assert!(failure.detail.contains(part), "{part}: {failure}");
    }
    assert_eq!(failure.ironic.and_then(|answer| answer.status), Some(403));
}

#[tokio::test]
async fn why_there_is_no_token_or_no_ironic_is_told() {
    let site = started().await;
    let url = site.keystone.url();
    let told = async |settings: Settings| {
        let failure = reaches(&client(settings)).await.expect_err("no way in");
        assert_eq!(failure.cause, Cause::IronicUnavailable, "{failure}");
        failure.detail.replace(&url, "KEYSTONE")
    };
    let valence = || password("valence", "valence-pa55word");
    let at = |url: &str| settings(url, valence(), project("metal"));
    let settings = |identity, scope| settings(&url, identity, scope);
    assert_eq!(
        told(settings(
            password("valence", "canary-wrong"),
            project("metal")
        ))
        .await,
        "keystone at `KEYSTONE/v3/` refuses user `valence` of domain `site`: The request you have made requires authentication; check username, password and user domain, and that the user is enabled"
    );
    assert_eq!(
        told(settings(valence(), project("mettal"))).await,
        "keystone at `KEYSTONE/v3/` knows user `valence` of domain `site`, but not in project `mettal` of domain `site`: there is no such one, or it has no role there; it may use `metal`, `spare`"
    );
    assert_eq!(
        told(settings(
            password("idle", "idle-pa55word"),
            project("metal")
        ))
        .await,
        "keystone at `KEYSTONE/v3/` knows user `idle` of domain `site`, but not in project `metal` of domain `site`: there is no such one, or it has no role there; it may use no project at all"
    );
    let system = told(settings(valence(), Scope::System)).await;
    assert!(
        system.contains("it has no role on the system; it may use"),
        "{system}"
    );
    let credential = Identity::ApplicationCredential {
        credential: ApplicationCredential::Id(site.keystone.id_of("credential").into()),
        secret: Secret::new("canary-wrong"),
    };
    let credential = told(settings(credential, Scope::Own)).await;
    assert!(
        credential.contains("refuses application credential"),
        "{credential}"
    );
    assert!(
        credential.contains("check its id and secret"),
        "{credential}"
    );
    let expired = told(settings(
        Identity::Token(Secret::new("canary-old")),
        project("metal"),
    ))
    .await;
    assert!(expired.contains("get a new one"), "{expired}");
    assert!(
        !format!("{credential}{expired}").contains("canary"),
        "{credential}{expired}"
    );
    let elsewhere = Settings {
        endpoint: wanted("public", "west"),
        ..settings(valence(), project("metal"))
    };
    assert_eq!(
        told(elsewhere).await,
        "keystone at `KEYSTONE/` has no `public` endpoint of `baremetal` in region `west` in its catalogue: there are `internal` in region `north`, `public` in region `north`, `public` in region `south`; check `region_name` and `interface`"
    );
    let unscoped = told(settings(valence(), Scope::Own)).await;
    assert!(
        unscoped.contains("gives this token no catalogue"),
        "{unscoped}"
    );
    let away = reaches(&client(at("http://127.0.0.1:1")))
        .await
        .expect_err("nobody");
    assert_eq!(away.cause, Cause::IronicUnavailable);
    assert!(away.retry_after.is_some());
    assert_eq!(
        away.detail,
        "keystone at `http://127.0.0.1:1/` cannot be reached: Connection refused (os error 111)"
    );
    // Something answers there that knows no tokens.
    let nowhere = format!("{url}/nowhere/v3");
    let nowhere = told(at(&nowhere)).await;
    assert!(nowhere.ends_with("check `auth_url`"), "{nowhere}");
}
