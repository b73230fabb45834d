//! How we are let in, and how often we knock.

use super::*;
use crate::node::ServiceAuth;

#[tokio::test]
async fn a_session_is_used_renewed_when_it_ends_and_closed() {
    let logins = Arc::new(Mutex::new(0));
    let expired = Arc::new(Mutex::new(false));
    let (count, ended) = (Arc::clone(&logins), Arc::clone(&expired));
    let bmc = Bmc::answering(move |line, headers| {
        let token = headers.get("x-auth-token").map(|t| t.to_str().unwrap());
        match (line, token) {
            ("GET /redfish/v1/", _) => root_with_sessions(),
            ("POST /redfish/v1/SessionService/Sessions", _) => {
                *count.lock().unwrap() += 1;
                session(["", "first", "second"][*count.lock().unwrap()])
            }
            ("GET /redfish/v1/Systems/1", Some("first")) if !*ended.lock().unwrap() => {
                json_of(json!({"Id": "1"}))
            }
            (_, Some("second")) => json_of(json!({"Id": "1"})),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    })
    .await;
    let service = bmc.service_with_password();
    for _ in 0..2 {
        service.fetch(&system()).await.unwrap();
    }
    assert_eq!(*logins.lock().unwrap(), 1);
    *expired.lock().unwrap() = true;
    for _ in 0..2 {
        service.fetch(&system()).await.unwrap();
    }
    assert_eq!(*logins.lock().unwrap(), 2);
    service.close().await;

    let seen = bmc.seen();
    assert!(
        seen.iter()
            .all(|seen| seen.header("authorization").is_empty())
    );
    let last = seen.last().unwrap();
    assert_eq!(last.line, "DELETE /redfish/v1/SessionService/Sessions/1");
    assert_eq!(last.header("x-auth-token"), "second");
}

#[tokio::test]
async fn basic_serves_where_sessions_do_not() {
    // base64 of admin:canary
    for (root, post) in [
        (
            root_with_sessions as fn() -> Response,
            StatusCode::UNAUTHORIZED,
        ),
        (root_with_sessions, StatusCode::NOT_IMPLEMENTED),
        (|| json_of(json!({})), StatusCode::NOT_FOUND),
        (
            || StatusCode::UNAUTHORIZED.into_response(),
            StatusCode::NOT_FOUND,
        ),
        (root_with_sessions, StatusCode::CREATED),
    ] {
        let bmc = Bmc::answering(move |line, headers| {
            let basic = headers.get("authorization").is_some_and(|a| a == BASIC);
            match line {
                "GET /redfish/v1/" => root(),
                // A token that is then not honoured.
                line if line.starts_with("POST") && post.is_success() => session("ignored"),
                line if line.starts_with("POST") => post.into_response(),
                _ if basic => json_of(json!({"Id": "1"})),
                _ => StatusCode::UNAUTHORIZED.into_response(),
            }
        })
        .await;
        let service = bmc.service_with_password();
        for _ in 0..2 {
            assert_eq!(service.fetch(&system()).await.unwrap()["Id"], "1", "{post}");
        }
        let logins = bmc
            .lines()
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert!(logins <= 1, "{logins}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_however_much_is_read() {
    let bmc = Bmc::answering(|line, _| match line {
        "GET /redfish/v1/" => root_with_sessions(),
        _ => (
            StatusCode::UNAUTHORIZED,
            Json(json!({"error": {"message": "wrong password canary"}})),
        )
            .into_response(),
    })
    .await;
    let snapshot = Snapshot::new(Arc::new(bmc.service_with_password()), ReadLimits::default());
    let paths: Vec<ResourcePath> = (0..20)
        .map(|n| format!("/redfish/v1/Systems/{n}").parse().unwrap())
        .collect();
    // That anybody may read the root says nothing of the password.
    snapshot.read(&ResourcePath::root()).await.unwrap();
    snapshot.prefetch(paths.clone()).await;
    for path in &paths {
        let error = snapshot.read(path).await.unwrap_err();
        assert!(matches!(error, ReadError::Refused { .. }), "{error:?}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let tries = |what: &str| {
        bmc.lines()
            .iter()
            .filter(|line| line.contains(what))
            .count()
    };
    assert_eq!((tries("POST"), tries("GET /redfish/v1/Systems")), (1, 1));
}

/// A service that knows the password `canary` until it is told another.
async fn forgetful(with_sessions: bool) -> (Bmc, Arc<Mutex<bool>>) {
    let changed = Arc::new(Mutex::new(false));
    let is_changed = Arc::clone(&changed);
    let bmc = Bmc::answering(move |line, headers| {
        let known = !*is_changed.lock().unwrap();
        match line {
            "GET /redfish/v1/" if with_sessions => root_with_sessions(),
            "GET /redfish/v1/" => json_of(json!({})),
            line if line.starts_with("POST") && known => session("token"),
            _ if known && headers.get("authorization").is_some_and(|a| a == BASIC) => {
                json_of(json!({}))
            }
            _ if known && headers.get("x-auth-token").is_some_and(|t| t == "token") => {
                json_of(json!({}))
            }
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    })
    .await;
    (bmc, changed)
}

#[tokio::test]
async fn a_password_that_has_become_wrong_is_not_sent_with_every_read() {
    for with_sessions in [true, false] {
        let (bmc, changed) = forgetful(with_sessions).await;
        let service = bmc.service_with_password();
        service.fetch(&system()).await.unwrap();
        *changed.lock().unwrap() = true;
        let before = bmc.seen().len();
        for n in 0..20 {
            let path: ResourcePath = format!("/redfish/v1/Systems/{n}").parse().unwrap();
            let refused = service.fetch(&path).await.unwrap_err();
            assert!(matches!(refused, ReadError::Refused { .. }), "{refused:?}");
        }
        let seen = bmc.seen();
        let sent = seen.iter().skip(before).filter(|seen| {
            seen.line.starts_with("POST") || !seen.header("authorization").is_empty()
        });
        // One for a session and one for Basic, or one for all and one to make sure.
        assert_eq!(sent.count(), 2, "sessions: {with_sessions}");
    }
}

#[tokio::test]
async fn a_resource_that_is_refused_with_basic_does_not_hide_the_others() {
    let bmc = Bmc::answering(|line, _| match line {
        "GET /redfish/v1/Licenses" => StatusCode::UNAUTHORIZED.into_response(),
        line if line.starts_with("POST") => StatusCode::NOT_FOUND.into_response(),
        _ => json_of(json!({})),
    })
    .await;
    let service = bmc.service_with_password();
    let licenses: ResourcePath = "/redfish/v1/Licenses".parse().unwrap();
    for _ in 0..3 {
        service.fetch(&system()).await.unwrap();
        let error = service.fetch(&licenses).await.unwrap_err();
        assert!(matches!(error, ReadError::Refused { .. }), "{error:?}");
    }
    service.fetch(&system()).await.unwrap();
}

#[tokio::test]
async fn one_refused_resource_costs_no_more_than_one_new_session() {
    let bmc = Bmc::answering(|line, _| match line {
        "GET /redfish/v1/" => root_with_sessions(),
        line if line.starts_with("POST") => session("token"),
        "GET /redfish/v1/Licenses" => StatusCode::UNAUTHORIZED.into_response(),
        _ => json_of(json!({})),
    })
    .await;
    let service = bmc.service_with_password();
    service.fetch(&system()).await.unwrap();
    let licenses: ResourcePath = "/redfish/v1/Licenses".parse().unwrap();
    for _ in 0..3 {
        let error = service.fetch(&licenses).await.unwrap_err();
        assert!(matches!(error, ReadError::Refused { .. }));
    }
    service.fetch(&system()).await.unwrap();
    let logins = bmc
        .lines()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert_eq!(logins, 2);
}

#[tokio::test]
async fn credentials_are_shown_as_the_pod_manager_is_to_be_shown_them() {
    for (auth, gives_sessions, posts, outcome) in [
        (ServiceAuth::Auto, true, 1, Ok("token")),
        (ServiceAuth::Auto, false, 1, Ok(BASIC)),
        (ServiceAuth::Basic, true, 0, Ok(BASIC)),
        (ServiceAuth::Session, true, 1, Ok("token")),
        (ServiceAuth::Session, false, 1, Err("it gives no session")),
    ] {
        let bmc = Bmc::answering(move |line, _| match line {
            "GET /redfish/v1/" => root_with_sessions(),
            // As that of sushy-tools, which wants Basic authentication for it.
            line if line.starts_with("POST") && gives_sessions => session("token"),
            line if line.starts_with("POST") => StatusCode::UNAUTHORIZED.into_response(),
            _ => json_of(json!({"Id": "1"})),
        })
        .await;
        let service = Service::new(ServiceSettings {
            auth,
            credentials: Some(Credentials {
                username: "admin".into(),
                password: Secret::new("canary"),
            }),
            ..bmc.settings()
        })
        .unwrap();
        let (first, second) = (
            service.fetch(&system()).await,
            service.fetch(&system()).await,
        );
        let seen = bmc.seen();
        let posted = seen
            .iter()
            .filter(|seen| seen.line.starts_with("POST"))
            .count();
        assert_eq!(posted, posts, "{auth:?}");
        match outcome {
            Ok(shown) => {
                assert!(first.is_ok() && second.is_ok(), "{auth:?}");
                let last = seen.last().unwrap();
                let headers = [last.header("authorization"), last.header("x-auth-token")];
                assert!(headers.contains(&shown), "{auth:?}: {headers:?}");
            }
            Err(words) => {
                let error = first.unwrap_err().to_string();
                assert!(error.contains(words), "{error}");
                assert!(
                    seen.iter()
                        .all(|seen| seen.header("authorization").is_empty())
                );
            }
        }
    }
}

/// A service whose logins take until it is told: how many were begun, and have a place
/// for the answers of so many.
async fn slow(answers: Arc<tokio::sync::Semaphore>) -> (Bmc, tokio::sync::watch::Receiver<usize>) {
    let (begun, seen) = tokio::sync::watch::channel(0);
    let bmc = Bmc::answering(|_, _| StatusCode::NOT_FOUND.into_response()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let log = Arc::clone(&bmc.seen);
    let router = axum::Router::new().fallback(move |request: Request| {
        let line = format!("{} {}", request.method(), request.uri());
        let headers = request.headers().clone();
        log.lock().unwrap().push(Seen {
            line: line.clone(),
            headers: headers.clone(),
        });
        let (begun, answers) = (begun.clone(), Arc::clone(&answers));
        async move {
            match line.as_str() {
                "GET /redfish/v1/" => root_with_sessions(),
                _ if line.starts_with("POST") => {
                    begun.send_modify(|begun| *begun += 1);
                    answers.acquire().await.unwrap().forget();
                    session("token")
                }
                _ if headers.get("x-auth-token").is_some_and(|t| t == "token") => {
                    json_of(json!({"Id": "1"}))
                }
                _ => StatusCode::UNAUTHORIZED.into_response(),
            }
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let bmc = Bmc {
        url: url.parse().unwrap(),
        ..bmc
    };
    (bmc, seen)
}

#[tokio::test]
async fn a_session_whose_asker_has_gone_is_there_for_the_next_and_is_ended() {
    let answers = Arc::new(tokio::sync::Semaphore::new(0));
    let (bmc, mut begun) = slow(Arc::clone(&answers)).await;
    let settings = ServiceSettings {
        timeout: Duration::from_secs(60),
        credentials: Some(Credentials {
            username: "admin".into(),
            password: Secret::new("canary"),
        }),
        ..bmc.settings()
    };
    let service = Arc::new(Service::new(settings).unwrap());
    let asker = Arc::clone(&service);
    let asker = tokio::spawn(async move { asker.fetch(&system()).await });
    begun.wait_for(|begun| *begun == 1).await.unwrap();
    asker.abort();
    assert!(asker.await.unwrap_err().is_cancelled());
    // For as many as may come.
    answers.add_permits(10);
    assert_eq!(service.fetch(&system()).await.unwrap()["Id"], "1");
    assert_eq!(*begun.borrow(), 1, "{:?}", bmc.lines());
    service.close().await;
    let ended = bmc.lines().pop().unwrap();
    assert_eq!(ended, "DELETE /redfish/v1/SessionService/Sessions/1");
}
