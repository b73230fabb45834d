//! Where Ironic takes a node once it is registered: real Ironic with its
//! conductor, and a Redfish emulator that asks for a password.

pub(crate) mod bed;
mod cut_off;

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use valence_tests::{Fault, Gate, Proxy, Valence, When};

use bed::{Machine, PASSWORD, detail, ironic, made_up, serving};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_inspected_and_offered_and_the_reply_shows_it() {
    let machine = Machine::new("offered").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let query = "target=available&inspect=true";
    let reply = machine.register(&valence, query, made_up()).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(reply.body["ironic"]["provision_state"], "available");
    let transition = &reply.body["transition"];
    assert_eq!(transition["state"], "done", "{transition:#}");
    assert_eq!(transition["provision_state"], "available");
    assert_eq!(transition["error"], Value::Null);
    assert_eq!(&machine.recorded(&valence).await["transition"], transition);
    let shown = machine.in_ironic().await;
    assert_eq!(shown["provision_state"], "available");
    assert!(shown["inspection_finished_at"].is_string(), "{shown:#}");
    let taken = ["manage", "inspect", "provide"].map(|verb| (verb.to_owned(), "done".to_owned()));
    assert_eq!(machine.verbs(&valence).await, taken);

    // It is there already: nothing is asked of Ironic, and nothing taken back.
    for query in ["target=available", "target=manageable", ""] {
        let again = machine.register(&valence, query, made_up()).await;
        assert_eq!(again.status, 200, "{:#}", again.body);
        assert_eq!(again.body["unchanged"], true);
        assert_eq!(again.body["ironic"]["provision_state"], "available");
    }
    let too_far = machine.register(&valence, "inspect=true", made_up()).await;
    assert_eq!(too_far.status, 409, "{:#}", too_far.body);
    assert!(detail(&too_far).contains("`available`"), "{too_far:?}");
    assert_eq!(machine.verbs(&valence).await, taken);
    let gone = valence.delete(&machine.path("")).await;
    assert_eq!(gone.status, 200, "{:#}", gone.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_sees_how_far_it_is_through_an_outage_of_ironic() {
    let machine = Machine::new("watched").await;
    let gate = Gate::before(&ironic().endpoint()).await;
    let valence = Valence::bare()
        .configure(&format!(
            "[ironic]\nendpoint = \"{}\"\nretry_for = \"3s\"\n[register]\ntarget = \"manageable\"",
            gate.url()
        ))
        .start();
    machine.managed_by(&valence).await;
    let asked = Instant::now();
    let reply = machine.register(&valence, "wait=false", json!({})).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(reply.body["transition"]["state"], "running");
    assert_eq!(reply.body["ironic"]["provision_state"], "enroll");
    let took = asked.elapsed();
    machine
        .until(&valence, "begun", |transition| {
            transition["step"] == "manage"
        })
        .await;
    gate.shut();
    let held_up = |transition: &Value| transition["detail"].is_string();
    let transition = machine.until(&valence, "held up", held_up).await;
    let why = transition["detail"].as_str().expect("text");
    assert!(why.contains("cannot be reached"), "{why}");
    gate.open();
    let transition = machine.ended(&valence).await;
    assert_eq!(transition["state"], "done", "{transition:#}");
    assert_eq!(transition["detail"], Value::Null);
    assert!(took < asked.elapsed(), "{took:?}");
    assert_eq!(machine.in_ironic().await["provision_state"], "manageable");

    // What the configuration says is of new nodes.
    let again = machine.register(&valence, "", json!({})).await;
    assert_eq!(again.body["unchanged"], true);
    assert_eq!(again.body.get("transition"), None);
    let options = [
        "node",
        "register",
        &machine.name,
        "--target",
        "available",
        "-f",
        "json",
    ];
    let spoken = valence.cli(options);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);
    let shown: Value = serde_json::from_str(&spoken.stdout).expect("JSON");
    assert_eq!(shown["transition"]["step"], "provide", "{shown:#}");
    assert_eq!(shown["transition"]["state"], "done", "{shown:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_bmc_refuses_is_told_in_ironics_words() {
    let machine = Machine::new("wrong").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let login = |password: &str| json!({"driver_info": {"redfish_username": "root", "redfish_password": password}});
    let wrong = "canary-wrong-pa55word";
    let reply = machine
        .register(&valence, "target=available", login(wrong))
        .await;
    assert_eq!(reply.status, 502, "{:#}", reply.body);
    assert_eq!(reply.body["code"], "redfish-failed");
    let words = reply.body["ironic"]["faultstring"].as_str().expect("words");
    let shown = machine.in_ironic().await;
    let last_error = shown["last_error"].as_str().expect("an error");
    assert_eq!(words, last_error.trim_end_matches('.'));
    assert!(detail(&reply).contains(words), "{}", detail(&reply));
    assert!(
        detail(&reply).contains("stays registered"),
        "{}",
        detail(&reply)
    );
    assert!(!reply.body.to_string().contains(wrong), "{:#}", reply.body);
    assert_eq!(shown["provision_state"], "enroll");

    let recorded = machine.recorded(&valence).await;
    assert_eq!(recorded["state"], "complete");
    let error = &recorded["transition"]["error"];
    assert_eq!(error["fault"], "bmc", "{recorded:#}");
    assert_eq!(error["last_error"], words);
    let path = format!("/v1/nodes/{}", machine.name);
    assert_eq!(valence.get(&path).await.body["managed_by"], "ironic");

    let query = "on_conflict=update&target=manageable";
    let mended = machine.register(&valence, query, login(PASSWORD)).await;
    assert_eq!(mended.status, 200, "{:#}", mended.body);
    assert_eq!(mended.body["ironic"]["provision_state"], "manageable");
}

/// The emulator answers 500 for storage, which Ironic's `redfish` inspection takes
/// for the end of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_inspection_that_fails_is_ironics_fault_where_the_bmc_can_be_reached() {
    let machine = Machine::new("unseen").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let query = "target=available&inspect=true";
    let reply = machine.register(&valence, query, json!({})).await;
    assert_eq!(reply.status, 502, "{:#}", reply.body);
    assert_eq!(reply.body["code"], "ironic-failed");
    let shown = machine.in_ironic().await;
    assert_eq!(shown["provision_state"], "inspect failed");
    let last_error = shown["last_error"].as_str().expect("an error");
    let words = reply.body["ironic"]["faultstring"].as_str().expect("words");
    assert_eq!(words, last_error.trim_end_matches('.'));
    assert!(detail(&reply).contains("`inspect failed`"), "{reply:?}");
    let transition = &machine.recorded(&valence).await["transition"];
    assert_eq!(transition["error"]["fault"], "ironic", "{transition:#}");
    let spoken = valence.cli(["node", "register", &machine.name, "--inspect"]);
    assert_eq!(spoken.exit, 6, "{}", spoken.stderr);
    assert!(
        spoken.stderr.contains("inspect failed"),
        "{}",
        spoken.stderr
    );

    // Without inspection it goes on from there.
    let mended = machine
        .register(&valence, "target=available", json!({}))
        .await;
    assert_eq!(mended.status, 200, "{:#}", mended.body);
    assert_eq!(mended.body["ironic"]["provision_state"], "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspection_that_ironic_refuses_to_begin_leaves_the_node_where_it_got() {
    let machine = Machine::new("plain").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let body = json!({"inspect_interface": "no-inspect"});
    let reply = machine.register(&valence, "inspect=true", body).await;
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    assert_eq!(reply.body["code"], "invalid-enrollment");
    assert!(detail(&reply).contains("inspect"), "{}", detail(&reply));
    let transition = &machine.recorded(&valence).await["transition"];
    assert_eq!(transition["error"]["fault"], "ironic", "{transition:#}");
    assert_eq!(machine.in_ironic().await["provision_state"], "manageable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_node_is_not_given_up_unless_somebody_insists() {
    let machine = Machine::new("kept").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let reply = machine
        .register(&valence, "target=manageable&wait=false", json!({}))
        .await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let begun = |transition: &Value| transition["step"] == "manage";
    machine.until(&valence, "begun", begun).await;
    let other = machine
        .register(&valence, "target=available", json!({}))
        .await;
    assert_eq!(other.status, 409, "{:#}", other.body);
    assert!(detail(&other).contains("on its way"), "{}", detail(&other));
    let path = format!("/v1/nodes/{}", machine.name);
    let refused = valence.delete(&path).await;
    assert_eq!(refused.status, 409, "{:#}", refused.body);
    assert!(detail(&refused).contains("force=true"), "{refused:?}");
    let forced = valence.delete(&format!("{path}?force=true")).await;
    assert_eq!(forced.status, 200, "{:#}", forced.body);
    assert_eq!(valence.get(&path).await.status, 404);
    // Whatever Ironic makes of it, nobody is told of a node that is not there.
    let started = Instant::now();
    while !valence.log().contains("given up") && started.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(valence.complaints(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_refused_leaves_a_node_on_its_way() {
    let machine = Machine::new("onward").await;
    let when = When {
        begins: "PUT ",
        times: usize::MAX,
    };
    let proxy = Proxy::before(&ironic().endpoint(), when, Fault::Before(503)).await;
    let configured = format!(
        "[ironic]\nendpoint = \"{}\"\nretry_for = \"200ms\"",
        proxy.endpoint()
    );
    let valence = Valence::bare().configure(&configured).start();
    machine.managed_by(&valence).await;
    let reply = machine
        .register(&valence, "target=manageable&wait=false", json!({}))
        .await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let held_up = |transition: &Value| transition["detail"].is_string();
    machine.until(&valence, "held up", held_up).await;
    let started = Instant::now();
    for query in [
        "on_conflict=update",
        "on_conflict=update&target=manageable&wait=false",
    ] {
        let refused = loop {
            let impossible = json!({"conductor_group": "nowhere"});
            let reply = machine.register(&valence, query, impossible).await;
            // The background may be at it.
            if reply.status != 409 {
                break reply;
            }
            assert!(started.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(refused.status, 422, "{:#}", refused.body);
        let transition = &machine.recorded(&valence).await["transition"];
        assert_eq!(transition["state"], "running", "{transition:#}");
    }
    proxy.lift();
    let transition = machine.ended(&valence).await;
    assert_eq!(transition["state"], "done", "{transition:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_nodes_are_watched_by_lists_and_each_gets_there() {
    const MANY: usize = 10;
    let proxy = Proxy::new(&ironic().endpoint()).await;
    let valence = Valence::with_ironic(&proxy.endpoint()).start();
    let machines = join_all((0..MANY).map(|_| Machine::new("many"))).await;
    let taken = machines.iter().map(async |machine| {
        machine.managed_by(&valence).await;
        let reply = machine
            .register(&valence, "target=manageable", json!({}))
            .await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        assert_eq!(reply.body["ironic"]["provision_state"], "manageable");
    });
    join_all(taken).await;
    let requests = proxy.requests();
    let count = |of: &str| requests.iter().filter(|line| line.contains(of)).count();
    let lists = count("GET /v1/nodes?limit=500&provision_state=verifying&fields=uuid");
    let looks = count("?fields=uuid%2Cprovision_state");
    assert!(lists > 0, "{requests:#?}");
    println!("{MANY} nodes: {lists} lists, {looks} looks at one");
}
