//! The side that has something compiled.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::super::breach::Breach;
use super::super::spec::Limits;
use super::CompileError;
use super::code::Code;
use super::order::{CompileOrder, OUT_OF_MEMORY, UNFIT};
use crate::text::tame;

/// Threads of one compiler. More would each want memory of their own.
const THREADS: usize = 4;
/// The longest that is read of a complaint.
const LONGEST_COMPLAINT: u64 = 4096;

/// Has `program` compile `component`, within the limits of its hook.
pub(super) async fn compile(
    program: &Path,
    settings: &str,
    component: &[u8],
    limits: &Limits,
) -> Result<Code, CompileError> {
    let order = CompileOrder::new(settings, component.len(), limits);
    let mut child = start(program, &order)
        .map_err(|error| CompileError::Broken(format!("it cannot be started: {error}")))?;
    // One byte more tells that there is more.
    let most = (limits.compiled as u64).saturating_add(1);
    let talk = talk(&mut child, component, most);
    match tokio::time::timeout(limits.compile_deadline, talk).await {
        Ok(Ok(answer)) => answer.code(limits),
        Ok(Err(error)) => Err(CompileError::Broken(error.to_string())),
        Err(_) => {
            // Waited for, so that no process is left when the answer is given.
            let _ = child.kill().await;
            Err(CompileError::Limit(Breach::compile_deadline(limits)))
        }
    }
}

fn start(program: &Path, order: &CompileOrder) -> std::io::Result<Child> {
    let threads = std::thread::available_parallelism().map_or(1, |found| found.get().min(THREADS));
    Command::new(program)
        .args(order.arguments())
        // Not even the environment, in which passwords may be.
        .env_clear()
        .env("RAYON_NUM_THREADS", threads.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// How a compiler ended, and what it said.
struct Answer {
    status: ExitStatus,
    out: Vec<u8>,
    complaint: Vec<u8>,
}

async fn talk(child: &mut Child, component: &[u8], most: u64) -> std::io::Result<Answer> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(std::io::Error::other("it has no pipes"));
    };
    let say = async {
        // A child that ended early says why by how it ended.
        let _ = stdin.write_all(component).await;
    };
    let ((), out, complaint) =
        tokio::join!(say, read(stdout, most), read(stderr, LONGEST_COMPLAINT));
    let (out, complaint) = (out?, complaint?);
    let status = child.wait().await?;
    // Held open until now: its end would be taken for ours.
    drop(stdin);
    Ok(Answer {
        status,
        out,
        complaint,
    })
}

async fn read(from: impl AsyncRead + Unpin, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Signals by their numbers, which are the same on all that Valence runs on.
const SIGABRT: i32 = 6;
const SIGXCPU: i32 = 24;

impl Answer {
    fn code(self, limits: &Limits) -> Result<Code, CompileError> {
        if self.out.len() > limits.compiled {
            return Err(CompileError::Limit(Breach::compiled(limits)));
        }
        let said = |bytes: &[u8]| tame(String::from_utf8_lossy(bytes).trim(), 500);
        match (self.status.code(), self.status.signal()) {
            (Some(0), _) => Ok(Code::trusted(self.out, 0)),
            (Some(code), _) if code == i32::from(UNFIT) => {
                Err(CompileError::Unfit(said(&self.out)))
            }
            (Some(code), _) if code == i32::from(OUT_OF_MEMORY) => {
                Err(CompileError::Limit(Breach::compile_memory(limits)))
            }
            (Some(1), _) => Err(CompileError::Broken(said(&self.out))),
            (_, Some(SIGXCPU)) => Err(CompileError::Limit(Breach::compile_processor_time(
                CompileOrder::seconds(limits),
            ))),
            // An allocation that fails ends a Rust program so.
            (_, Some(SIGABRT)) => {
                tracing::debug!(
                    said = said(&self.complaint),
                    "the compiler of a hook gave up"
                );
                Err(CompileError::Limit(Breach::compile_memory(limits)))
            }
            _ => Err(CompileError::Broken(format!(
                "it ended with {}: {}",
                self.status,
                said(&self.complaint)
            ))),
        }
    }
}
