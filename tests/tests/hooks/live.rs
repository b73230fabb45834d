//! Loading hooks again while the server runs: what makes it do so, what is
//! refused, and what is told of it.

use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};
use valence_tests::Valence;

use super::guest::{Guest, Refusal};
use super::site::{Site, version};

/// A server that follows no files.
async fn told() -> Site {
    Site::new(Valence::bare(), "reload = false").await
}

/// The digest of the chain.
fn chain(hooks: &Value) -> &str {
    hooks["chain"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_serve_leaves_the_old_chain_serving_and_says_why() {
    let site = told().await;
    let before = site.hooks().await;
    assert_eq!(before["last_reload"], Value::Null);
    let whole = version("b");
    let settings = r#"settings = { prefix = "x" }"#;
    for (bytes, from, to, hook, sentence) in [
        (
            &whole[..whole.len() / 2],
            "",
            "",
            Some("site"),
            "is no component",
        ),
        (&[], "", "", Some("site"), "it is empty"),
        (
            &whole,
            settings,
            "settings = { prefix = 7 }",
            Some("site"),
            "`settings/prefix`: ",
        ),
        (
            &whole,
            settings,
            "setings = 1",
            None,
            "is `settings` meant?",
        ),
        (&whole, settings, "settings = {", None, "this is no TOML"),
        (
            &whole,
            settings,
            "path = \"none.wasm\"",
            Some("site"),
            "cannot be read: No such file",
        ),
    ] {
        site.replace(bytes);
        site.configure(from, to);
        let refused = site.reload().await;
        assert_eq!(refused.status, 422, "{:#}", refused.body);
        assert_eq!(refused.body["code"], "bad-configuration");
        assert_eq!(refused.body.get("hook").and_then(Value::as_str), hook);
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(sentence), "{detail}");

        let now = site.hooks().await;
        for key in ["chain", "loaded_at", "hooks"] {
            assert_eq!(now[key], before[key], "{key}");
        }
        let last = &now["last_reload"];
        assert_eq!(last["outcome"], "refused");
        assert_eq!(last["trigger"], "request");
        assert_eq!(last["error"]["code"], "bad-configuration");
        assert_eq!(last["error"]["detail"], detail);
        assert_eq!(site.class().await, "a");
        let logged = site.valence.complaints();
        assert!(logged.contains("those before keep serving"), "{logged}");
        assert!(logged.contains(&sentence.replace('"', "\\\"")), "{logged}");
        if !from.is_empty() {
            site.configure(to, from);
        }
    }
    let listed = site.valence.cli(["hook", "list"]);
    assert_eq!(listed.exit, 0);
    assert!(
        listed.stderr.contains("cannot be read"),
        "{}",
        listed.stderr
    );
    site.replace(b"no component");
    let spoken = site.valence.cli(["hook", "reload"]);
    assert_eq!(spoken.exit, 2, "{}", spoken.stdout);
    assert!(spoken.stderr.contains("hook: site"), "{}", spoken.stderr);

    site.replace(&whole);
    let done = site.reload().await;
    assert_eq!(done.status, 200, "{:#}", done.body);
    assert_eq!(done.body["outcome"], "swapped");
    assert_eq!(done.body["previous"], before["chain"]);
    assert_eq!(done.body["hooks"][0]["state"], "changed");
    let now = site.hooks().await;
    assert_eq!(now["chain"], done.body["chain"]);
    assert_eq!(now["last_reload"]["error"], Value::Null);
    assert_eq!(site.class().await, "b");
    assert_eq!(site.valence.cli(["hook", "list"]).stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_says_what_changed_and_what_takes_a_restart() {
    let site = told().await;
    let nothing = site.reload().await;
    assert_eq!(nothing.status, 200, "{:#}", nothing.body);
    assert_eq!(nothing.body["outcome"], "unchanged");
    assert_eq!(nothing.body["hooks"][0]["state"], "unchanged");
    assert_eq!(nothing.body["needs_restart"], json!([]));
    let path = site.file().with_file_name("other.wasm");
    fs::write(path, version("other")).unwrap();
    site.configure(
        "[[hook]]",
        "[redfish]\ntimeout = \"9s\"\n\n[[hook]]\nname = \"other\"\n\n[[hook]]\noverrides = [\"other\"]",
    );
    let more = site.reload().await;
    assert_eq!(more.status, 200, "{:#}", more.body);
    assert_eq!(more.body["outcome"], "swapped");
    assert_eq!(more.body["needs_restart"], json!(["redfish.timeout"]));
    let states = |reply: &Value| {
        let hooks = reply["hooks"].as_array().unwrap().iter();
        let pair = |hook: &Value| format!("{} {}", hook["name"], hook["state"]).replace('"', "");
        hooks.map(pair).collect::<Vec<_>>()
    };
    assert_eq!(states(&more.body), ["other added", "site changed"]);
    let dry = site.dry_run().await.body;
    assert_eq!(dry["chain"]["digest"], more.body["chain"]);
    assert_eq!(dry["chain"]["hooks"][0]["name"], "other");
    assert_eq!(
        dry["chain"]["hooks"][1]["digest"],
        dry["hooks"][1]["digest"]
    );

    site.configure("name = \"other\"\n\n[[hook]]\noverrides = [\"other\"]", "");
    let fewer = site.reload().await;
    assert_eq!(fewer.body["removed"], json!(["other"]), "{:#}", fewer.body);
    assert_eq!(fewer.body["chain"], nothing.body["chain"]);

    let all = futures::future::join_all((0..10).map(|_| site.reload())).await;
    for reply in all {
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        assert_eq!(reply.body["outcome"], "unchanged");
    }
    let misspelt = site.valence.post("/v1/hooks/reload?force=1", json!({}));
    assert_eq!(misspelt.await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_reloads_and_does_not_end_the_server() {
    let site = told().await;
    let before = site.hooks().await;
    site.replace(&version("b"));
    site.valence.signal("HUP");
    let now = site
        .until("reloaded", |hooks| hooks["last_reload"] != Value::Null)
        .await;
    assert_eq!(now["last_reload"]["trigger"], "signal");
    assert_eq!(now["last_reload"]["outcome"], "swapped");
    assert_ne!(chain(&now), chain(&before));
    assert_eq!(site.class().await, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_followed_and_a_half_written_one_breaks_nothing() {
    let site = Site::new(Valence::bare(), "").await;
    let first = site.hooks().await;
    let other = |hooks: &Value, than: &Value| chain(hooks) != chain(than);

    site.replace(&version("b"));
    let second = site.until("swapped", |hooks| other(hooks, &first)).await;
    assert_eq!(second["last_reload"]["trigger"], "file");
    assert_eq!(site.class().await, "b");

    // As `cp` writes it, with a rest in the middle.
    let bytes = version("c");
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    let mut file = fs::File::create(site.file()).unwrap();
    file.write_all(half).unwrap();
    let refused = |hooks: &Value| hooks["last_reload"]["outcome"] == "refused";
    let still = site.until("refused", refused).await;
    assert_eq!(chain(&still), chain(&second));
    assert_eq!(site.class().await, "b");
    file.write_all(rest).unwrap();
    drop(file);
    let third = site.until("swapped", |hooks| other(hooks, &second)).await;
    assert_eq!(third["last_reload"]["outcome"], "swapped");
    assert_eq!(site.class().await, "c");

    // The configuration, and through it a file in a directory that is new.
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("it.wasm");
    fs::write(&path, version("d")).unwrap();
    let text = format!("settings = {{}}\npath = {:?}", path.display().to_string());
    site.configure("settings = { prefix = \"x\" }", &text);
    let fourth = site.until("swapped", |hooks| other(hooks, &third)).await;
    assert_eq!(site.class().await, "d");
    fs::write(&path, version("e")).unwrap();
    site.until("swapped", |hooks| other(hooks, &fourth)).await;
    assert_eq!(site.class().await, "e");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_shown_with_all_there_is_to_know_and_goes_on_counting() {
    let site = told().await;
    let idle = site.hook().await;
    assert_eq!(idle["statistics"]["calls"], 0);
    assert_eq!(idle["statistics"]["fuel"], Value::Null);
    assert_eq!(idle["statistics"]["last_error"], Value::Null);
    for _ in 0..3 {
        assert_eq!(site.class().await, "a");
    }
    let shown = site.hook().await;
    assert_eq!(shown["contract"], "0.1.0");
    assert_eq!(shown["phases"], json!(["mapping"]));
    assert_eq!(shown["allocation"], "small");
    assert_eq!(shown["size"], version("a").len());
    let imports = shown["imports"].as_array().unwrap();
    assert!(imports.contains(&json!("valence:hooks/registration@0.1.0")));
    assert_eq!(shown["settings_schema"]["additionalProperties"], false);
    assert!(shown.get("settings").is_none(), "{shown:#}");
    assert_eq!(shown["limits"]["fuel"], 1_000_000_000);
    assert_eq!(shown["limits"]["deadline"], 1000);
    assert_eq!(shown["limits"]["memory"], 64 << 20);
    let statistics = &shown["statistics"];
    assert_eq!(statistics["calls"], 3);
    assert_eq!(statistics["mapped"], 3);
    let fuel = site.dry_run().await.body["hooks"][0]["fuel"]
        .as_f64()
        .unwrap();
    for percentile in ["p50", "p90", "p99", "max"] {
        let found = statistics["fuel"][percentile].as_f64().unwrap();
        assert!((found - fuel).abs() <= fuel / 100.0, "{found} for {fuel}");
        assert!(statistics["duration_us"][percentile].as_f64().unwrap() > 0.0);
    }

    // Other settings, the same component.
    site.configure("prefix = \"x\"", "prefix = \"y\"");
    assert_eq!(site.reload().await.body["outcome"], "swapped");
    assert_eq!(site.hook().await["statistics"]["calls"], 4);
    // Another component, and the first one again.
    let broken = Guest::refusing(Refusal::Failed, "row 7").component();
    site.configure("settings = { prefix = \"y\" }", "on_failure = \"skip\"");
    site.replace(&broken);
    assert_eq!(site.reload().await.body["outcome"], "swapped");
    let skipped = site.dry_run().await;
    assert_eq!(skipped.status, 200, "{:#}", skipped.body);
    let statistics = site.hook().await["statistics"].clone();
    assert_eq!(statistics["calls"], 1);
    assert_eq!(statistics["failed"]["said_so"], 1);
    assert_eq!(statistics["skipped"], 1);
    let message = statistics["last_error"]["message"].as_str().unwrap();
    assert_eq!(message, "it said that it could not do its work");
    site.replace(&version("a"));
    assert_eq!(site.reload().await.body["outcome"], "swapped");
    assert_eq!(site.hook().await["statistics"]["calls"], 4);

    let spoken = site.valence.cli(["hook", "show", "site", "-f", "json"]);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);
    let spoken: Value = serde_json::from_str(&spoken.stdout).unwrap();
    assert_eq!(spoken["statistics"]["calls"], 4);
    let unknown = site.valence.cli(["hook", "show", "sit"]);
    assert_eq!(unknown.exit, 9);
    assert!(unknown.stderr.contains("`site`"), "{}", unknown.stderr);
}
