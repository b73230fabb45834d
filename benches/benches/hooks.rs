//! One hook and one evaluation, for comparing a change with what was before it.
//! Build the component first: `cargo xtask bench hooks --build`.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use std::path::Path;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;
use valence_bench::contenders::{Named, all};
use valence_bench::machine::Machine;

fn hooks(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let component = root.join("target/hooks/measured.wasm");
    if !component.exists() {
        // `cargo test --benches` runs this on machines that build no hooks.
        return;
    }
    let own = root.join("hooks/mockups/dell-rack.json");
    let cache = root.join("target/bench/cache");
    let machine = Machine::find(&root.join("../shared/corpus"), &own).expect("a machine");
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let contenders = runtime
        .block_on(all(&machine, &machine, &component, cache, None))
        .expect("contenders");
    for Named {
        name, contender, ..
    } in &contenders
    {
        if [
            "native",
            "instance",
            "hook",
            "checked-1",
            "whole-1",
            "native-dozen",
            "hook-dozen",
            "checked-1-dozen",
        ]
        .contains(&name.as_str())
        {
            criterion.bench_function(name, |bencher| {
                bencher.iter_custom(|iterations| {
                    let started = Instant::now();
                    contender.run(iterations);
                    started.elapsed()
                });
            });
        }
    }
}

criterion_group!(all_hooks, hooks);
criterion_main!(all_hooks);
