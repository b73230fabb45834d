//! A real `valence serve`, and its command line.

mod building;

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::place::{binary, target};
use crate::secrecy::{assert_none, left_in};

pub use building::ValenceBuilder;

/// A server of its own for one test, on a free port, with a database of its own.
/// It ends with this value.
pub struct Valence {
    server: Child,
    url: String,
    directory: TempDir,
    variables: Vec<(String, String)>,
    filter: String,
    /// The files that were put beside `valence.toml`.
    given: Vec<String>,
    http: reqwest::Client,
}

/// What its log holds, unless more or less is said: everything but the noise of
/// compiling hooks.
const FILTER: &str = "trace,wasmtime=info,wasmtime_internal_cranelift=info,cranelift_codegen=info,cranelift_frontend=info,regalloc2=info";

/// An answer of the REST API.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; null where there is none.
    pub body: Value,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status.
    pub exit: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl Valence {
    /// A server that registers in the Ironic at `endpoint`.
    pub fn with_ironic(endpoint: &str) -> ValenceBuilder {
        ValenceBuilder::default().configure(&format!(
            "[ironic]\nendpoint = \"{endpoint}\"\nauth = \"none\""
        ))
    }

    /// A server with nothing but what `configure` adds.
    pub fn bare() -> ValenceBuilder {
        ValenceBuilder::default()
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Its directory, with `valence.toml`, the database and the log.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory().join("log")).unwrap()
    }

    /// What it has complained of so far: the lines of its log at `WARN` and `ERROR`.
    pub fn complaints(&self) -> String {
        let log = self.log();
        let lines = log
            .lines()
            .filter(|line| line.contains(" WARN ") || line.contains(" ERROR "));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Sends a request, with or without a JSON body.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.try_to_send(method, path, body).await.unwrap()
    }

    /// Sends a request to a server that may die of it.
    ///
    /// # Errors
    /// If it does.
    pub async fn try_to_send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Reply> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        assert_none(&format!("the reply to {path}"), &text);
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
        };
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    /// The status, the kind and the text of what is no JSON, as asked for by
    /// `accept`.
    pub async fn text(&self, path: &str, accept: Option<&str>) -> (u16, String, String) {
        let mut request = self.http.get(format!("{}{path}", self.url));
        if let Some(accept) = accept {
            request = request.header("Accept", accept);
        }
        let response = request.send().await.unwrap();
        let kind = response.headers().get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert_none(&format!("the reply to {path}"), &text);
        (status, kind, text)
    }

    /// Waits until its log holds `words`.
    pub async fn logged(&self, words: &str) {
        let started = Instant::now();
        while !self.log().contains(words) {
            let is_early = started.elapsed() < Duration::from_secs(60);
            assert!(is_early, "no `{words}` in {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }

    /// Makes a pod manager known and a node of it managed, as `name`.
    pub async fn manage(&self, pod_manager: &str, url: &str, index: &str, name: &str) -> Value {
        let authentication = serde_json::json!([]);
        let made = self
            .post(
                "/v1/pod_managers",
                serde_json::json!({"name": pod_manager, "url": url, "driver": "redfish", "authentication": authentication}),
            )
            .await;
        assert!(matches!(made.status, 200 | 409), "{made:?}");
        let managed = self
            .post(
                "/v1/nodes/manage",
                serde_json::json!({"podm_id": pod_manager, "node_index": index, "name": name}),
            )
            .await;
        assert_eq!(managed.status, 200, "{managed:?}");
        managed.body
    }

    /// Runs the command line against this server.
    pub fn cli<const N: usize>(&self, arguments: [&str; N]) -> Outcome {
        run(command().args(arguments).env("VALENCE_URL", &self.url))
    }

    /// The same with as many arguments as there are, and compiled hooks kept.
    pub fn cli_with(&self, arguments: &[&str]) -> Outcome {
        run(Command::new(binary())
            .args(arguments)
            .env("XDG_CACHE_HOME", self.directory())
            .env("VALENCE_URL", &self.url))
    }

    /// Runs the command line without a server.
    pub fn offline<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        run(command().args(arguments))
    }

    /// As [`Valence::offline`], where recorded machines are known.
    pub fn offline_with_corpus<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let mut command = command();
        command.args(arguments);
        if let Some(corpus) = crate::corpus() {
            command.env("VALENCE_CORPUS", corpus);
        }
        run(&mut command)
    }

    /// Sends the server a signal, as in `HUP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.server.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Runs the command line without a server, in `directory`.
    pub fn offline_in<const N: usize>(directory: &Path, arguments: [&str; N]) -> Outcome {
        run(command().args(arguments).current_dir(directory))
    }

    /// As [`Valence::offline_in`], with `variables` in its environment.
    pub fn offline_with<const N: usize>(
        directory: &Path,
        variables: &[(String, String)],
        arguments: [&str; N],
    ) -> Outcome {
        run(command()
            .args(arguments)
            .envs(variables.iter().cloned())
            .current_dir(directory))
    }

    /// Ends the server as a crash would, and starts it again on the same files.
    pub fn crash_and_restart(&mut self) {
        self.kill();
        self.start_again(None);
    }

    /// Ends the server as a crash would: `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    /// Starts the server, which has ended, on the same files, and waits until it
    /// answers. It will crash at the point `crash_at`, if any.
    pub fn start_again(&mut self, crash_at: Option<&str>) {
        self.server = serve(
            self.directory.path(),
            &self.variables,
            &self.filter,
            crash_at,
        );
        wait_for(&self.url, &mut self.server, self.directory.path());
    }

    /// Whether the server has ended.
    pub fn has_ended(&mut self) -> bool {
        self.server.try_wait().unwrap().is_some()
    }
}

impl Drop for Valence {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        if std::thread::panicking() {
            return;
        }
        if let Some(found) = left_in(self.directory.path(), &self.given) {
            panic!("a password was left behind in {found}");
        }
    }
}

fn serve(
    directory: &Path,
    variables: &[(String, String)],
    filter: &str,
    crash_at: Option<&str>,
) -> Child {
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(directory.join("log"))
        .unwrap();
    let mut command = Command::new(binary());
    if let Some(point) = crash_at {
        command.env("VALENCE_CRASH_AT", point);
    }
    command
        .args(["serve", "--config", "valence.toml"])
        .current_dir(directory)
        .envs(variables.iter().cloned())
        .env("RUST_LOG", filter)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn wait_for(url: &str, server: &mut Child, directory: &Path) {
    let address = url.trim_start_matches("http://");
    let started = Instant::now();
    while TcpStream::connect(address).is_err() {
        let log = || fs::read_to_string(directory.join("log")).unwrap_or_default();
        if let Some(status) = server.try_wait().unwrap() {
            panic!("the server ended ({status}): {}", log());
        }
        assert!(
            started.elapsed() < Duration::from_secs(180),
            "the server does not listen: {}",
            log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The command line, which keeps compiled hooks from one run to the next, as a user's
/// does, and not in the user's home.
pub(crate) fn command() -> Command {
    let mut command = Command::new(binary());
    command.env("XDG_CACHE_HOME", target().join("tmp/cache"));
    command
}

fn run(command: &mut Command) -> Outcome {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Outcome {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
