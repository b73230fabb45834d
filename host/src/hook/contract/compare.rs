//! How a function differs from the contract's, in words.

use super::shape::{Shape, Signature, case, field};
use crate::text::tame;

/// Longer types say less than their beginning.
const LONGEST: usize = 160;

/// The first difference of `theirs` from `ours`; none if there is none.
pub(super) fn difference(theirs: &Signature, ours: &Signature) -> Option<String> {
    members(
        ("it", "parameter"),
        &theirs.parameters,
        &ours.parameters,
        field,
        |name, theirs, ours| shapes(&format!("its parameter `{name}`"), theirs, ours),
    )
    .or_else(|| match (&theirs.result, &ours.result) {
        (Some(theirs), Some(ours)) => shapes("its result", theirs, ours),
        (Some(_), None) => Some("it has a result, where the contract has none".into()),
        (None, Some(ours)) => Some(format!(
            "it has no result, where the contract has {}",
            quoted(ours)
        )),
        (None, None) => None,
    })
}

fn shapes(at: &str, theirs: &Shape, ours: &Shape) -> Option<String> {
    if theirs == ours {
        return None;
    }
    match (theirs, ours) {
        (Shape::List(theirs), Shape::List(ours)) => {
            shapes(&format!("an item of {at}"), theirs, ours)
        }
        (Shape::Option(theirs), Shape::Option(ours)) => shapes(at, theirs, ours),
        (Shape::Result(ok, error), Shape::Result(our_ok, our_error)) => {
            side(at, ok.as_deref(), our_ok.as_deref()).or_else(|| {
                side(
                    &format!("the error of {at}"),
                    error.as_deref(),
                    our_error.as_deref(),
                )
            })
        }
        (Shape::Record(theirs), Shape::Record(ours)) => {
            members((at, "field"), theirs, ours, field, |name, theirs, ours| {
                shapes(&format!("the field `{name}` of {at}"), theirs, ours)
            })
        }
        (Shape::Variant(theirs), Shape::Variant(ours)) => {
            members((at, "case"), theirs, ours, case, |name, theirs, ours| {
                let at = format!("the case `{name}` of {at}");
                side(&at, theirs.as_ref(), ours.as_ref())
            })
        }
        (Shape::Enum(theirs), Shape::Enum(ours)) => {
            let cases = |names: &[String]| -> Vec<(String, ())> {
                names.iter().map(|name| (name.clone(), ())).collect()
            };
            let told = |(name, ()): &(String, ())| name.clone();
            members(
                (at, "case"),
                &cases(theirs),
                &cases(ours),
                told,
                |_, (), ()| None,
            )
        }
        _ => Some(format!(
            "{at} is {}, where the contract has {}",
            quoted(theirs),
            quoted(ours)
        )),
    }
}

fn side(at: &str, theirs: Option<&Shape>, ours: Option<&Shape>) -> Option<String> {
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => shapes(at, theirs, ours),
        (None, None) => None,
        (Some(theirs), None) => Some(format!(
            "{at} is {}, where the contract has nothing",
            quoted(theirs)
        )),
        (None, Some(ours)) => Some(format!(
            "{at} is nothing, where the contract has {}",
            quoted(ours)
        )),
    }
}

/// The first difference between two lists of what has names: one too many, one
/// too few, another order, or one that is different itself.
fn members<T>(
    (at, kind): (&str, &str),
    theirs: &[(String, T)],
    ours: &[(String, T)],
    told: impl Fn(&(String, T)) -> String,
    inside: impl Fn(&str, &T, &T) -> Option<String>,
) -> Option<String> {
    let has = |all: &[(String, T)], name: &str| all.iter().any(|(known, _)| known == name);
    if let Some(lacking) = ours.iter().find(|(name, _)| !has(theirs, name)) {
        return Some(format!(
            "{at} lacks the {kind} `{}`",
            tame(&told(lacking), LONGEST)
        ));
    }
    if let Some(more) = theirs.iter().find(|(name, _)| !has(ours, name)) {
        return Some(format!(
            "{at} has the {kind} `{}`, which the contract does not have",
            tame(&told(more), LONGEST)
        ));
    }
    let pairs = || theirs.iter().zip(ours);
    if pairs().any(|(theirs, ours)| theirs.0 != ours.0) {
        return Some(format!("{at} has its {kind}s in another order"));
    }
    pairs().find_map(|((name, theirs), (_, ours))| inside(name, theirs, ours))
}

fn quoted(shape: &Shape) -> String {
    format!("`{}`", tame(&shape.to_string(), LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wit_parser::Resolve;

    /// The difference between `f` of two interfaces.
    fn between(theirs: &str, ours: &str) -> Option<String> {
        let signature = |body: &str| {
            let mut resolve = Resolve::default();
            let text = format!("package a:b;\ninterface i {{ {body} }}");
            resolve.push_source("i.wit", &text).unwrap();
            let (_, interface) = resolve.interfaces.iter().next().unwrap();
            Signature::ours(&resolve, &interface.functions["f"])
        };
        difference(&signature(theirs), &signature(ours))
    }

    #[test]
    fn every_kind_of_difference_has_its_words() {
        for (theirs, ours, expected) in [
            ("f: func(a: u8);", "f: func(a: u8);", None),
            (
                "f: func();",
                "f: func(a: u8);",
                Some("it lacks the parameter `a: u8`"),
            ),
            (
                "f: func(a: u8, b: u8);",
                "f: func(a: u8);",
                Some("it has the parameter `b: u8`, which the contract does not have"),
            ),
            (
                "f: func(b: u8, a: u8);",
                "f: func(a: u8, b: u8);",
                Some("it has its parameters in another order"),
            ),
            (
                "f: func(a: list<option<u8>>);",
                "f: func(a: list<option<u16>>);",
                Some("an item of its parameter `a` is `u8`, where the contract has `u16`"),
            ),
            (
                "f: func() -> result<u8, string>;",
                "f: func() -> result<u8>;",
                Some("the error of its result is `string`, where the contract has nothing"),
            ),
            (
                "f: func();",
                "f: func() -> u8;",
                Some("it has no result, where the contract has `u8`"),
            ),
            (
                "f: func() -> u8;",
                "f: func();",
                Some("it has a result, where the contract has none"),
            ),
            (
                "record r { a: u8 } f: func(r: r);",
                "record r { a: u8, b: bool } f: func(r: r);",
                Some("its parameter `r` lacks the field `b: bool`"),
            ),
            (
                "record r { a: u8 } f: func(r: r);",
                "record r { a: tuple<u8, u8> } f: func(r: r);",
                Some(
                    "the field `a` of its parameter `r` is `u8`, where the contract has `tuple<u8, u8>`",
                ),
            ),
            (
                "variant v { x(string), y } f: func() -> v;",
                "variant v { x, y } f: func() -> v;",
                Some("the case `x` of its result is `string`, where the contract has nothing"),
            ),
            (
                "enum e { x } f: func() -> e;",
                "enum e { x, y } f: func() -> e;",
                Some("its result lacks the case `y`"),
            ),
            (
                "resource a; f: func(a: borrow<a>);",
                "resource b; f: func(a: borrow<b>);",
                Some("its parameter `a` is `borrow<a>`, where the contract has `borrow<b>`"),
            ),
        ] {
            assert_eq!(
                between(theirs, ours).as_deref(),
                expected,
                "{theirs} {ours}"
            );
        }
    }
}
