use proptest::prelude::*;

use super::super::limit_key::LimitKey;
use super::*;
use crate::enrollment::LONGEST_POINTER;

fn raw(node: &str) -> Raw {
    Raw {
        node: node.into(),
        portgroups: Vec::new(),
        ports: Vec::new(),
        traits: Vec::new(),
        credentials: None,
        extension: None,
    }
}

/// As if the guest had been given nothing.
fn from_guest(raw: Raw, limits: &Limits) -> Result<Enrollment, Flaw> {
    let enrollment = Enrollment::default();
    let given = Given {
        raw: &to_guest(&enrollment),
        enrollment: &enrollment,
    };
    super::from_guest(raw, &given, limits)
}

fn pointer(raw: Raw) -> Option<String> {
    match from_guest(raw, &Limits::default()) {
        Err(Flaw::Bad { pointer, .. }) => pointer,
        _ => None,
    }
}

#[test]
fn what_goes_to_a_guest_comes_back_as_it_was() {
    let enrollment: Enrollment = serde_json::from_value(serde_json::json!({
        "node": {"name": "a", "properties": {"cpus": 4}},
        "ports": [{"address": "aa:00:00:00:00:01"}],
        "portgroups": [{"name": "bond0"}],
        "traits": ["HW_X"],
        "credentials": "rack-a",
        "extension": {"later": [1, {"text": "two\nlines"}]},
    }))
    .unwrap();
    let back = from_guest(to_guest(&enrollment), &Limits::default());
    assert_eq!(back.as_ref(), Ok(&enrollment));
    let given = Given {
        raw: &to_guest(&enrollment),
        enrollment: &enrollment,
    };
    let back = super::from_guest(to_guest(&enrollment), &given, &Limits::default());
    assert_eq!(back, Ok(enrollment));
}

#[test]
fn what_is_new_or_elsewhere_is_parsed_and_the_rest_taken_over() {
    let port = |address: &str| serde_json::json!({"address": address});
    let enrollment: Enrollment = serde_json::from_value(serde_json::json!({
        "node": {"name": "a"},
        "ports": [port("aa:00:00:00:00:01"), port("aa:00:00:00:00:02")],
    }))
    .unwrap();
    let texts = to_guest(&enrollment);
    let given = Given {
        raw: &texts,
        enrollment: &enrollment,
    };
    let mut back = to_guest(&enrollment);
    back.ports.swap(0, 1);
    back.ports.push(port("aa:00:00:00:00:03").to_string());
    back.traits.push("HW_X".into());
    let taken = super::from_guest(back, &given, &Limits::default()).unwrap();
    assert_eq!(
        serde_json::to_value(&taken).unwrap()["ports"],
        serde_json::json!([
            port("aa:00:00:00:00:01"),
            port("aa:00:00:00:00:02"),
            port("aa:00:00:00:00:03")
        ])
    );
    assert!(taken.traits.contains("HW_X"));
    let mut twice = to_guest(&enrollment);
    twice.ports[1] = twice.ports[0].clone();
    let flaw = super::from_guest(twice, &given, &Limits::default());
    assert!(matches!(flaw, Err(Flaw::Bad { .. })), "{flaw:?}");
}

