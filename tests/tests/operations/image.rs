//! `packaging/Containerfile`, where no image can be built: what it copies is there, and
//! the binary needs nothing that its base has not.

use std::process::Command;

use valence_tests::{binary, root};

/// The shared objects that every Debian has: those of libc6 and libgcc-s1, which apt
/// itself needs.
const IN_THE_BASE: [&str; 4] = ["linux-vdso.so.1", "libc.so.6", "libm.so.6", "libgcc_s.so.1"];

fn instructions() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("packaging/Containerfile")).unwrap();
    let whole = text.replace("\\\n", " ");
    let lines = whole.lines().filter(|line| !line.starts_with('#'));
    let instructions = lines.filter_map(|line| line.split_once(' '));
    instructions
        .map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        .collect()
}

#[test]
fn what_the_image_is_made_of_is_there() {
    let instructions = instructions();
    let mut stages = Vec::new();
    for (name, rest) in &instructions {
        match name.as_str() {
            "FROM" => stages.push(rest.split(" AS ").nth(1).unwrap_or_default().to_owned()),
            "COPY" => {
                let mut words: Vec<_> = rest.split_whitespace().collect();
                words.pop();
                let from = words[0].strip_prefix("--from=").map(str::to_owned);
                for source in words.into_iter().skip(usize::from(from.is_some())) {
                    match &from {
                        None => assert!(root().join(source).exists(), "{source}"),
                        Some(stage) => {
                            assert!(stages.contains(stage), "{stage}");
                            let beside = source.strip_prefix("/source/").unwrap();
                            let is_made = beside == "target/release/valence";
                            assert!(is_made || root().join(beside).exists(), "{source}");
                        }
                    }
                }
            }
            "ARG" | "WORKDIR" | "RUN" | "USER" | "VOLUME" | "EXPOSE" | "STOPSIGNAL"
            | "ENTRYPOINT" | "CMD" => {}
            other => panic!("`{other}` is no instruction that anybody has looked at"),
        }
    }
    assert_eq!(stages, ["build", ""]);
    let of = |wanted: &str| {
        let mut all = instructions.iter().filter(|(name, _)| name == wanted);
        all.next_back().map(|(_, rest)| rest.as_str())
    };
    assert_eq!(of("USER"), Some("65532:65532"));
    assert_eq!(of("ENTRYPOINT"), Some("[\"/usr/bin/valence\"]"));
    // What was built here is not sent along.
    let ignored = std::fs::read_to_string(root().join(".containerignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "**/target"));
}

#[test]
fn the_binary_needs_nothing_that_the_image_has_not() {
    let output = Command::new("ldd").arg(binary()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let needed = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    for object in needed {
        let is_loader = object.contains("/ld-linux");
        assert!(is_loader || IN_THE_BASE.contains(&object), "{text}");
    }
    assert!(text.contains("libc.so.6"), "{text}");
}
