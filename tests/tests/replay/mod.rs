//! What is on record, evaluated again: replays, bundles, single evaluations, shadows,
//! and recordings of what the server read.

mod evaluate;
mod fleet;
mod record;
mod shadow;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use valence_tests::{Valence, hook};

use crate::policy::terminal::on_a_terminal;
use fleet::{Fleet, MACHINES, naming, reader, table, told};

/// What is told of the node of this name.
fn of<'a>(report: &'a Value, name: &str) -> &'a Value {
    let decisions = report["decisions"].as_array().unwrap();
    let found = decisions.iter().find(|one| one["node_name"] == name);
    found.unwrap_or_else(|| panic!("nothing of `{name}`: {report:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_shows_the_very_differences_and_nothing_else() {
    let fleet = Fleet::of(Valence::bare().configure(&naming(&["{serial}"]))).await;
    fleet.dry_run().await;
    let (exit, report) = fleet.replay(["--config", &fleet.config()]);
    let outcomes = &report["report"]["outcomes"];
    assert_eq!((exit, &outcomes["same"]), (0, &json!(3)), "{report:#}");
    assert_eq!(report["decisions"], json!([]));

    let new = naming(&["r-{serial}"])
        + &table(
            "guardrails",
            &hook("guardrails"),
            "when = { manufacturer = \"HPE*\" }\nsettings = { required = [\"/node/resource_class\"] }",
        );
    let new = fleet.file("new.toml", new);
    let (exit, report) = fleet.replay(["--config", &new]);
    assert_eq!(exit, 1, "{report:#}");
    assert_eq!(
        report["report"]["outcomes"],
        json!({
            "replayed": 3, "same": 0, "changed": 2, "denied": 1, "failed": 0, "admitted": 0,
            "refused_otherwise": 0, "newly_warned": 0, "no_longer_warned": 0, "undecidable": 0,
        })
    );
    for (name, _, serial) in [MACHINES[0], MACHINES[2]] {
        let told = of(&report, name);
        assert_eq!(
            told["changes"],
            json!([{
                "pointer": "/node/name", "from": serial, "to": format!("r-{serial}"),
                "was_by": "site-naming", "by": "site-naming",
            }])
        );
    }
    let denied = of(&report, "hpe-unplaced");
    assert_eq!(denied["verdict"], "denied");
    assert_eq!(denied["now"]["hook"], "guardrails");
    let fields = report["report"]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 1, "{fields:#?}");
    assert_eq!(
        (&fields[0]["field"], &fields[0]["nodes"]),
        (&json!("/node/name"), &json!(2))
    );
    let refused = &report["report"]["refused"][0];
    assert_eq!(
        (&refused["hook"], &refused["nodes"]),
        (&json!("guardrails"), &json!(1))
    );

    let shown = fleet.cli(&["replay", "--config", &new]);
    assert_eq!(shown.exit, 1, "{shown:?}");
    insta::assert_snapshot!("human", shown.stdout);
    assert!(shown.stderr.contains("3 of 3 would differ"), "{shown:?}");

    let junit = ["replay", "--config", &new, "--format", "junit"];
    let junit = fleet.cli(&junit);
    let document = roxmltree::Document::parse(&junit.stdout).unwrap();
    let mut nodes = document.descendants();
    let suite = nodes.find(|node| node.has_tag_name("testsuite")).unwrap();
    assert_eq!(suite.attribute("tests"), Some("3"));
    assert_eq!(suite.attribute("failures"), Some("3"));
    let messages: BTreeSet<_> = suite
        .descendants()
        .filter_map(|node| node.attribute("message"))
        .collect();
    assert!(
        messages.contains(
            "`/node/name` would be `\"r-S000000X3\"`, and was `\"S000000X3\"` (set by site-naming)"
        ),
        "{messages:#?}"
    );

    let (exit, one) = fleet.replay(["--config", &new, "--node", "dell-rack"]);
    assert_eq!(
        (exit, &one["report"]["outcomes"]["replayed"]),
        (1, &json!(1))
    );
    for (arguments, exit) in [
        (["--node", "nobody"], 9),
        (["--since", "2100-01-01"], 0),
        (["--since", "tomorrow"], 2),
        (["--hook", "site-namin=x.wasm"], 2),
    ] {
        let config = fleet.config();
        let [option, value] = arguments;
        let ran = fleet.cli(&["replay", "--config", &config, option, value]);
        assert_eq!(ran.exit, exit, "{ran:?}");
    }
}

