//! How a server is set up.

use super::*;

/// A server to be started.
#[derive(Default)]
pub struct ValenceBuilder {
    server: String,
    store: Option<String>,
    configuration: String,
    files: Vec<(String, String)>,
    variables: Vec<(String, String)>,
    filter: Option<String>,
}

impl ValenceBuilder {
    /// Adds lines to `valence.toml`.
    pub fn configure(mut self, lines: &str) -> Self {
        let _ = writeln!(self.configuration, "{lines}\n");
        self
    }

    /// Has it remember elsewhere: the lines of `[store]`.
    pub fn store(mut self, lines: &str) -> Self {
        self.store = Some(lines.into());
        self
    }

    /// Adds lines to `[server]`.
    pub fn configure_server(mut self, lines: &str) -> Self {
        let _ = writeln!(self.server, "{lines}");
        self
    }

    /// Adds the hook `name` with further lines for its table.
    pub fn hook(self, name: &str, component: &Path, lines: &str) -> Self {
        self.configure(&format!(
            "[[hook]]\nname = \"{name}\"\npath = {:?}\n{lines}",
            component.display().to_string()
        ))
    }

    /// Has it log by this filter, in the form of `RUST_LOG`.
    pub fn log_filter(mut self, filter: &str) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// Puts a file beside `valence.toml`.
    pub fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.into(), text.into()));
        self
    }

    /// Sets an environment variable for it.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Starts it, and waits until it answers.
    pub fn start(self) -> Valence {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let head = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\n{}\n[store]\n{}\n\n",
            self.server,
            self.store
                .as_deref()
                .unwrap_or("url = \"sqlite://valence.db\"")
        );
        fs::write(
            directory.path().join("valence.toml"),
            head + &self.configuration,
        )
        .unwrap();
        for (name, text) in &self.files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let filter = self.filter.unwrap_or_else(|| FILTER.into());
        let mut server = serve(directory.path(), &self.variables, &filter, None);
        let url = format!("http://127.0.0.1:{port}");
        wait_for(&url, &mut server, directory.path());
        // An error means that another test has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            // A server that is killed takes its connections along.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Valence {
            server,
            url,
            directory,
            variables: self.variables,
            filter,
            given: self.files.into_iter().map(|(name, _)| name).collect(),
            http,
        }
    }
}
