//! What README.md shows works as it stands there, and so do commands of other pages.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use valence_tests::emulator::{Emulator, Way};
use valence_tests::{Valence, binary, hook, root};

use crate::register::ironic;

const CHASSIS: &str = "/redfish/v1/Chassis/System.Embedded.1";

const NICS: [&str; 4] = [
    "/redfish/v1/Systems/System.Embedded.1/EthernetInterfaces/NIC.Integrated.1-1-1",
    "/redfish/v1/Systems/System.Embedded.1/EthernetInterfaces/NIC.Integrated.1-2-1",
    "/redfish/v1/Systems/System.Embedded.1/EthernetInterfaces/NIC.Slot.3-1-1",
    "/redfish/v1/Systems/System.Embedded.1/EthernetInterfaces/NIC.Slot.3-2-1",
];

#[test]
fn the_configuration_in_the_readme_works() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("valence.toml");
    fs::write(&file, block("toml")).unwrap();
    let file = file.to_str().unwrap();
    // The check loads the hook, and has it look at its settings.
    let component = directory.path().join("site_naming.wasm");
    fs::copy(hook("site-naming"), component).unwrap();
    let checked = Valence::offline(["config", "check", "--config", file]);
    assert_eq!(checked.exit, 0, "{checked:?}");

    // That it may write what it writes shows when it is run.
    let mockup = root().join("hooks/mockups/dell-rack.json");
    let evaluated = Valence::offline([
        "evaluate",
        "--mockup",
        mockup.to_str().unwrap(),
        "--config",
        file,
    ]);
    assert_eq!(evaluated.exit, 0, "{evaluated:?}");
    assert!(evaluated.stdout.contains("site-naming"), "{evaluated:?}");
}

/// A server that ends with this value.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command of the README as a shell of somebody's runs it, in `directory`.
fn shell(line: &str, directory: &Path, server: &str) -> Command {
    let mut command = Command::new("bash");
    let programs = binary().parent().unwrap().display().to_string();
    command
        .args(["-c", &format!("PATH=\"{programs}:$PATH\"; exec {line}")])
        .env("VALENCE__SERVER__LISTEN", server)
        .env("VALENCE_URL", format!("http://{server}"))
        .env("XDG_CACHE_HOME", directory)
        .current_dir(directory)
        .stdin(Stdio::null());
    command
}

/// The commands under "Use it", one after another, with nothing changed but the ports of
/// this machine and where Ironic and the BMC are.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_readme_says_under_use_it_works_as_it_stands() {
    let endpoint = tokio::task::spawn_blocking(|| ironic().endpoint())
        .await
        .unwrap();
    // Its own place and MACs: other tests register the same recording.
    let changes =
        json!({CHASSIS: {"Location": {"Placement": {"Rack": "README", "RackOffset": 7}}}});
    let bmc = Emulator::of_recording(&root().join("hooks/mockups/dell-rack.json"))
        .changes(changes)
        .account("admin", "use-it-pa55word", Way::Either)
        .start()
        .await;
    bmc.change(|documents| {
        for (n, path) in NICS.into_iter().enumerate() {
            let nic = documents.get_mut(path).unwrap();
            nic["MACAddress"] = json!(format!("52:54:00:4e:ad:{n:02x}"));
            nic["PermanentMACAddress"] = nic["MACAddress"].clone();
        }
    });
    let directory = tempfile::tempdir().unwrap();
    let text = block("toml").replace("http://127.0.0.1:6385", &endpoint);
    fs::write(directory.path().join("valence.toml"), text).unwrap();
    fs::copy(
        hook("site-naming"),
        directory.path().join("site_naming.wasm"),
    )
    .unwrap();
    fs::write(
        directory.path().join("rack-a.password"),
        "use-it-pa55word\n",
    )
    .unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = free.local_addr().unwrap().to_string();
    drop(free);

    let url = bmc.url().to_owned();
    let run = move || {
        let mut served = None;
        let mut ran = 0;
        for line in use_it() {
            let line = line.replace("https://10.0.0.5", &url);
            match line.strip_suffix(" &") {
                Some(line) => {
                    let mut command = shell(line, directory.path(), &server);
                    let log = fs::File::create(directory.path().join("log")).unwrap();
                    served = Some(Served(command.stderr(log).spawn().unwrap()));
                    wait_for(&server, directory.path());
                }
                None => {
                    let output = shell(&line, directory.path(), &server).output().unwrap();
                    let told = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "`{line}`: {told}");
                }
            }
            ran += 1;
        }
        assert!(served.is_some() && ran > 5, "{ran} commands");
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

/// Waits until a server answers there.
fn wait_for(server: &str, directory: &Path) {
    let started = Instant::now();
    while TcpStream::connect(server).is_err() {
        let log = fs::read_to_string(directory.join("log")).unwrap();
        assert!(started.elapsed() < Duration::from_secs(120), "{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The commands of `valence` under "Use it", without what explains them.
fn use_it() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = text.split_once("\n## Use it\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let lines = section.lines().filter_map(|line| line.strip_prefix("$ "));
    let bare = lines.map(|line| line.split(" # ").next().unwrap().trim().to_owned());
    bare.filter(|line| line.starts_with("valence ")).collect()
}

/// README.md, and what stands in `docs/` and beside the sample hooks.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("hooks/README.md")];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    pages.extend(docs.map(|entry| entry.unwrap().path()));
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

/// The commands of `valence` in the blocks of a page, each on one line.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("\n```").skip(1).step_by(2);
    let lines = blocks.flat_map(|block| {
        let (kind, text) = block.split_once('\n').unwrap_or((block, ""));
        let text = text.replace("\\\n", " ");
        let bare = kind == "sh";
        let command = move |line: &str| match line.strip_prefix("$ ") {
            Some(line) => Some(line.to_owned()),
            None => bare.then(|| line.to_owned()),
        };
        text.lines().filter_map(command).collect::<Vec<_>>()
    });
    let plain = lines.filter(|line| line.starts_with("valence "));
    // `--help` is to stand before what the shell ends the command with.
    plain
        .map(|line| {
            let ends = [" #", " &", " |", " >", " 2>"].map(|end| line.find(end));
            let end = ends.into_iter().flatten().min().unwrap_or(line.len());
            line[..end].to_owned()
        })
        .collect()
}

#[test]
fn every_command_that_is_shown_is_one() {
    let mut shown = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for command in commands(&text) {
            // The words before `--help` are looked at, and nothing is done.
            let script = format!("{} --help", command.replacen("valence", "\"$VALENCE\"", 1));
            let output = Command::new("bash")
                .args(["-c", &script])
                .env("VALENCE", binary())
                .output()
                .unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            let page = page.display();
            assert!(output.status.success(), "{page}: `{command}`: {complaint}");
            shown += 1;
        }
    }
    assert!(shown > 30, "{shown} commands");
}

/// The one block of the README that is marked as `language`.
fn block(language: &str) -> String {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks: Vec<_> = text
        .split(&format!("\n```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect();
    assert_eq!(blocks.len(), 1, "blocks marked `{language}`: {blocks:?}");
    blocks.concat()
}
