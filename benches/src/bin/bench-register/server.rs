//! A real `valence serve`, with nodes to register.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Arguments;
use crate::load::Ended;
use crate::machines::Machines;

/// It ends with this value.
pub(crate) struct Server<'a> {
    process: Child,
    url: String,
    http: reqwest::Client,
    machines: &'a Machines,
    directory: TempDir,
}

impl<'a> Server<'a> {
    /// Starts it before the Ironic at `endpoint`, with all pod managers known.
    pub(crate) async fn start(
        arguments: &Arguments,
        endpoint: &str,
        machines: &'a Machines,
    ) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut configuration = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\n\n\
             [store]\nurl = \"sqlite://data/valence.db\"\n\n\
             [ironic]\nendpoint = \"{endpoint}\"\nauth = \"none\"\n\n\
             [redfish]\nconcurrency = 32\n"
        );
        if let Some(hook) = &arguments.hook {
            let hook = fs::canonicalize(hook)?;
            configuration += &format!("\n[[hook]]\nname = \"hook\"\npath = {hook:?}\n");
        }
        fs::write(directory.path().join("valence.toml"), configuration)?;
        // Beside it only what is seldom written: the configuration's directory is
        // watched for changes.
        fs::create_dir(directory.path().join("data"))?;
        let log = File::create(directory.path().join("data/log"))?;
        let process = Command::new(fs::canonicalize(&arguments.valence)?)
            .args(["serve", "--config", "valence.toml"])
            .current_dir(directory.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
            http: reqwest::Client::builder().no_proxy().build()?,
            machines,
            directory,
        };
        server.wait(port)?;
        for (number, url) in machines.urls().enumerate() {
            let made = json!({"name": format!("rack-{number}"), "url": url, "driver": "redfish", "authentication": []});
            server.post("/v1/pod_managers", &made).await?;
        }
        Ok(server)
    }

    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.directory.path().join("data/log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let from = lines.len().saturating_sub(5);
        lines.get(from..).unwrap_or_default().join("\n")
    }

    /// Manages `number` further machines, and gives their names.
    pub(crate) async fn manage(&self, number: usize) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for _ in 0..number {
            let machine = self.machines.another();
            let name = format!("machine-{}", machine.system);
            let asked = json!({
                "podm_id": format!("rack-{}", machine.service),
                "node_index": format!("/redfish/v1/Systems/{}", machine.system),
                "name": name,
            });
            self.post("/v1/nodes/manage", &asked).await?;
            names.push(name);
        }
        Ok(names)
    }

    /// Registers the node of this name.
    ///
    /// # Errors
    /// If the server does not answer; a refusal is none.
    pub(crate) async fn register(&self, name: &str) -> Result<Ended> {
        let begun = Instant::now();
        let request = self
            .http
            .post(format!("{}/v1/nodes/{name}/register", self.url));
        let response = request.json(&json!({})).send().await?;
        let status = response.status();
        let body = response.text().await?;
        if !status.is_success() {
            crate::tell(&format!("`{name}` was not registered: {body}"));
        }
        Ok(Ended {
            took: begun.elapsed(),
            failed: !status.is_success(),
            again: 0,
        })
    }

    /// Registers many nodes by one request, and gives the last line of what it is
    /// answered with.
    ///
    /// # Errors
    /// If it comes to no end; nodes that are not registered are none.
    pub(crate) async fn bulk(&self, body: &Value) -> Result<Value> {
        let request = self.http.post(format!("{}/v1/registrations", self.url));
        let request = request.header("Accept", "application/x-ndjson").json(body);
        let told = request.send().await?.text().await?;
        let lines = told.lines().map(serde_json::from_str);
        let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
        for line in lines.iter().filter(|line| line["state"] == "failed") {
            crate::tell(&format!("not registered: {line}"));
        }
        let last = lines.into_iter().next_back();
        last.filter(|line| line["event"] == "over")
            .with_context(|| format!("the bulk registration came to no end: {told}"))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<()> {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{path}: {status}: {text}");
        Ok(())
    }

    fn wait(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended ({status}): {}", self.log());
            }
            ensure!(
                begun.elapsed() < Duration::from_secs(60),
                "the server does not listen: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
