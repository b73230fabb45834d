//! Hooks that mean harm, in a real server that others use meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail loudly, and tells its figures"
)]

mod attacks;
mod flipped;
mod loading;
pub(crate) mod measure;
mod service;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;
use valence_testbed::RedfishEmulator;
use valence_tests::{Reply, Valence, ValenceBuilder};

use attacks::Attack;
use measure::{Steady, memory};

use crate::register::ironic;

/// What an attack may leave behind, in KiB.
const MOST_LEFT: i64 = 64 << 10;

/// One server at a time is attacked: others would be in the figures.
pub(crate) fn alone() -> &'static tokio::sync::Mutex<()> {
    static ALONE: OnceLock<tokio::sync::Mutex<()>> = OnceLock::new();
    ALONE.get_or_init(tokio::sync::Mutex::default)
}

fn dry_run(node: &str) -> String {
    format!("/v1/nodes/{node}/register?dry_run=true")
}

/// A server with a chain of all of these hooks, each for the node of its name.
fn with_hooks(builder: ValenceBuilder, directory: &Path, hooks: &[(&str, &[u8], &str)]) -> Valence {
    let mut builder = builder.configure("[redfish]\ntotal_timeout = \"4s\"\nconcurrency = 16");
    for (name, component, lines) in hooks {
        let file = directory.join(format!("{name}.wasm"));
        fs::write(&file, component).unwrap();
        let when = format!("when = {{ node = [\"{name}\", \"{name}.*\"] }}\n{lines}");
        builder = builder.hook(name, &file, &when);
    }
    builder.start()
}

/// Has the server manage one machine of the service for each name.
async fn manage_all(valence: &Valence, names: &[&str]) {
    let service = service::machines(names.len()).await;
    for (number, name) in names.iter().enumerate() {
        let url = format!("http://{service}");
        valence
            .manage("rack", &url, &format!("m{number}"), name)
            .await;
    }
}

/// How long the attack is allowed to take.
fn deadline(attack: &Attack) -> Duration {
    Duration::from_millis(match attack.code {
        "redfish-timeout" => 4000,
        _ if attack.lines == attacks::TIMED => 200,
        _ => 1000,
    })
}

/// What is wrong with the reply, if anything is.
fn wrong(attack: &Attack, reply: &Reply) -> Option<String> {
    let body = &reply.body;
    let detail = body["detail"].as_str().unwrap_or_default();
    // A pod manager that does not answer is no fault of the hook that asked.
    let of_hook = !matches!(attack.code, "" | "redfish-timeout");
    let right = reply.status == attack.status
        && body["code"].as_str().unwrap_or_default() == attack.code
        && detail.contains(attack.says)
        && !detail.contains(char::is_control)
        && detail.len() < 5000
        && (!of_hook || body["hook"] == attack.name);
    (!right).then(|| format!("{}: {body:#}", attack.name))
}

/// Registers a real machine in Ironic and takes it out again, three times and then
/// as long as something goes on beside it.
async fn register_for_real(valence: &Valence, beside: &watch::Receiver<Option<&'static str>>) {
    let uuid = Uuid::new_v4();
    let [a, b, c, ..] = *uuid.as_bytes();
    let emulator = RedfishEmulator::with_system(&uuid.to_string())
        .nic(&format!("52:54:{a:02x}:{b:02x}:{c:02x}:01"))
        .start()
        .unwrap();
    let name = format!("benign.{a:02x}{b:02x}{c:02x}");
    valence
        .manage(
            &format!("podm-{name}"),
            emulator.url(),
            &uuid.to_string(),
            &name,
        )
        .await;
    let path = format!("/v1/nodes/{name}/register");
    let mut round = 0;
    while round < 3 || beside.borrow().is_some() {
        let registered = valence.post(&path, json!({})).await;
        assert_eq!(registered.status, 200, "{:#}", registered.body);
        assert_eq!(registered.body["managed_by"], "ironic");
        assert_eq!(valence.delete(&path).await.status, 200);
        round += 1;
    }
}

/// How others fare beside the same registrations, when nobody attacks: only the
/// attacks are to make the difference.
async fn undisturbed(valence: &Valence) -> Steady {
    let (goes_on, beside) = watch::channel(Some("nothing"));
    let registering = async {
        register_for_real(valence, &watch::channel(None).1).await;
        goes_on.send_replace(None);
    };
    tokio::join!(registering, Steady::run(valence, "benign", beside)).1
}

