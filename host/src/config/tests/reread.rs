//! The configuration of a running server, read again.

use super::super::environment::Environment;
use super::super::reread::reread;
use super::written;

const BEFORE: &str = "
[redfish]
timeout = '10s'
[credentials.a]
username = 'x'
password_env = 'X'
[[hook]]
name = 'a'
path = 'a.wasm'
";

/// The keys that differ where `BEFORE` has become `now`.
fn differing(now: &str) -> Vec<String> {
    let file = written(BEFORE);
    let (_, started) = file.load([]).ok().unwrap().start();
    let file = file.and("valence.toml", now);
    let environment = Environment::from([]);
    let path = file.file("valence.toml");
    let now = reread(Some(&path), &environment).ok().unwrap();
    assert_eq!(now.config.hooks[0].name, "a");
    started.differing(&now)
}

#[test]
fn only_what_the_hooks_are_can_be_exchanged() {
    assert_eq!(differing(BEFORE), [""; 0]);
    let hooks = "path = 'b.wasm'\nmode = 'shadow'\n[[hook]]\nname = 'b'\n";
    let hooks = BEFORE.replace("path = 'a.wasm'", hooks);
    let hooks = format!("[hooks]\ndirectory = 'h'\nreload = false\n{hooks}");
    assert_eq!(differing(&hooks), [""; 0]);

    let other = BEFORE.replace("10s", "11s").replace("'x'", "'y'");
    let other =
        format!("{other}\n[[pod_manager]]\nname = 'p'\nurl = 'https://p'\ndriver = 'redfish'\n");
    let found = differing(&other);
    for key in [
        "redfish.timeout",
        "credentials.a.username",
        "pod_manager[1].name",
    ] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
    assert!(
        !found.iter().any(|key| key.starts_with("hook")),
        "{found:?}"
    );
}

#[test]
fn a_file_that_is_gone_is_not_taken_for_none() {
    let environment = Environment::from([]);
    let gone = written("").file("elsewhere.toml");
    let error = reread(Some(&gone), &environment).err().unwrap().to_string();
    assert!(error.contains("which the running server names"), "{error}");
    assert!(reread(None, &environment).is_ok());
}
