//! YAML as PyYAML reads it, which is YAML 1.1: there `on` is true, `52:54:00:12:34:56`
//! is a number and `1e3` is text. So all text is in double quotes, keys too, and numbers
//! have a point where they have an exponent.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// `value` as a YAML document.
pub(super) fn written(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

/// Writes `value` from here on, each of its further lines indented by `depth`.
fn block(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (place, (key, value)) in object.iter().enumerate() {
                if place > 0 {
                    indent(out, depth);
                }
                quoted(out, key);
                out.push(':');
                if is_block(value) {
                    out.push('\n');
                    indent(out, depth + 1);
                } else {
                    out.push(' ');
                }
                block(out, value, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    indent(out, depth);
                }
                out.push_str("- ");
                block(out, item, depth + 1);
            }
        }
        Value::Object(_) => out.push_str("{}\n"),
        Value::Array(_) => out.push_str("[]\n"),
        Value::String(text) => {
            quoted(out, text);
            out.push('\n');
        }
        Value::Number(number) => {
            let _ = writeln!(out, "{}", numeral(number));
        }
        Value::Null | Value::Bool(_) => {
            let _ = writeln!(out, "{value}");
        }
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// `number` with a point and a sign, if it has an exponent.
fn numeral(number: &Number) -> String {
    let text = number.to_string();
    let Some((digits, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) {
        ""
    } else {
        "+"
    };
    format!("{digits}{point}e{sign}{exponent}")
}

/// Writes `text` in double quotes, with all escaped that PyYAML would not read, or
/// would take for the end of a line.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if is_special(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn is_special(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}
