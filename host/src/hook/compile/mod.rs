//! Compiling components: the one phase in which a hook is not yet in its sandbox,
//! and so what is done away from the server, in a process of its own with limits.

mod child;
mod code;
mod facts;
mod order;
mod parent;
mod tally;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedMutexGuard, Semaphore};

pub use child::compile_for_parent;
pub use order::CompileOrder;

pub(super) use code::Code;
pub(super) use facts::Facts;

use super::breach::Breach;
use super::spec::Limits;

/// Where components are compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compiler {
    /// In this process, without limits. For tests and benchmarks, whose own
    /// program cannot compile.
    #[default]
    InProcess,
    /// By this program, which is Valence's own, in a process with limits.
    Child(PathBuf),
}

/// Why there is no compiled code.
#[derive(Debug)]
pub(super) enum CompileError {
    /// The component is none, or none that can be run.
    Unfit(String),
    /// A limit of the hook.
    Limit(Breach),
    /// The compiler could not be run, or broke down.
    Broken(String),
}

/// Compiles for as many hooks at once.
pub(super) const AT_ONCE: usize = 2;

/// Compiles components, a few at a time.
pub(super) struct Workshop {
    compiler: Compiler,
    turns: Semaphore,
    /// What is being made now, by name.
    making: Mutex<HashMap<String, Weak<Making>>>,
}

type Making = tokio::sync::Mutex<()>;

impl Workshop {
    pub(super) fn new(compiler: Compiler) -> Self {
        Self {
            compiler,
            turns: Semaphore::new(AT_ONCE),
            making: Mutex::default(),
        }
    }

    /// Waits until nobody else makes what has this name: two hooks of one component
    /// are to be compiled once, and found in the cache the second time.
    pub(super) async fn alone(&self, name: &str) -> OwnedMutexGuard<()> {
        let making = {
            let mut all = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, making| making.strong_count() > 0);
            let known = all.get(name).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let new = Arc::default();
                all.insert(name.to_owned(), Arc::downgrade(&new));
                new
            })
        };
        making.lock_owned().await
    }

    /// Compiles `component` for `engine`, whose settings have the digest
    /// `settings`. A call that is given up takes the process with it.
    pub(super) async fn compile(
        &self,
        engine: &wasmtime::Engine,
        settings: &str,
        component: Vec<u8>,
        limits: &Limits,
    ) -> Result<Code, CompileError> {
        // Never closed.
        let _turn = self.turns.acquire().await;
        match &self.compiler {
            Compiler::Child(program) => {
                parent::compile(program, settings, &component, limits).await
            }
            Compiler::InProcess => {
                let engine = engine.clone();
                let compiled =
                    tokio::task::spawn_blocking(move || Code::compile(&engine, &component));
                match compiled.await {
                    Ok(Ok(code)) => Ok(code),
                    Ok(Err(error)) => Err(CompileError::Unfit(format!("{error:#}"))),
                    Err(error) => Err(CompileError::Broken(error.to_string())),
                }
            }
        }
    }
}