/// A key that only sounds like a secret, where Ironic shows it to everybody, is kept
/// as it was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_had_is_had_by_its_replay() {
    let fleet = Fleet::of(Valence::bare().configure(&naming(&["{serial}"]))).await;
    let bodies = [
        json!({"extra": {"api_token": "t-1", "session_token_ttl": 5}}),
        json!({"properties": {"license_key": "k-1"}}),
        json!({"extra": {"mirror": "https://me:word@mirror.example/os"}}),
    ];
    for ((name, ..), body) in MACHINES.iter().zip(&bodies) {
        let path = format!("/v1/nodes/{name}/register?dry_run=true");
        let reply = fleet.valence.post(&path, body.clone()).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
    }
    let (exit, report) = fleet.replay(["--config", &fleet.config()]);
    let outcomes = &report["report"]["outcomes"];
    assert_eq!((exit, &outcomes["same"]), (0, &json!(3)), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_read_then_is_told_apart() {
    let fleet = Fleet::of(Valence::bare()).await;
    fleet.dry_run().await;
    let component = fleet.file("reader.wasm", reader("/LogServices"));
    let named = format!("reader={component}");
    let config = fleet.config();
    let arguments = ["--config", &config, "--hook", &named];
    let (exit, report) = fleet.replay(arguments);
    assert_eq!(exit, 0, "{report:#}");
    let outcomes = &report["report"]["outcomes"];
    assert_eq!(
        (&outcomes["undecidable"], &outcomes["same"]),
        (&json!(3), &json!(0))
    );
    let told = of(&report, "dell-rack")["detail"].as_str().unwrap();
    let expected = "`/redfish/v1/Systems/System.Embedded.1/LogServices` was not recorded";
    assert_eq!(told, expected);
    let [config, file, hook, named] = arguments;
    let (exit, _) = fleet.replay([config, file, hook, named, "--strict"]);
    assert_eq!(exit, 1);
    let junit = ["replay", config, file, hook, named, "--format", "junit"];
    let junit = fleet.cli(&junit);
    let document = roxmltree::Document::parse(&junit.stdout).unwrap();
    let skipped = document
        .descendants()
        .filter(|node| node.has_tag_name("skipped"));
    assert_eq!(skipped.count(), 3, "{}", junit.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_holds_each_document_once_and_comes_to_what_the_records_do() {
    let fleet = Fleet::of(Valence::bare().configure(&naming(&["{serial}"]))).await;
    fleet.dry_run().await;
    fleet.dry_run().await;
    let bundle = fleet.valence.directory().join("fleet.bundle");
    let bundle = bundle.display().to_string();
    let exported = fleet.cli(&["registration", "export", &bundle, "--all"]);
    assert_eq!(exported.exit, 0, "{exported:?}");
    let again = fleet.cli(&["registration", "export", &bundle]);
    assert_eq!(again.exit, 2, "{again:?}");

    let text = fs::read_to_string(&bundle).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["bundle"], 1);
    let documents: Vec<_> = lines
        .iter()
        .filter(|line| line["document"].is_u64())
        .collect();
    let kept: BTreeSet<_> = documents
        .iter()
        .map(|one| one["digest"].as_str().unwrap())
        .collect();
    assert_eq!(kept.len(), documents.len());
    let decisions: Vec<_> = lines
        .iter()
        .map(|line| &line["decision"])
        .filter(|decision| decision.is_object())
        .collect();
    assert_eq!(decisions.len(), 6);
    let end = &lines.last().unwrap()["end"];
    assert_eq!(end, &json!({"decisions": 6, "documents": documents.len()}));

    let new = fleet.file("new.toml", naming(&["r-{serial}"]));
    // No server is there for these.
    let offline_with = |bundle: &str, more: &[&str]| {
        let nowhere = "http://127.0.0.1:1";
        let first = [
            "replay", "--config", &new, "--bundle", bundle, "--url", nowhere,
        ];
        let arguments = first.iter().chain(&["--format", "json"]).chain(more);
        fleet.cli(&arguments.copied().collect::<Vec<_>>())
    };
    let offline = |bundle: &str| offline_with(bundle, &[]);
    let (exit, from_file) = told(&offline(&bundle));
    assert_eq!(exit, 1, "{from_file:#}");
    let (_, from_server) = fleet.replay(["--config", &new, "--all"]);
    assert_eq!(from_file, from_server);
    // All that is in it, within what is asked for.
    let [first, .., last] = decisions.as_slice() else {
        panic!("{decisions:#?}")
    };
    let last = last["created_at"].as_str().unwrap();
    assert!(first["created_at"].as_str().unwrap() < last);
    for (more, replayed) in [
        (["--node", "dell-rack"], 2),
        (["--since", last], 1),
        (["--since", "2100-01-01"], 0),
    ] {
        let (_, some) = told(&offline_with(&bundle, &more));
        let outcomes = &some["report"]["outcomes"];
        assert_eq!(outcomes["replayed"], replayed, "{more:?}: {outcomes:#}");
    }
    let nobody = offline_with(&bundle, &["--node", "nobody"]);
    assert_eq!(nobody.exit, 9, "{nobody:?}");

    // How far it is is for a terminal only.
    let words = ["replay", "--config", &new, "--bundle", &bundle];
    let shown = on_a_terminal(&words, None);
    assert!(
        shown.contains("/6 ") && shown.contains(" to go"),
        "{shown:?}"
    );
    let piped = fleet.cli(&words);
    assert!(!piped.stderr.contains(" to go"), "{piped:?}");

    let (_, newest) = fleet.replay(["--config", &new]);
    assert_eq!(newest["report"]["outcomes"]["replayed"], 3);

    let whole = text.lines().count();
    let cut: String = text
        .lines()
        .take(whole - 1)
        .map(|line| format!("{line}\n"))
        .collect();
    for (text, expected) in [
        (cut.as_str(), "breaks off"),
        (&text[..text.len() / 2], "breaks off"),
        (
            &text.replacen("\"bundle\":1", "\"bundle\":2", 1),
            "version 2",
        ),
        ("{}", "no bundle"),
    ] {
        let ran = offline(&fleet.file("broken.bundle", text));
        assert_eq!(ran.exit, 2, "{ran:?}");
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_more_or_less_is_a_difference() {
    let warned_of = |manufacturer: &str| {
        let settings = format!(
            "settings = {{ refuse = [{{ manufacturer = {manufacturer:?}, model = \"*\", what = \"old\" }}], warn_only = [\"refuse\"] }}"
        );
        table("guardrails", &hook("guardrails"), &settings)
    };
    let fleet = Fleet::of(Valence::bare().configure(&warned_of("HPE*"))).await;
    fleet.dry_run().await;
    let (exit, same) = fleet.replay(["--config", &fleet.config()]);
    assert_eq!((exit, &same["decisions"]), (0, &json!([])), "{same:#}");

    let new = fleet.file("new.toml", warned_of("Dell*"));
    let (exit, report) = fleet.replay(["--config", &new]);
    assert_eq!(exit, 1, "{report:#}");
    let outcomes = &report["report"]["outcomes"];
    let counts = ["same", "changed", "newly_warned", "no_longer_warned"].map(|key| &outcomes[key]);
    let [one, none] = [json!(1), json!(0)];
    assert_eq!(counts, [&one, &none, &one, &one], "{report:#}");
    let hpe = of(&report, "hpe-unplaced");
    assert_eq!(hpe["verdict"], "warned-otherwise");
    assert_eq!(hpe["newly_warned"], Value::Null);
    assert_eq!(hpe["no_longer_warned"][0]["hook"], "guardrails");
    let dell = of(&report, "dell-rack");
    assert_eq!(dell["no_longer_warned"], Value::Null);
    let message = dell["newly_warned"][0]["message"].as_str().unwrap();

    let shown = fleet.cli(&["replay", "--config", &new]);
    assert_eq!(shown.exit, 1, "{shown:?}");
    insta::assert_snapshot!("warned", shown.stdout);
    let junit = fleet.cli(&["replay", "--config", &new, "--format", "junit"]);
    let document = roxmltree::Document::parse(&junit.stdout).unwrap();
    let failure = document
        .descendants()
        .filter(|node| node.has_tag_name("failure"))
        .find_map(|node| {
            node.attribute("message")
                .filter(|told| told.contains(message))
        });
    let failure = failure.unwrap_or_else(|| panic!("{}", junit.stdout));
    assert!(
        failure.starts_with("hook `guardrails` would warn: "),
        "{failure}"
    );
}
