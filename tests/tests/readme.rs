//! What README.md shows works as it stands there.

use std::fs;

use valence_tests::{Valence, hook, root};

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
