//! Callers of Valence's own API that Keystone knows.

use valence_tests::Valence;
use valence_tests::{Reply, ValenceBuilder};

use super::*;

const CHECKS: &str = "GET /v3/auth/tokens";

fn guarded(keystone: &str) -> ValenceBuilder {
    Valence::bare().configure(&format!(
        "[api]\nauth = \"keystone\"\nkeystone = \"{keystone}\"\nprojects = [\"site/metal\"]"
    ))
}

async fn started_by(builder: ValenceBuilder) -> Valence {
    let start = tokio::task::spawn_blocking(move || builder.start());
    start.await.expect("a server")
}

/// A token for the user `name` in a project, or a system token of the administrator.
async fn token(keystone: &str, name: &str, project: &str) -> String {
    let user =
        json!({"name": name, "domain": {"name": "site"}, "password": format!("{name}-pa55word")});
    let scope = json!({"project": {"name": project, "domain": {"name": "site"}}});
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope,
    }});
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let reply = http
        .post(format!("{keystone}/v3/auth/tokens"))
        .json(&body)
        .send()
        .await
        .expect("keystone");
    assert_eq!(reply.status(), 201, "{name}");
    let token = reply.headers()["x-subject-token"].to_str();
    token.expect("a token").to_owned()
}

async fn ask(valence: &Valence, method: &str, path: &str, token: Option<&str>) -> Reply {
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let method = method.parse().expect("a method");
    let mut request = http.request(method, format!("{}{path}", valence.url()));
    if let Some(token) = token {
        request = request.header("X-Auth-Token", token);
    }
    let reply = request.send().await.expect("valence");
    Reply {
        status: reply.status().as_u16(),
        headers: reply.headers().clone(),
        body: reply.json().await.unwrap_or_default(),
    }
}

#[tokio::test]
async fn roles_of_keystones_count_in_the_named_project_and_in_the_system() {
    let site = started().await;
    let url = site.keystone.url();
    let recorder = Recorder::before(&url).await;
    let valence = started_by(guarded(&recorder.url())).await;
    let admin = site.keystone.id_of("token").to_owned();
    for (token, role) in [
        (token(&url, "reader", "metal").await, Some(0)),
        (token(&url, "manager", "metal").await, Some(1)),
        (token(&url, "valence", "metal").await, Some(2)),
        (admin, Some(2)),
        // A role in another project is none here.
        (token(&url, "valence", "spare").await, None),
    ] {
        for (method, path, needed) in [
            ("GET", "/v1/nodes", 0),
            ("DELETE", "/v1/nodes/nobody", 1),
            ("POST", "/v1/hooks/reload", 2),
        ] {
            let reply = ask(&valence, method, path, Some(&token)).await;
            let allowed = role.is_some_and(|role| role >= needed);
            assert_eq!(reply.status != 403, allowed, "{role:?} {path}: {reply:?}");
            assert_ne!(reply.status, 401);
        }
    }
    // Each token was looked at once, however often it was shown.
    assert_eq!(recorder.count(CHECKS), 5);
    let nobody = ask(&valence, "GET", "/v1/nodes", None).await;
    assert_eq!(nobody.status, 401);
    let challenge = nobody.headers["www-authenticate"].to_str().expect("text");
    assert_eq!(challenge, format!("Keystone uri=\"{}/\"", recorder.url()));
    let bogus = ask(&valence, "GET", "/v1/nodes", Some("canary-bogus")).await;
    assert_eq!(bogus.status, 401, "{bogus:?}");
    let log = valence.log();
    assert!(log.contains("caller=\"manager@site\""));
    assert!(!log.contains("canary-bogus") && !log.contains("gAAAA"));
}

#[tokio::test]
async fn tokens_that_are_made_up_side_by_side_are_asked_for_few_times() {
    let site = started().await;
    let recorder = Recorder::before(&site.keystone.url()).await;
    let valence = started_by(guarded(&recorder.url())).await;
    let tokens: Vec<_> = (0..100).map(|n| format!("made-up-{n}")).collect();
    let all = tokens
        .iter()
        .map(|token| ask(&valence, "GET", "/v1/nodes", Some(token)));
    let statuses = futures::future::join_all(all).await;
    let of = |status: u16| {
        let same = statuses.iter().filter(|reply| reply.status == status);
        same.count()
    };
    assert_eq!(of(401) + of(429), 100);
    assert!(of(429) > 0, "{}", of(401));
    assert!(recorder.count(CHECKS) <= of(401));
}

