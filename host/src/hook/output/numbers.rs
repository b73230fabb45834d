//! Numbers that a hook handed on. A language that has one kind of number prints
//! `100.0` as `100`, and integers above 2^53 rounded: that is none of the hook's
//! doing.

use serde_json::{Number, Value};

use crate::enrollment::Object;

/// Puts the numbers of `given` back where `returned` has, at the same place, what such
/// a language makes of them. Another integer is the hook's own, also where a double
/// could not tell the two apart.
pub(super) fn keep(returned: &mut Object, given: &Object) {
    for (key, value) in returned {
        if let Some(given) = given.get(key) {
            keep_in(value, given);
        }
    }
}

fn keep_in(returned: &mut Value, given: &Value) {
    match (returned, given) {
        (Value::Number(returned), Value::Number(given)) if is_same(returned, given) => {
            returned.clone_from(given);
        }
        (Value::Object(returned), Value::Object(given)) => keep(returned, given),
        (Value::Array(returned), Value::Array(given)) => {
            for (returned, given) in returned.iter_mut().zip(given) {
                keep_in(returned, given);
            }
        }
        _ => {}
    }
}

fn is_same(returned: &Number, given: &Number) -> bool {
    let (Some(own), Some(double)) = (returned.as_f64(), given.as_f64()) else {
        return false;
    };
    if returned.is_f64() || given.is_f64() {
        return own == double;
    }
    // An integer of at most 64 bits fits.
    let exact = returned.as_i128() == Some(double as i128);
    // JavaScript prints the digits that tell a double from others, and then zeros.
    returned == given || exact || returned.to_string() == double.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(returned: Value, given: Value) -> Value {
        let mut returned = returned;
        keep_in(&mut returned, &given);
        returned
    }

    #[test]
    fn what_a_double_cannot_tell_apart_is_as_it_was_given() {
        let given = || json!({"extra": {"ratio": 100.0, "big": 9_007_199_254_740_993_u64, "all": [1, {"t": -0.0}]}});
        let rounded = json!({"extra": {"ratio": 100, "big": 9_007_199_254_740_992_u64, "all": [1.0, {"t": 0}]}});
        assert_eq!(kept(rounded, given()).to_string(), given().to_string());
    }

    #[test]
    fn digits_that_javascript_prints_are_of_the_number_that_was_given() {
        let given = || json!({"a": 1_152_921_504_606_846_977_u64});
        for printed in [1_152_921_504_606_847_000_u64, 1_152_921_504_606_846_976] {
            let back = kept(json!({ "a": printed }), given());
            assert_eq!(back.to_string(), given().to_string(), "{printed}");
        }
    }

    #[test]
    fn another_number_another_place_and_another_kind_are_left_alone() {
        for (returned, given) in [
            (json!({"a": 3}), json!({"a": 4})),
            (json!({"a": 1e300}), json!({"a": 1})),
            (json!({"b": 1}), json!({"a": 1.0})),
            (json!({"a": "1"}), json!({"a": 1})),
            (json!([1]), json!({"0": 1.0})),
            (
                json!({"a": 1_152_921_504_606_846_979_u64}),
                json!({"a": 1_152_921_504_606_846_977_u64}),
            ),
        ] {
            assert_eq!(
                kept(returned.clone(), given).to_string(),
                returned.to_string()
            );
        }
    }
}
