//! Taking memory.

use super::*;

pub(super) fn growing() -> Vec<Attack> {
    let steps = "(loop (memory.fill (i32.mul (memory.grow (i32.const 1)) (i32.const 65536))
        (i32.const 255) (i32.const 65536)) (br 0)) unreachable";
    let table = |code: &str| Guest::new().raw("(table $t 1 funcref)").map(code);
    let all_at_once = "(drop (table.grow $t (ref.null func) (i32.const 200000))) unreachable";
    let by_steps =
        "(loop (drop (table.grow $t (ref.null func) (i32.const 1000))) (br 0)) unreachable";
    let storm = Guest::new()
        .making_resources()
        .map("(loop (drop (call $make (i32.const 7))) (br 0)) unreachable");
    vec![
        broken(
            "memory",
            map("(drop (memory.grow (i32.const 2000))) unreachable"),
            "",
            "more memory than 64 MiB; `limits.memory`",
        ),
        broken("memory-by-steps", map(steps), "", "`limits.memory`"),
        broken(
            "table",
            table(all_at_once),
            "",
            "tables than 100000; `limits.table_elements`",
        ),
        broken(
            "table-by-steps",
            table(by_steps),
            "",
            "tables than 100000; `limits.table_elements`",
        ),
        broken(
            "resources",
            storm,
            "",
            "more handles than 20000; `limits.handles`",
        ),
    ]
}