#[tokio::test]
async fn a_token_is_good_no_longer_than_it_lives_and_of_many_requests_one_asks() {
    let site = started().await;
    let strict = tokio::task::spawn_blocking(|| site.keystone.strict(Duration::from_secs(8)));
    let strict = strict.await.expect("no panic").expect("keystone");
    // Tokens of the same keys and database, which end soon.
    let settings = KeystoneSettings {
        auth_url: strict.url().parse().expect("a url"),
        identity: password("reader", "reader-pa55word"),
        scope: project("metal"),
    };
    let http = strict_client(&strict);
    let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": "reader", "domain": {"name": "site"}, "password": "reader-pa55word"}}},
        "scope": {"project": {"name": "metal", "domain": {"name": "site"}}}}});
    let given = http
        .post(format!("{}v3/auth/tokens", settings.auth_url))
        .json(&body)
        .send()
        .await
        .expect("keystone");
    let token = given.headers()["x-subject-token"]
        .to_str()
        .expect("text")
        .to_owned();
    let recorder = Recorder::before(&site.keystone.url()).await;
    let valence = started_by(guarded(&recorder.url())).await;
    let all = (0..12).map(|_| ask(&valence, "GET", "/v1/nodes", Some(&token)));
    let statuses = futures::future::join_all(all).await;
    let statuses: Vec<_> = statuses.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200; 12]);
    assert_eq!(recorder.count(CHECKS), 1);
    let started = std::time::Instant::now();
    while ask(&valence, "GET", "/v1/nodes", Some(&token)).await.status != 401 {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "it never ended"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn strict_client(strict: &valence_testbed::StrictKeystone) -> reqwest::Client {
    let read = |name| std::fs::read(strict.file(name)).expect(name);
    let mut ours = read("client.pem");
    ours.extend(read("client-key.pem"));
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([
            reqwest::Certificate::from_pem(&read("authority.pem")).expect("a certificate")
        ])
        .identity(reqwest::Identity::from_pem(&ours).expect("a certificate"))
        .build()
        .expect("a client")
}

#[tokio::test]
async fn the_command_line_gets_a_token_when_it_is_asked_for_one() {
    let site = started().await;
    let valence = started_by(guarded(&site.keystone.url())).await;
    let directory = tempfile::tempdir().expect("a directory");
    let clouds = format!(
        "clouds: {{metal: {{auth: {{auth_url: '{}', username: reader, password: reader-pa55word, \
         user_domain_name: site, project_name: metal, project_domain_name: site}}}}}}",
        site.keystone.url()
    );
    std::fs::write(directory.path().join("clouds.yaml"), clouds).expect("written");
    let with = |variables: &[(&str, &str)]| -> Vec<(String, String)> {
        let server = ("VALENCE_URL", valence.url());
        let all = variables.iter().chain([&server]);
        all.map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    };
    let run = |variables: &[(&str, &str)], arguments: [&str; 2]| {
        Valence::offline_with(directory.path(), &with(variables), arguments)
    };
    let cloud = [("OS_CLOUD", "metal")];
    let listed = run(&cloud, ["node", "list"]);
    assert_eq!(listed.exit, 0, "{listed:?}");
    let export = ["registration", "export", "-"];
    let exported = Valence::offline_with(directory.path(), &with(&cloud), export);
    assert_eq!(exported.exit, 0, "{exported:?}");
    assert!(exported.stdout.starts_with('{'), "{exported:?}");
    let refused = run(&cloud, ["hook", "reload"]);
    assert_eq!(refused.exit, 8, "{refused:?}");
    assert_eq!(
        refused.stderr,
        "error: `reader@site` is a reader here, and this takes an admin\n"
    );
    let token = token(&site.keystone.url(), "reader", "metal").await;
    let by_token = run(&[("VALENCE_TOKEN", &token)], ["node", "list"]);
    assert_eq!(by_token.exit, 0, "{by_token:?}");
    let nobody = run(&[], ["node", "list"]);
    assert_eq!(nobody.exit, 8, "{nobody:?}");
    assert!(
        nobody.stderr.contains("set `OS_CLOUD`, or `VALENCE_TOKEN`"),
        "{nobody:?}"
    );
    let wrong = run(
        &[("OS_CLOUD", "metal"), ("OS_PASSWORD", "canary-wrong")],
        ["node", "list"],
    );
    assert_eq!(wrong.exit, 8, "{wrong:?}");
    assert!(wrong.stderr.contains("refuses user `reader`"), "{wrong:?}");
    assert!(!wrong.stderr.contains("canary-wrong"), "{wrong:?}");
}

#[tokio::test]
async fn a_keystone_that_is_away_locks_everybody_out_and_says_so() {
    let valence = started_by(guarded("http://127.0.0.1:9/v3")).await;
    let reply = ask(&valence, "GET", "/v1/nodes", Some("gAAAAx")).await;
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(reply.body["code"], "keystone-unavailable");
    assert!(reply.headers.contains_key("retry-after"));
}