#[test]
fn numbers_that_only_look_different_are_as_they_were_given() {
    let given: Enrollment = serde_json::from_value(serde_json::json!({
        "node": {"extra": {"ratio": 100.0, "big": 9_007_199_254_740_993_u64}},
        "portgroups": [{"name": "bond0", "extra": {"ratio": 1.0}}],
        "ports": [
            {"address": "aa:00:00:00:00:01", "extra": {"ratio": 2.0}},
            {"address": "aa:00:00:00:00:02", "extra": {"ratio": 2.0}},
        ],
        "extension": {"ratio": 3.0},
    }))
    .unwrap();
    let texts = to_guest(&given);
    let back = Raw {
        node: r#"{"name":"a","extra":{"ratio":100,"big":9007199254740992}}"#.into(),
        portgroups: vec![r#"{"extra":{"ratio":1},"name":"bond0"}"#.into()],
        // One is gone, so the other stands elsewhere.
        ports: vec![r#"{"extra":{"ratio":2},"address":"AA:00:00:00:00:02"}"#.into()],
        extension: Some(r#"{"ratio":3,"more":4}"#.into()),
        ..to_guest(&Enrollment::default())
    };
    let given = Given {
        raw: &texts,
        enrollment: &given,
    };
    let taken = super::from_guest(back, &given, &Limits::default()).unwrap();
    let expected = serde_json::json!({
        "node": {"name": "a", "extra": {"ratio": 100.0, "big": 9_007_199_254_740_993_u64}},
        "portgroups": [{"name": "bond0", "extra": {"ratio": 1.0}}],
        "ports": [{"address": "AA:00:00:00:00:02", "extra": {"ratio": 2.0}}],
        "traits": [],
        "credentials": null,
        "extension": {"ratio": 3.0, "more": 4},
    });
    assert_eq!(serde_json::to_value(&taken).unwrap(), expected);
}

#[test]
fn what_was_given_is_not_held_against_the_hook() {
    let long = "k".repeat(LONGEST_POINTER + 1);
    let given = Enrollment {
        node: serde_json::json!({"description": "a\r\nb", "extra": {&long: 1, "a": ["x\u{202e}"]}})
            .as_object()
            .cloned()
            .unwrap(),
        ports: vec![
            serde_json::json!({"address": "aa:00:00:00:00:01", "extra": {"a\r": 1}})
                .as_object()
                .cloned()
                .unwrap()
                .into(),
        ],
        traits: ["A\u{7}".to_owned()].into(),
        ..Enrollment::default()
    };
    let texts = to_guest(&given);
    let back = |change: fn(&mut Enrollment)| {
        let mut changed = given.clone();
        change(&mut changed);
        let given = Given {
            raw: &texts,
            enrollment: &given,
        };
        super::from_guest(to_guest(&changed), &given, &Limits::default())
    };
    let allowed: fn(&mut Enrollment) = |all| {
        all.node.insert("name".into(), "a".into());
        all.node["extra"]["b"] = 2.into();
        all.ports[0].insert("pxe_enabled".into(), true.into());
        all.traits.insert("HW_X".into());
    };
    assert!(back(allowed).is_ok(), "{:?}", back(allowed));
    let flawed: [fn(&mut Enrollment); 4] = [
        |all| all.node["description"] = "a\rc".into(),
        |all| all.node["extra"]["b"] = all.node["extra"]["a"][0].clone(),
        |all| all.ports[0]["extra"]["b\r"] = 1.into(),
        |all| {
            all.traits.insert("B\u{7}".into());
        },
    ];
    for (number, change) in flawed.into_iter().enumerate() {
        assert!(matches!(back(change), Err(Flaw::Bad { .. })), "{number}");
    }
}

#[test]
fn what_is_no_object_is_refused_where_it_stands() {
    for (bad, place) in [
        (raw(""), "/node"),
        (raw("[]"), "/node"),
        (raw(r#"{"a": "\ud800"}"#), "/node"),
        (raw(r#"{"a": NaN}"#), "/node"),
        (raw(r#"{"a": {"b": "\u0000"}}"#), "/node/a/b"),
        (
            raw(r#"{"driver_info": {"kernel_append_params": "a\nb"}}"#),
            "/node/driver_info/kernel_append_params",
        ),
        (raw(r#"{"a\u001b": 1}"#), "/node"),
        (raw(r#"{"extra": {"a": "x\u202ey"}}"#), "/node/extra/a"),
        (raw(r#"{"a\u2066": 1}"#), "/node"),
        (
            Raw {
                ports: vec!["{}".into(), "7".into()],
                ..raw("{}")
            },
            "/ports/#1",
        ),
        (
            Raw {
                traits: vec!["A\u{7}".into()],
                ..raw("{}")
            },
            "/traits",
        ),
        (
            Raw {
                extension: Some("3".into()),
                ..raw("{}")
            },
            "/extension",
        ),
        (
            Raw {
                ports: vec![r#"{"address": "aa"}"#.into(), r#"{"address": "AA"}"#.into()],
                ..raw("{}")
            },
            "/ports/aa",
        ),
    ] {
        let shown = format!("{bad:?}");
        assert_eq!(pointer(bad).as_deref(), Some(place), "{shown}");
    }
}

#[test]
fn lines_may_be_broken_where_people_write() {
    let text = r#"{"description": "a\nb", "extra": {"note": ["a\tb"]}, "retired_reason": "a\nb"}"#;
    assert!(from_guest(raw(text), &Limits::default()).is_ok());
    let text = r#"{"network_data": {"links": ["a\nb"]}}"#;
    assert_eq!(
        pointer(raw(text)).as_deref(),
        Some("/node/network_data/links/0")
    );
}

#[test]
fn depth_and_size_are_limits_with_a_name() {
    let limits = Limits {
        depth: 3,
        output: 100,
        ..Limits::default()
    };
    let key = |raw: Raw| match from_guest(raw, &limits) {
        Err(Flaw::TooMuch(breach)) => Some(breach.key),
        _ => None,
    };
    assert_eq!(key(raw(r#"{"a": {"b": [1]}}"#)), None);
    assert_eq!(
        key(raw(r#"{"a": {"b": {"c": [1]}}}"#)),
        Some(LimitKey::Depth)
    );
    assert_eq!(
        key(raw(&format!("{{\"a\": \"{}\"}}", "x".repeat(100)))),
        Some(LimitKey::Output)
    );
    assert_eq!(
        key(Raw {
            traits: vec![String::new(); 200],
            ..raw("{}")
        }),
        Some(LimitKey::Output)
    );
}

#[test]
fn too_many_findings_are_refused_and_not_cut() {
    let list = |number: usize, length: usize| {
        let one = |place| review::Finding {
            effect: if place + 1 == number {
                review::Effect::Deny
            } else {
                review::Effect::Warn
            },
            message: "x".repeat(length),
            pointer: None,
        };
        (0..number).map(one).collect::<Vec<_>>()
    };
    let limits = Limits::default();
    let all = findings(list(100, 10), &limits);
    assert_eq!(all.map(|all| all.iter().any(|one| one.deny)), Ok(true));
    let too_many = findings(list(101, 10), &limits);
    assert!(matches!(too_many, Err(Flaw::Bad { .. })), "{too_many:?}");
    let too_long = findings(list(10, 30 << 10), &limits);
    assert!(
        matches!(&too_long, Err(Flaw::TooMuch(breach)) if breach.key == LimitKey::Output),
        "{too_long:?}"
    );
}

#[test]
fn an_introduction_is_output_too() {
    let limits = Limits::default();
    let about_of = |length: usize| about::Description {
        name: "n".into(),
        version: "1".into(),
        summary: String::new(),
        settings_schema: Some("x".repeat(length)),
    };
    assert_eq!(about(&about_of(100 << 10), &limits), Ok(()));
    assert!(about(&about_of(300 << 10), &limits).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(node in ".*", port in "[\\[\\]{}\":,0-9a-z\\\\]*") {
        let _ = from_guest(Raw { ports: vec![port], ..raw(&node) }, &Limits::default());
    }
}
