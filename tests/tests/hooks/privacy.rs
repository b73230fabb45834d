//! What no hook gets to see, and what none has to answer for.

use serde_json::{Value, json};
use valence::enrollment::{Author, Enrollment};
use valence::evaluate::Rejection;

use super::bench::Bench;
use super::guest::{Guest, give_back};

const GET: &str = "(param i32 i32 i32 i32)";

/// A hook that goes about in the service, and traps where it is answered otherwise
/// than it is to be.
struct Curious {
    guest: Guest,
    body: String,
}

/// What a read is to come to.
#[derive(Clone, Copy)]
enum Answer {
    Value,
    Nothing,
    Forbidden,
}

impl Curious {
    fn new() -> Self {
        let guest = Guest::reader()
            .import("redfish", "[method]document.follow", "follow", GET)
            .import(
                "redfish",
                "[method]document.members",
                "members",
                "(param i32 i32)",
            )
            .import(
                "registration",
                "[method]registration.document",
                "document",
                GET,
            );
        Self {
            guest,
            body: "(local $at i32)".into(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let (at, length) = self.guest.text(text);
        format!("(i32.const {at}) (i32.const {length})")
    }

    /// Takes the document that `of`, `root` or `system`, leads to by `link`.
    fn follows(mut self, of: &str, link: &str) -> Self {
        let link = self.text(link);
        self.body += &format!(
            "(call $follow (call ${of} (local.get $registration)) {link} (i32.const 512))
             (local.set $at (i32.load (i32.const 520)))"
        );
        self
    }

    /// Takes the second member of the collection that it is at.
    fn enters(mut self) -> Self {
        self.body += "(call $members (local.get $at) (i32.const 512))
             (local.set $at (i32.load offset=4 (i32.load (i32.const 520))))";
        self
    }

    /// Takes the document of this name.
    fn names(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.body += &format!(
            "(call $document (local.get $registration) {path} (i32.const 512))
             (if (i32.eqz (i32.load8_u (i32.const 512))) (then unreachable))
             (local.set $at (i32.load (i32.const 516)))"
        );
        self
    }

    /// Reads `pointer` where it is.
    fn reads(self, pointer: &str, answer: Answer) -> Self {
        self.asks("get", Some(pointer), answer)
    }

    fn asks(mut self, function: &str, pointer: Option<&str>, answer: Answer) -> Self {
        let pointer = pointer.map(|pointer| self.text(pointer));
        let pointer = pointer.unwrap_or_default();
        let (is_error, case) = match answer {
            Answer::Value => (0, 1),
            Answer::Nothing => (0, 0),
            Answer::Forbidden => (1, 1),
        };
        self.body += &format!(
            "(call ${function} (local.get $at) {pointer} (i32.const 512))
             (if (i32.ne (i32.load8_u (i32.const 512)) (i32.const {is_error})) (then unreachable))
             (if (i32.ne (i32.load8_u (i32.const 516)) (i32.const {case})) (then unreachable))"
        );
        self
    }

    fn guest(self) -> Guest {
        let same = give_back("(local.get $node)", "(local.get $node_length)");
        self.guest.map(&(self.body + &same))
    }
}

#[tokio::test]
async fn other_systems_and_accounts_are_forbidden_whichever_way_leads_there() {
    use Answer::{Forbidden, Nothing, Value};
    for (name, curious) in [
        (
            "its own",
            Curious::new()
                .follows("system", "/Links/Chassis/0")
                .reads("/Location/Placement/Rack", Value),
        ),
        (
            "a member",
            Curious::new()
                .follows("root", "/Systems")
                .enters()
                .reads("/SerialNumber", Forbidden)
                .asks("follow", Some("/Bios"), Forbidden)
                .asks("members", None, Forbidden),
        ),
        (
            "by name",
            Curious::new()
                .follows("root", "/Systems")
                .reads("/Members/1/@odata.id", Value)
                .names("/redfish/v1/Systems/2")
                .reads("/SerialNumber", Forbidden),
        ),
        (
            "in the collection",
            Curious::new()
                .follows("root", "/Systems")
                .reads("/Members/1/SerialNumber", Nothing),
        ),
        (
            "accounts",
            Curious::new()
                .follows("root", "/AccountService")
                .reads("/Id", Forbidden)
                .asks("follow", Some("/Accounts"), Forbidden),
        ),
    ] {
        let bench = Bench::new().hook("curious", curious.guest());
        if let Err(refused) = bench.evaluate().await {
            panic!("{name}: {refused}");
        }
    }
}

/// A site with a hook that fails at anything.
fn failing() -> Bench {
    Bench::new().hook("site", Guest::new().map("unreachable"))
}

#[tokio::test]
async fn what_no_hook_is_to_see_or_answer_for_is_refused_before_the_first() {
    let many: Vec<_> = (0..1500)
        .map(|n| json!({"address": format!("aa:00:00:00:{:02x}:{:02x}", n >> 8, n & 255), "extra": {"a": "x".repeat(60)}}))
        .collect();
    for (body, place) in [
        (
            json!({"driver_info": {"ipmi_password": "x"}}),
            "/node/driver_info/ipmi_password",
        ),
        (
            json!({"driver_info": {"a": [{"redfish_password": "x"}]}}),
            "/node/driver_info/a/0/redfish_password",
        ),
        (
            json!({"driver_info": {"snmp_community_write": "x"}}),
            "/node/driver_info/snmp_community_write",
        ),
        (
            json!({"instance_info": {"image_pull_secret": "x"}}),
            "/node/instance_info/image_pull_secret",
        ),
        (
            json!({"name": {"redfish_password": "x"}}),
            "/node/name/redfish_password",
        ),
        (json!({"admin_password": "x"}), "/node/admin_password"),
        (
            json!({"ports": [{"address": "AA:00:00:00:00:01", "password": "x"}]}),
            "/ports/aa:00:00:00:00:01/password",
        ),
        (json!({"description": "a\rb"}), "/node/description"),
        (
            json!({"properties": {"a": "\u{1b}[2J"}}),
            "/node/properties/a",
        ),
        (json!({"traits": ["CUSTOM_\u{7}"]}), "/traits"),
        (json!({"ports": many}), "/ports"),
        (
            json!({"driver_info": {"kernel_append_params": "a ; shell"}}),
            "/node/driver_info/kernel_append_params",
        ),
    ] {
        match failing().evaluate_for(body.clone()).await {
            Err(Rejection::Invalid(violations)) => {
                let said: Vec<_> = violations
                    .iter()
                    .map(|(violation, author)| (violation.pointer.as_str(), author))
                    .collect();
                assert_eq!(said, [(place, &Author::Request)], "{body}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
    let long = json!({"extra": {"k".repeat(1100): 1}});
    let refused = failing().evaluate_for(long).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("longer than 1024 bytes"), "{refused}");
}

async fn enrolled(bench: Bench, body: Value) -> Enrollment {
    let evaluated = bench.evaluate_for(body.clone()).await;
    evaluated
        .unwrap_or_else(|refused| panic!("{body}: {refused}"))
        .enrollment
}

/// What only sounds like a secret, and stands where Ironic shows it to everybody.
#[tokio::test]
async fn what_is_no_secret_goes_the_whole_way() {
    let body = json!({
        "description": "two\r\nlines",
        "extra": {"api_token": "x", "session_token_ttl": 5},
        "properties": {"license_key": "x"},
    });
    let naming = || Bench::new().hook("naming", Guest::setting(&json!({"name": "a"})));
    let enrollment = enrolled(naming(), body).await;
    assert_eq!(enrollment.node["name"], "a");
    assert_eq!(enrollment.node["description"], "two\r\nlines");
    assert_eq!(enrollment.node["extra"]["session_token_ttl"], 5);
}
