//! How long a token lives, and that one is asked for once.

use std::sync::Arc;
use std::time::Instant;

use valence::node::ClientCertificate;
use valence_tests::{Fault, Proxy};

use super::*;

const TOKENS: &str = "POST /v3/auth/tokens";

#[tokio::test]
async fn of_many_requests_at_a_time_one_asks_for_the_token() {
    let site = started().await;
    let recorder = Recorder::before(&site.keystone.url()).await;
    let valence = password("valence", "valence-pa55word");
    let client = client(settings(&recorder.url(), valence, project("metal")));
    let all = (0..12).map(|_| reaches(&client));
    for reached in futures::future::join_all(all).await {
        reached.expect("a token");
    }
    assert_eq!(recorder.count(TOKENS), 1);
}

/// Each wrong password counts: Keystone may lock the user out.
#[tokio::test]
async fn of_many_requests_at_a_time_one_is_refused_for_all() {
    let site = started().await;
    let recorder = Recorder::before(&site.keystone.url()).await;
    let wrong = password("spare", "canary-wrong");
    let client = client(settings(&recorder.url(), wrong, project("metal")));
    for _ in 0..2 {
        let all = (0..6).map(|_| reaches(&client));
        for reached in futures::future::join_all(all).await {
            assert!(
                reached
                    .expect_err("a wrong password")
                    .detail
                    .contains("refuses user `spare`")
            );
        }
    }
    // One for the project, and one to find out why.
    assert_eq!(recorder.count(TOKENS), 2);
}

#[tokio::test]
async fn a_token_that_is_revoked_is_replaced_within_the_request() {
    let site = started().await;
    let recorder = Recorder::before(&site.ironic.endpoint()).await;
    let valence = password("valence", "valence-pa55word");
    let settings = Settings {
        endpoint: recorder.url().parse().expect("a url"),
        ..settings(&site.keystone.url(), valence, project("metal"))
    };
    let client = client(settings);
    let plan = plan();
    ironic::apply(&client, &NoJournal, &plan, None)
        .await
        .expect("created");
    let [first] = &recorder.tokens()[..] else {
        panic!("several tokens");
    };
    let gone = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
        .delete(format!("{}/v3/auth/tokens", site.keystone.url()))
        .header("X-Auth-Token", first)
        .header("X-Subject-Token", first)
        .send()
        .await
        .expect("keystone");
    assert_eq!(gone.status(), 204);
    // Ironic learns of it when it has forgotten the token.
    let started = Instant::now();
    while recorder.tokens().len() < 2 {
        reaches(&client).await.expect("another token");
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "never refused"
        );
    }
    ironic::remove(&client, &NoJournal, plan.registration, plan.node_uuid)
        .await
        .expect("removed");
    assert_eq!(recorder.tokens().len(), 2);
}

/// Getting another token may take longer than a lease lasts.
#[tokio::test]
async fn what_may_not_be_sent_any_more_is_not_sent_with_another_token() {
    let site = started().await;
    let proxy = Proxy::new(&site.ironic.endpoint()).await;
    let valence = password("valence", "valence-pa55word");
    let settings = Settings {
        endpoint: proxy.endpoint().parse().expect("a url"),
        ..settings(&site.keystone.url(), valence, project("metal"))
    };
    let client = client(settings);
    let plan = plan();
    ironic::apply(&client, &NoJournal, &plan, None)
        .await
        .expect("created");
    proxy.strike_once(Fault::Before(401), |line| line.starts_with("DELETE "));
    let proxy = Arc::new(proxy);
    let deletes = {
        let proxy = Arc::clone(&proxy);
        move || {
            let requests = proxy.requests();
            let deletes = requests.iter().filter(|line| line.starts_with("DELETE "));
            deletes.count()
        }
    };
    let counted = deletes.clone();
    let ours = client
        .clone()
        .only_while(move || counted() == 0)
        .with_patience(Duration::ZERO);
    let removed = ironic::remove(&ours, &NoJournal, plan.registration, plan.node_uuid).await;
    let error = removed.expect_err("not sent").to_string();
    assert!(error.contains("not sent"), "{error}");
    assert_eq!(deletes(), 1);
    ironic::remove(&client, &NoJournal, plan.registration, plan.node_uuid)
        .await
        .expect("removed");
}

/// By https with an authority of the site's own, and with a certificate of ours.
#[tokio::test]
async fn a_token_is_renewed_before_its_end_and_no_request_sees_it() {
    let site = started().await;
    let strict = tokio::task::spawn_blocking(|| site.keystone.strict(Duration::from_secs(10)));
    let strict = strict.await.expect("no panic").expect("keystone");
    let recorder = Recorder::before(&site.ironic.endpoint()).await;
    let file = |name: &str| strict.file(name).to_string_lossy().into_owned();
    let settings = |authority: &str, ours: bool| Settings {
        endpoint: recorder.url().parse().expect("a url"),
        verify_ca: VerifyCa::File(file(authority)),
        certificate: ours.then(|| ClientCertificate {
            certificate: strict.file("client.pem"),
            key: Some(strict.file("client-key.pem")),
        }),
        ..settings(
            &strict.url(),
            password("valence", "valence-pa55word"),
            project("metal"),
        )
    };
    let stranger = reaches(&client(settings("client.pem", true))).await;
    let stranger = stranger.expect_err("another authority");
    assert!(
        stranger.detail.contains("is not to be trusted"),
        "{stranger}"
    );
    let unknown = reaches(&client(settings("authority.pem", false))).await;
    let unknown = unknown.expect_err("no certificate");
    assert!(unknown.detail.contains("cannot be reached"), "{unknown}");

    let client = client(settings("authority.pem", true));
    let started = Instant::now();
    while recorder.tokens().len() < 2 {
        reaches(&client).await.expect("a token");
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "never renewed"
        );
    }
}
