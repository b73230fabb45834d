//! When a token is asked for again, without waiting for any to end.

use std::sync::atomic::AtomicUsize;

use axum::Json;
use axum::http::StatusCode;
use axum::routing::post;

use super::*;

/// A Keystone that gives token after token: `token-1`, `token-2`…
async fn giving() -> Url {
    let given = Arc::new(AtomicUsize::new(0));
    let give = post(move || async move {
        let number = given.fetch_add(1, Ordering::Relaxed) + 1;
        let body = serde_json::json!({"token": {
            "issued_at": "2026-01-01T10:00:00Z",
            "expires_at": "2026-01-01T11:00:00Z",
            "user": {"name": "valence"},
        }});
        let id = [("X-Subject-Token", format!("token-{number}"))];
        (StatusCode::CREATED, id, Json(body))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v3", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/v3/auth/tokens", give);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url.parse().unwrap()
}

/// A Keystone that holds `old`, which is due for renewal and ends after `left`.
async fn holding_old(auth_url: Url, left: Duration) -> Keystone {
    let http = crate::tls::client_builder(&crate::node::VerifyCa::default(), None);
    let settings = KeystoneSettings {
        auth_url,
        identity: Identity::Token(Secret::new("given")),
        scope: Scope::Own,
    };
    let keystone = Keystone::new(http.unwrap().build().unwrap(), settings);
    let now = Instant::now();
    let answer = serde_json::json!({"token": {
        "issued_at": "2026-01-01T10:00:00Z",
        "expires_at": "2026-01-01T11:00:00Z",
        "user": {"name": "valence"},
    }});
    let answer: token::Answer = serde_json::from_value(answer).unwrap();
    let mut old = answer.into_token(Secret::new("old"), now).unwrap();
    (old.renew_at, old.ends_at) = (now, now + left);
    keystone.state.lock().await.token = Some(Arc::new(old));
    keystone
}

fn shown(token: &Result<Arc<Token>, KeystoneError>) -> String {
    match token {
        Ok(token) => token.id().expose().to_owned(),
        Err(error) => format!("{:?}", error.kind),
    }
}

#[tokio::test]
async fn a_token_is_renewed_while_it_is_still_good_and_kept_then() {
    let keystone = holding_old(giving().await, Duration::from_secs(3600)).await;
    assert_eq!(shown(&keystone.token().await), "token-1");
    assert_eq!(shown(&keystone.token().await), "token-1");
}

#[tokio::test]
async fn while_keystone_is_away_the_old_token_serves_to_its_end() {
    let nobody: Url = "http://127.0.0.1:1/v3".parse().unwrap();
    let keystone = holding_old(nobody.clone(), Duration::from_secs(3600)).await;
    assert_eq!(shown(&keystone.token().await), "old");
    assert_eq!(shown(&keystone.token().await), "old");
    // Not asked again at once.
    assert_eq!(keystone.asked.load(Ordering::Relaxed), 1);
    let keystone = holding_old(nobody, Duration::ZERO).await;
    assert_eq!(shown(&keystone.token().await), "Away");
}

#[tokio::test]
async fn only_the_token_that_was_refused_is_given_up() {
    let keystone = holding_old(giving().await, Duration::from_secs(3600)).await;
    let old = keystone.state.lock().await.token.clone().unwrap();
    let new = keystone.token().await.ok().unwrap();
    keystone.give_up(&old).await;
    assert_eq!(shown(&keystone.token().await), "token-1");
    keystone.give_up(&new).await;
    assert_eq!(shown(&keystone.token().await), "token-2");
}
