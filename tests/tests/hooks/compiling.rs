//! Components are compiled in a process of their own, and once.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;
use valence::hook::{Allocation, Chain, Compiler, Compiling, EngineKind, HookSpec, Limits, Origin};
use valence_tests::binary;

use super::bench::{Bench, evaluate_with};
use super::guest::Guest;

/// By the real program, kept in `cache`.
pub(super) fn by_child(cache: Option<PathBuf>) -> Compiling {
    Compiling {
        compiler: Compiler::Child(binary()),
        cache,
    }
}

fn bench(cache: &Path) -> Bench {
    Bench::compiling(EngineKind::Offline, by_child(Some(cache.to_owned())))
}

/// A component of `functions` functions that do next to nothing.
fn bomb(functions: usize) -> Vec<u8> {
    let body = "(func (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))";
    Guest::setting(&json!({}))
        .raw(&body.repeat(functions))
        .component()
}

/// Where the compiled code is.
fn entry(cache: &Path) -> PathBuf {
    let mut entries = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let entry = entries.find(|path| path.extension().is_some_and(|kind| kind == "compiled"));
    entry.unwrap()
}

async fn origin(bench: &Bench, spec: &HookSpec) -> Origin {
    bench.load(spec.clone()).await.unwrap().origin
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hooks_of_one_component_have_it_compiled_once() {
    let directory = TempDir::new().unwrap();
    let bench = bench(&directory.path().join("cache"));
    let guest = Guest::setting(&json!({"name": "r1-u7"})).component();
    let specs = ["first", "second"].map(|name| bench.file(name, &guest));
    let chain = Chain::load(&bench.engine, specs.into()).await.unwrap();
    let names = chain.hooks().iter().map(|hook| hook.spec.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["first", "second"]);
    let origins = chain.hooks().iter().map(|hook| hook.origin);
    let compiled = origins.filter(|origin| *origin == Origin::Compiled);
    assert_eq!(compiled.count(), 1);
}

#[tokio::test]
async fn of_several_hooks_that_cannot_be_loaded_the_first_is_named() {
    let directory = TempDir::new().unwrap();
    let bench = bench(&directory.path().join("cache"));
    // This takes longer to be found out than what is no component at all.
    let mut slow = bench.file("slow", &bomb(2000));
    slow.limits.compile_memory = 1 << 20;
    let wrong = bench.file("wrong", b"rubbish");
    let refused = Chain::load(&bench.engine, vec![slow, wrong]).await;
    let message = refused.err().unwrap().to_string();
    assert!(message.contains("hook `slow`"), "{message}");
}

#[tokio::test]
async fn compiled_once_and_then_taken_from_the_cache() {
    let directory = TempDir::new().unwrap();
    let cache = directory.path().join("cache");
    let guest = Guest::setting(&json!({"name": "r1-u7"})).component();
    let first = bench(&cache);
    let spec = first.file("site", &guest);
    assert_eq!(origin(&first, &spec).await, Origin::Compiled);
    assert_eq!(origin(&first, &spec).await, Origin::Cache);
    // Another process, and a server with its pools.
    for (kind, allocation) in [
        (EngineKind::Offline, Allocation::OnDemand),
        (EngineKind::Server { concurrency: 2 }, Allocation::Small),
    ] {
        let next = Bench::compiling(kind, by_child(Some(cache.clone())));
        let hook = next.load(spec.clone()).await.unwrap();
        assert_eq!(hook.origin, Origin::Cache);
        assert_eq!(hook.allocation(), allocation);
        let chain = valence::hook::Chain::of(vec![hook.into()]);
        let evaluation = evaluate_with(&chain, json!({})).await.unwrap();
        assert_eq!(evaluation.enrollment.node["name"], "r1-u7");
    }
    // What does not fit is said of kept code too.
    let other = super::guest::CONTRACT.replace("    extension: option<json>,\n", "");
    let unfit = Guest::new().against(other);
    let unfit = unfit.map_without_extension("unreachable").component();
    assert_eq!(first.refusal(&unfit).await, first.refusal(&unfit).await);
    assert!(
        first
            .refusal(&unfit)
            .await
            .contains("its `map-node` of `mapping` is")
    );
}

#[tokio::test]
async fn what_was_tampered_with_is_compiled_again() {
    let directory = TempDir::new().unwrap();
    let cache = directory.path().join("cache");
    let bench = bench(&cache);
    let spec = bench.file("site", &Guest::setting(&json!({})).component());
    assert_eq!(origin(&bench, &spec).await, Origin::Compiled);
    let entry = entry(&cache);
    let sound = fs::read(&entry).unwrap();
    let cut = sound[..sound.len() / 2].to_vec();
    for spoilt in [cut, Vec::new(), [sound.as_slice(), b"\0"].concat()] {
        fs::write(&entry, spoilt).unwrap();
        assert_eq!(origin(&bench, &spec).await, Origin::Compiled);
        assert_eq!(origin(&bench, &spec).await, Origin::Cache);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_is_compiled_again(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let directory = TempDir::new().unwrap();
        let cache = directory.path().join("cache");
        // Here the code is not compiled by a child: what is kept is the same.
        let compiling = Compiling { compiler: Compiler::InProcess, cache: Some(cache.clone()) };
        let bench = Bench::compiling(EngineKind::Offline, compiling);
        let spec = bench.file("site", &Guest::setting(&json!({})).component());
        runtime.block_on(origin(&bench, &spec));
        let entry = entry(&cache);
        let mut bytes = fs::read(&entry).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        fs::write(&entry, bytes).unwrap();
        prop_assert_eq!(runtime.block_on(origin(&bench, &spec)), Origin::Compiled);
    }
}

#[tokio::test]
async fn a_component_of_too_many_functions_is_not_compiled_at_all() {
    let directory = TempDir::new().unwrap();
    let nobody = Compiling {
        compiler: Compiler::Child(directory.path().join("nobody")),
        cache: None,
    };
    let bench = Bench::compiling(EngineKind::Offline, nobody);
    assert_eq!(
        bench.refusal(&bomb(60_000)).await,
        "hook `site`: its component has more functions than 50000; `limits.functions` of its `[[hook]]` raises this"
    );
}

#[tokio::test]
async fn a_bomb_ends_at_its_deadline_and_holds_nobody_up() {
    let directory = TempDir::new().unwrap();
    let bench = bench(&directory.path().join("cache"));
    let sound = Guest::setting(&json!({"name": "r1-u7"})).component();
    let spec = bench.file("benign", &sound);
    let benign = bench.load(spec).await.unwrap();
    let chain = valence::hook::Chain::of(vec![benign.into()]);
    let mut spec = bench.file("bomb", &bomb(100_000));
    spec.limits.functions = u64::MAX;
    spec.limits.compile_deadline = Duration::from_millis(700);
    let compiling = bench.load(spec);
    tokio::pin!(compiling);
    // On this one thread: others are served while it is compiled.
    let mut served = 0;
    let refused = loop {
        tokio::select! {
            biased;
            ended = &mut compiling => break ended.err().unwrap().to_string(),
            evaluation = evaluate_with(&chain, json!({})) => {
                evaluation.unwrap();
                served += 1;
            }
        }
    };
    assert_eq!(
        refused,
        "hook `bomb`: compiling it took longer than 700 ms; `limits.compile_deadline` of its `[[hook]]` raises this"
    );
    assert!(served > 0);
}

#[tokio::test]
async fn memory_for_compiling_is_limited() {
    let bench = Bench::compiling(EngineKind::Offline, by_child(None));
    let refused = async |limit: fn(&mut Limits)| {
        let mut spec = bench.file("bomb", &bomb(100_000));
        spec.limits.functions = u64::MAX;
        limit(&mut spec.limits);
        bench.load(spec).await.err().unwrap().to_string()
    };
    let memory = refused(|limits| limits.compile_memory = 160 << 20).await;
    assert_eq!(
        memory,
        "hook `bomb`: compiling it took more memory than 160 MiB; `limits.compile_memory` of its `[[hook]]` raises this"
    );
}

/// A program that is a few lines of shell.
fn script(directory: &TempDir, lines: &str) -> Compiling {
    let path = directory.path().join("compiler");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Compiling {
        compiler: Compiler::Child(path),
        cache: None,
    }
}

#[tokio::test]
async fn a_compiler_that_breaks_down_is_told_of() {
    let sound = Guest::setting(&json!({})).component();
    for (lines, expected) in [
        ("kill -9 $$", "it ended with signal: 9"),
        (
            "kill -24 $$",
            "compiling it took more processor time than 300 s; `limits.compile_deadline`",
        ),
        (
            "echo no room >&2; exit 101",
            "it ended with exit status: 101: no room",
        ),
        (
            "printf 'of its own\\033[31m'; exit 4",
            "is no component: of its own\\u{1b}",
        ),
        (
            "exit 3",
            "compiling it took more memory than 2 GiB; `limits.compile_memory`",
        ),
        // Not compiled code, whatever it says.
        (
            "echo rubbish; exit 0",
            "could not be loaded on this machine: ",
        ),
    ] {
        let directory = TempDir::new().unwrap();
        let bench = Bench::compiling(EngineKind::Offline, script(&directory, lines));
        let message = bench.refusal(&sound).await;
        assert!(message.contains(expected), "{message}");
    }
    let missing = Compiling {
        compiler: Compiler::Child("/nowhere/valence".into()),
        cache: None,
    };
    let message = Bench::compiling(EngineKind::Offline, missing)
        .refusal(&sound)
        .await;
    assert!(message.contains("it cannot be started: "), "{message}");
}

#[tokio::test]
async fn a_compiler_gets_nothing_of_the_environment() {
    let directory = TempDir::new().unwrap();
    let compiler = script(&directory, "env > \"$0.env\"; pwd >> \"$0.env\"; exit 1");
    let bench = Bench::compiling(EngineKind::Offline, compiler);
    bench.refusal(&Guest::setting(&json!({})).component()).await;
    let seen = fs::read_to_string(directory.path().join("compiler.env")).unwrap();
    let names: Vec<_> = seen
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let of_shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    for (name, _) in names {
        assert!(
            name == "RAYON_NUM_THREADS" || of_shell.contains(&name),
            "{seen}"
        );
    }
    assert!(seen.ends_with("\n/\n"), "{seen}");
}

/// The hidden command, to which `component` has been written.
fn compiler(settings: &str, component: &[u8]) -> std::process::Child {
    let size = component.len().to_string();
    let mut child = Command::new(binary())
        .args(["compile-hook", "--size", &size, "--settings", settings])
        .args(["--memory", "2147483648", "--seconds", "60"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(component).unwrap();
    child
}

#[test]
fn a_compiler_ends_with_its_parent_or_when_it_is_another() {
    let component = Guest::setting(&json!({})).component();
    // Another version of us, say: nothing is compiled for it.
    let mut other = compiler("00", &component);
    // Held open, as a parent would.
    let stdin = other.stdin.take();
    let output = other.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("it has other settings than its parent"),
        "{said}"
    );

    // It would be at it for many seconds.
    let mut orphan = compiler(&settings(), &bomb(100_000));
    drop(orphan.stdin.take());
    let output = orphan.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_compiler_can_open_and_write_no_file() {
    let mut child = Command::new(binary())
        .args(["compile-hook", "--size", "8", "--settings", "00"])
        .args(["--memory", "2147483648", "--seconds", "60"])
        // Held open, and never filled: it waits for the component.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let file = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap();
    // The last value is how willingly it gives way, from where we stand ourselves.
    let niceness = |stat: &str| {
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields
            .split_whitespace()
            .nth(16)
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    let own = niceness(&fs::read_to_string("/proc/self/stat").unwrap());
    let expected = [
        ("Max core file size", "0 0"),
        ("Max open files", "0 0"),
        ("Max file size", "0 0"),
        ("Max address space", "2147483648 2147483648"),
        ("Max cpu time", "60 62"),
    ];
    let missing = || {
        let limits = file("limits");
        let is_set = |(name, values): &(&str, &str)| {
            let line = limits.lines().find_map(|line| line.strip_prefix(name));
            let words: Vec<_> = line.unwrap().split_whitespace().take(2).collect();
            words.join(" ") == *values
        };
        let mut missing: Vec<_> = expected.iter().filter(|one| !is_set(one)).collect();
        if niceness(&file("stat")) < (own + 5).min(19) {
            missing.push(&("niceness", "5 more"));
        }
        missing.into_iter().copied().collect::<Vec<_>>()
    };
    // It sets them before it reads, one after another.
    let begun = Instant::now();
    while !missing().is_empty() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let left = missing();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left, []);
}

/// The digest of our engine's settings, as a compiler is told it.
fn settings() -> String {
    let directory = TempDir::new().unwrap();
    let compiler = script(&directory, "echo \"$5\" > \"$0.settings\"; exit 1");
    let bench = Bench::compiling(EngineKind::Offline, compiler);
    let component = Guest::setting(&json!({})).component();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(bench.refusal(&component));
    let text = fs::read_to_string(directory.path().join("compiler.settings")).unwrap();
    text.trim().to_owned()
}
