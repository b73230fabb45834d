//! Being let in.

use super::*;

#[tokio::test]
async fn http_basic_lets_us_in_and_a_wrong_password_is_told_clearly() {
    let ironic = tokio::task::spawn_blocking(closed).await.expect("ironic");
    let client = |password: &str| {
        let auth = Auth::HttpBasic(credentials("admin", password));
        Client::new(settings(&ironic.endpoint(), auth)).expect("a client")
    };
    let plan = small_plan(&Own::new());
    apply(&client(CLOSED), &plan).await.expect("created");

    let wrong = client("canary-wrong");
    let error = apply(&wrong, &small_plan(&Own::new()))
        .await
        .expect_err("a refusal");
    assert!(error.undone());
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::IronicUnavailable);
    let begins = format!("ironic at `{}` refuses our credentials", ironic.endpoint());
    assert!(failure.detail.starts_with(&begins), "{failure}");
    assert!(!format!("{failure:?}").contains("canary-wrong"));
    let removal = ironic::remove(&wrong, &NoJournal, plan.registration, plan.node_uuid).await;
    let failure = removal.expect_err("a refusal").into_failure();
    assert_eq!(failure.cause, Cause::IronicUnavailable);
}

#[tokio::test]
async fn what_is_no_ironic_or_not_to_be_trusted_is_told_as_such() {
    let emulator = tokio::task::spawn_blocking(|| {
        RedfishEmulator::with_system("3f1c5a52-6a4e-4f7b-9d3c-6a0a5d1b7e11")
            .tls()
            .start()
            .expect("emulator")
    });
    let emulator = emulator.await.expect("no panic");
    let profile = async |verify_ca| {
        let settings = Settings {
            verify_ca,
            ..settings(emulator.url(), Auth::None)
        };
        let client = Client::new(settings).expect("a client");
        client.profile().await.expect_err("no ironic")
    };
    let error = profile(VerifyCa::Check(true)).await;
    assert_eq!(error.kind, IronicErrorKind::Untrusted, "{error}");
    let authority = emulator.ca_file().expect("a file");
    let authority = VerifyCa::File(authority.to_string_lossy().into_owned());
    let error = profile(authority).await;
    assert_eq!(error.kind, IronicErrorKind::Garbage, "{error}");
}
