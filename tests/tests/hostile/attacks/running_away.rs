//! Taking the processor.

use super::*;

pub(super) fn running_away() -> Vec<Attack> {
    let post_return = map(&same()).raw(
        "(func (export \"cabi_post_valence:hooks/mapping@0.1.0#map-node\") (param i32)
           (loop (br 0)))",
    );
    let recursion = Guest::new()
        .raw("(func $deep (result i32) (i32.add (call $deep) (call $deep)))")
        .map("(call $deep)");
    let fill = "(drop (memory.grow (i32.const 958)))
        (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 62914560)) (br 0)) unreachable";
    vec![
        broken(
            "loop",
            map(LOOP),
            QUICK,
            "past its fuel of 20000000; `limits.fuel`",
        ),
        broken(
            "loop-timed",
            map(LOOP),
            TIMED,
            "past its deadline of 200 ms; `limits.deadline`",
        ),
        broken(
            "loop-in-review",
            Guest::new().review(LOOP),
            QUICK,
            "past its fuel",
        ),
        broken("loop-in-post-return", post_return, QUICK, "past its fuel"),
        broken(
            "loop-in-realloc",
            map(&same()).allocating(LOOP),
            QUICK,
            "past its fuel",
        ),
        broken(
            "recursion",
            recursion,
            "",
            "it filled its stack of 512 KiB; `limits.stack`",
        ),
        broken("bulk-storm", map(fill), TIMED, "past its deadline"),
        broken(
            "unreachable",
            map("unreachable"),
            "",
            "it trapped: wasm `unreachable`",
        ),
    ]
}
