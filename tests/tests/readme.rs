//! What README.md shows works as it stands there, and so do commands of other pages.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use valence_tests::{Valence, binary, hook, root};

#[test]
fn the_configuration_in_the_readme_works() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("valence.toml");
    fs::write(&file, block("toml")).unwrap();
    let file = file.to_str().unwrap();
    // The check loads the hook, and has it look at its settings.
    let hooks = directory.path().join("hooks");
    fs::create_dir(&hooks).unwrap();
    fs::copy(hook("site-naming"), hooks.join("site_naming.wasm")).unwrap();
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
