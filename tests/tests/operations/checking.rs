//! `valence config check` refuses what a start refuses, and tells what would fail later.

use valence_tests::{Outcome, Valence};

/// `valence config check` of this text.
fn check(text: &str) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("valence.toml"), text).unwrap();
    Valence::offline_in(directory.path(), ["config", "check"])
}

#[test]
fn what_a_start_refuses_a_check_refuses() {
    for (text, told) in [
        (
            "[server]\nlisten = \"0.0.0.0:0\"",
            "asks callers for no credentials",
        ),
        (
            "[server.tls]\ncert = \"none.pem\"\nkey = \"none.pem\"",
            "none.pem` cannot be read",
        ),
        (
            "[api]\nauth = \"http_basic\"\nhtpasswd = \"none\"",
            "none` cannot be read",
        ),
        (
            "[api]\nauth = \"keystone\"\nkeystone = \"https://keystone.invalid\"\ncacert = \"none.pem\"",
            "none.pem` cannot be read",
        ),
        (
            "[ironic]\nendpoint = \"http://ironic.invalid\"\nauth = \"http_basic\"\n\
             username = \"valence\"\npassword_file = \"none\"",
            "the password of `[ironic]` cannot be had: there is no file",
        ),
        (
            "[ironic]\nendpoint = \"https://ironic.invalid\"\ncacert = \"none.pem\"",
            "none.pem` cannot be read",
        ),
        (
            "[[hook]]\nname = \"none\"\npath = \"valence.toml\"",
            "valence.toml",
        ),
    ] {
        let refused = check(text);
        assert_eq!(refused.exit, 2, "{text}: {refused:?}");
        assert!(refused.stderr.contains(told), "{text}: {refused:?}");
        // The word of the check is that of a start.
        let directory = tempfile::tempdir().unwrap();
        let text = format!("[store]\nurl = \"sqlite::memory:\"\n{text}");
        std::fs::write(directory.path().join("valence.toml"), text).unwrap();
        let started = Valence::offline_in(directory.path(), ["serve"]);
        assert_eq!(started.exit, 2, "{started:?}");
        assert!(started.stderr.contains(told), "{started:?}");
    }
}

#[test]
fn a_key_file_that_a_start_refuses_a_check_refuses() {
    let text = "[store]\nurl = \"sqlite:valence.db\"\nkey_file = \"valence.toml\"";
    let refused = check(text);
    assert_eq!(refused.exit, 2, "{refused:?}");
    assert!(refused.stderr.contains("the key file"), "{refused:?}");
}

#[test]
fn what_fails_later_only_is_a_warning() {
    let checked = check(
        "[credentials.rack-a]\nusername = \"admin\"\npassword_file = \"none\"\n\
         [[pod_manager]]\nname = \"rack-a\"\nurl = \"https://10.0.0.5\"\ndriver = \"redfish\"\n\
         credentials = \"rack-a\"\nverify_ca = \"none.pem\"",
    );
    assert_eq!(checked.exit, 0, "{checked:?}");
    assert_eq!(
        checked.stdout,
        "`valence.toml`: sound, with 0 hooks\n\
         ironic: none is configured: nodes can be managed, but not registered\n"
    );
    let warnings: Vec<_> = checked.stderr.lines().collect();
    assert_eq!(warnings.len(), 2, "{checked:?}");
    assert!(
        warnings[0].starts_with("warning: the password of credentials `rack-a` cannot be had"),
        "{checked:?}"
    );
    assert!(
        warnings[1]
            .starts_with("warning: pod manager `rack-a`: the file of certificate authorities"),
        "{checked:?}"
    );
}
