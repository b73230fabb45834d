//! A hook with an interpreter in it, in a server beside one that is starved.

use std::path::Path;

use serde_json::{Value, json};
use valence_tests::emulator::Emulator;
use valence_tests::{Reply, Valence, ValenceBuilder, root, target};

/// The pod managers, and so the hooks: of each only its own runs.
const BOTH: [&str; 2] = ["fine", "poor"];

/// A server with the hook for each of both, with these lines of configuration, and the
/// services behind it.
async fn server(component: &Path, lines: [&str; 2]) -> (Valence, Vec<Emulator>) {
    // Compiled code is kept, as an operator's is.
    let cache = target().join("tmp/hooks-cache").display().to_string();
    let builder = Valence::bare().configure(&format!("[hooks]\ncache = {cache:?}"));
    let hook = |builder: ValenceBuilder, (name, lines): (&str, &str)| {
        let lines = format!("when = {{ pod_manager = \"{name}\" }}\n{lines}");
        builder.hook(name, component, &lines)
    };
    let valence = BOTH.into_iter().zip(lines).fold(builder, hook).start();
    let mut services = Vec::new();
    for name in BOTH {
        let machine = root().join("hooks/mockups/dell-rack.json");
        let service = Emulator::of_recording(&machine).start().await;
        valence
            .manage(name, service.url(), "System.Embedded.1", name)
            .await;
        services.push(service);
    }
    (valence, services)
}

async fn dry_run(valence: &Valence, name: &str) -> Reply {
    let path = format!("/v1/nodes/{name}/register?dry_run=true");
    valence.post(&path, json!({})).await
}

/// What the hook came to.
async fn fine(valence: &Valence) -> (Value, u64) {
    let reply = dry_run(valence, "fine").await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let fuel = reply.body["hooks"][0]["fuel"].as_u64();
    (reply.body["enrollment"].clone(), fuel.expect("its fuel"))
}

/// That `component` comes to the same for the same fuel each time, and that with a little
/// less, which is enough to start it, it ends by name and disturbs nobody.
pub(super) async fn hold_an_interpreter(component: &Path) {
    let (valence, _services) = server(component, ["", ""]).await;
    let first = fine(&valence).await;
    assert_eq!(fine(&valence).await, first);
    assert_eq!(first.0["traits"][0], "CUSTOM_RACK_R12");

    let starved = format!("limits = {{ fuel = {} }}", first.1 / 10 * 9);
    let (valence, _services) = server(component, ["", &starved]).await;
    for _ in 0..3 {
        let reply = dry_run(&valence, "poor").await;
        assert_eq!(reply.status, 500, "{:#}", reply.body);
        assert_eq!(reply.body["code"], "hook-failed");
        assert_eq!(reply.body["hook"], "poor");
        let detail = reply.body["detail"].as_str().expect("a detail");
        assert!(detail.contains("fuel"), "{detail}");
        assert_eq!(fine(&valence).await.0["traits"], first.0["traits"]);
    }
}
