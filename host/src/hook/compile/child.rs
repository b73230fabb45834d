//! The side that compiles: a process that has the component, a pipe for the code,
//! and nothing else.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, nice, setrlimit};

use super::super::engine;
use super::code::Code;
use super::order::{CompileOrder, OUT_OF_MEMORY, UNFIT};

/// Compiling may take long, registering may not wait for it.
const NICE: i32 = 5;

/// Compiles as `order` says, in a process that was started for just this and ends
/// with what this returns.
pub fn compile_for_parent(order: &CompileOrder) -> ExitCode {
    match compiled(order) {
        Ok(code) => match std::io::stdout().lock().write_all(code.bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            // The parent has gone, and nobody is left to be told.
            Err(_) => ExitCode::FAILURE,
        },
        Err(failed) => {
            let _ = std::io::stdout().lock().write_all(failed.text.as_bytes());
            failed.exit.into()
        }
    }
}

struct Failed {
    exit: u8,
    text: String,
}

fn compiled(order: &CompileOrder) -> Result<Code, Failed> {
    let broken = |text: String| Failed { exit: 1, text };
    confine(order).map_err(|error| broken(format!("its limits cannot be set: {error}")))?;
    let mut component = vec![0; order.size];
    std::io::stdin()
        .lock()
        .read_exact(&mut component)
        .map_err(|error| broken(format!("the component did not arrive: {error}")))?;
    std::thread::spawn(end_with_the_parent);
    let engine = engine::compiling().map_err(|error| broken(format!("{error:#}")))?;
    if engine::settings_digest(&engine) != order.settings {
        return Err(broken(
            "it has other settings than its parent: `valence` was replaced while it ran; start it again".into(),
        ));
    }
    Code::compile(&engine, &component).map_err(|error| Failed {
        exit: if ran_out(&error) {
            OUT_OF_MEMORY
        } else {
            UNFIT
        },
        text: format!("{error:#}"),
    })
}

/// Gives up what compiling does not need.
fn confine(order: &CompileOrder) -> std::io::Result<()> {
    let limit = |resource, most, hard| {
        setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(hard),
            },
        )
    };
    limit(Resource::Core, 0, 0)?;
    // Standard input, output and error are open already; no other will be.
    limit(Resource::Nofile, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    let memory = order.memory as u64;
    limit(Resource::As, memory, memory)?;
    // The signal of the first tells which limit it was.
    limit(
        Resource::Cpu,
        order.seconds,
        order.seconds.saturating_add(2),
    )?;
    let _ = nice(NICE);
    Ok(())
}

/// Ends the process when the parent has gone, however it went.
fn end_with_the_parent() {
    let mut end = [0];
    let _ = std::io::stdin().lock().read(&mut end);
    std::process::exit(1);
}

fn ran_out(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
    })
}