/// What hooks say stays on lines of its own, and there is not too much of it.
fn harmless_log(log: &str) {
    assert!(!log.contains(['\u{1b}', '\r', '\u{7}', '\u{202e}']));
    assert!(
        !log.lines()
            .any(|line| line.starts_with("2026-01-01T00:00:00Z ERROR forged"))
    );
    let flood = log
        .lines()
        .filter(|line| line.contains("flood flood"))
        .count();
    assert!(flood <= 100, "{flood} lines");
    let cut = log
        .lines()
        .filter(|line| line.contains("`limits.log_bytes` of its `[[hook]]`"));
    // Of the hook that floods it, and of that whose reasons are all dropped.
    assert_eq!(cut.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_is_survived_named_and_unnoticed_by_others() {
    let _alone = alone().lock().await;
    let directory = tempfile::tempdir().unwrap();
    let attacks = attacks::all();
    let benign = attacks::benign();
    let mut hooks: Vec<_> = attacks
        .iter()
        .map(|attack| (attack.name, &attack.component[..], attack.lines))
        .collect();
    hooks.push(("benign", &benign, ""));
    let builder = Valence::with_ironic(&ironic().endpoint());
    let valence = with_hooks(builder, directory.path(), &hooks);
    let mut names: Vec<_> = attacks.iter().map(|attack| attack.name).collect();
    names.push("benign");
    manage_all(&valence, &names).await;

    let mut quiet = undisturbed(&valence).await;
    let (before, peak_before) = memory(valence.process());
    let (goes_on, beside) = watch::channel(Some(""));
    let mut longest = (Duration::ZERO, "");
    let mut failed = Vec::new();
    let attacking = async {
        for attack in attacks
            .iter()
            .filter(|attack| attack.name != "hanging-read")
        {
            goes_on.send_replace(Some(attack.name));
            let begun = Instant::now();
            let reply = valence.post(&dry_run(attack.name), json!({})).await;
            let over = begun.elapsed().saturating_sub(deadline(attack));
            longest = longest.max((over, attack.name));
            failed.extend(wrong(attack, &reply));
        }
        // A pool of slots that all wait for one machine would be an attack too.
        let hanging = attacks
            .iter()
            .find(|attack| attack.name == "hanging-read")
            .unwrap();
        let path = dry_run(hanging.name);
        goes_on.send_replace(Some(hanging.name));
        let begun = Instant::now();
        let together = (0..20).map(|_| valence.post(&path, json!({})));
        for reply in futures::future::join_all(together).await {
            failed.extend(wrong(hanging, &reply));
        }
        let over = begun.elapsed().saturating_sub(deadline(hanging));
        longest = longest.max((over, hanging.name));
        goes_on.send_replace(None);
    };
    let (_, (), mut attacked) = tokio::join!(
        register_for_real(&valence, &beside),
        attacking,
        Steady::run(&valence, "benign", beside.clone())
    );
    let (after, peak_after) = memory(valence.process());

    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(quiet.errors, Vec::<String>::new());
    assert_eq!(attacked.errors, Vec::<String>::new());
    assert!(
        after - before <= MOST_LEFT,
        "it grew by {} KiB",
        after - before
    );
    // A service that answers some of what hooks ask for never, answers others.
    let beside = attacked.beside("hanging-read");
    assert!(beside > 5, "{beside} registrations beside reads that hang");
    harmless_log(&valence.log());
    println!(
        "hostile hooks while called: {n} of {n} survived; longest overrun {:?} (`{}`); \
         memory {:+} KiB after, {:+} KiB at the peak; others: {} registrations, 0 errors, median {:?} quiet, {:?} attacked, p99 {:?} quiet, {:?} attacked",
        longest.0,
        longest.1,
        after - before,
        peak_after - peak_before,
        attacked.times.len(),
        quiet.share(50),
        attacked.share(50),
        quiet.share(99),
        attacked.share(99),
        n = attacks.len(),
    );
    println!("slowest of others: {:?}", attacked.slowest());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_cannot_tell_one_call_from_another() {
    let _alone = alone().lock().await;
    let directory = tempfile::tempdir().unwrap();
    let all = attacks::all();
    let dirty = all
        .iter()
        .find(|attack| attack.name == "memory-by-steps")
        .unwrap();
    let remembering = attacks::remembering();
    let hooks = [
        ("remembering", &remembering[..], ""),
        ("dirty", &dirty.component, ""),
    ];
    let valence = with_hooks(Valence::bare(), directory.path(), &hooks);
    manage_all(&valence, &["remembering", "dirty"]).await;
    let mut seen: Vec<Value> = Vec::new();
    for round in 0..20 {
        // Slots of memory go from one to the other.
        let soiled = valence.post(&dry_run("dirty"), json!({})).await;
        assert_eq!(soiled.status, 500, "{:#}", soiled.body);
        let path = dry_run("remembering");
        let together = (0..1 + round % 5).map(|_| valence.post(&path, json!({})));
        for mut reply in futures::future::join_all(together).await {
            assert_eq!(reply.status, 200, "{:#}", reply.body);
            for hook in reply.body["hooks"].as_array_mut().unwrap() {
                hook["duration_us"] = Value::Null;
            }
            seen.push(reply.body);
        }
    }
    let traits = &seen[0]["enrollment"]["traits"];
    // One call, a first write, two pages, fresh ones empty, a table of one that is
    // null, and a heap that begins where it began.
    assert_eq!(traits, &json!(["CUSTOM_LEFT_11201100"]), "{:#}", seen[0]);
    for other in &seen {
        assert_eq!(other, &seen[0]);
    }
}
