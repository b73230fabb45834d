//! Completions for shells, and manual pages.

use std::fs;
use std::process::Command;

use valence_tests::Valence;

#[test]
fn each_shell_gets_a_script_with_all_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let made = Valence::offline(["completions", shell]);
        assert_eq!(made.exit, 0, "{made:?}");
        for command in ["node-register", "componentize", "bench", "threshold"] {
            assert!(made.stdout.contains(command), "{shell}: `{command}`");
        }
    }
}

#[test]
fn bash_completes_what_was_begun() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("completions");
    fs::write(&file, Valence::offline(["completions", "bash"]).stdout).unwrap();
    for (words, begun, expected) in [
        ("valence hook", "be", "bench"),
        ("valence hook test --format", "gi", "github"),
        ("valence hook new --lang", "ja", "javascript"),
        ("valence config", "sch", "schema"),
    ] {
        let last = words.split(' ').next_back().unwrap();
        let number = words.split(' ').count();
        let script = format!(
            "source '{}'; COMP_WORDS=({words} {begun}); COMP_CWORD={number}\n\
             _valence valence {begun} {last}; echo \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), expected, "{words} {begun}: {output:?}");
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    let made = Valence::offline_in(directory.path(), ["man", "."]);
    assert_eq!(made.exit, 0, "{made:?}");
    for (page, says) in [
        ("valence.1", "valence\\-hook(1)"),
        ("valence-hook-bench.1", "\\-\\-threshold"),
        ("valence-node-register.1", "\\-\\-dry\\-run"),
    ] {
        let text = fs::read_to_string(directory.path().join(page)).unwrap();
        assert!(text.contains(".TH valence"), "{page}: {text}");
        assert!(text.contains(says), "{page}: {text}");
    }
    let pages = fs::read_dir(directory.path()).unwrap();
    let names = pages.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let hidden: Vec<_> = names.filter(|name| name.contains("compile-hook")).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
    let nowhere = Valence::offline_in(directory.path(), ["man", "no/such/place"]);
    assert_eq!(nowhere.exit, 2, "{nowhere:?}");
}
