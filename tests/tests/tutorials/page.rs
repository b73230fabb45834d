//! What a page has its reader do.

/// One thing that is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// A command, and what is shown of its output.
    Run { command: String, shown: Vec<String> },
    /// A file, and what it is to hold.
    Write { path: String, text: String },
    /// Text that is to stand in a file, below the line that holds `after`.
    Insert {
        path: String,
        after: String,
        text: String,
    },
}

/// What is to become of the next block.
enum Fate {
    Write(String),
    Insert(String, String),
}

/// All steps of the page, each with the number of its line.
pub(super) fn steps(page: &str) -> Vec<(usize, Step)> {
    let mut steps = Vec::new();
    let mut fate = None;
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let comment = line
            .strip_prefix("<!-- ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        match comment.and_then(|comment| comment.split_once(": ")) {
            Some(("file", path)) => fate = Some(Fate::Write(path.to_owned())),
            Some(("after", rest)) => {
                let (path, after) = rest.split_once(": ").expect("a file and a text");
                fate = Some(Fate::Insert(path.to_owned(), after.to_owned()));
            }
            _ => {}
        }
        if comment.is_some() {
            continue;
        }
        let Some(kind) = line.strip_prefix("```") else {
            assert!(
                fate.is_none() || line.is_empty(),
                "line {}: a block is to follow the file's name",
                number + 1
            );
            continue;
        };
        let block: Vec<_> = lines
            .by_ref()
            .take_while(|(_, line)| *line != "```")
            .collect();
        let text = || block.iter().map(|(_, line)| format!("{line}\n")).collect();
        match (fate.take(), kind) {
            (Some(Fate::Write(path)), _) => {
                let text = text();
                steps.push((number + 1, Step::Write { path, text }));
            }
            (Some(Fate::Insert(path, after)), _) => {
                let text = text();
                steps.push((number + 1, Step::Insert { path, after, text }));
            }
            (None, "console") => steps.extend(commands(&block)),
            _ => {}
        }
    }
    steps
}

fn commands(block: &[(usize, &str)]) -> Vec<(usize, Step)> {
    let mut steps: Vec<(usize, Step)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in block {
        if let Some(command) = line.strip_prefix("$ ") {
            goes_on = command.ends_with('\\');
            let run = Step::Run {
                command: command.to_owned(),
                shown: Vec::new(),
            };
            steps.push((number + 1, run));
            continue;
        }
        let Some((_, Step::Run { command, shown })) = steps.last_mut() else {
            panic!("line {}: output of no command", number + 1);
        };
        if goes_on {
            command.push_str(&format!("\n{line}"));
            goes_on = line.ends_with('\\');
        } else {
            shown.push((*line).to_owned());
        }
    }
    steps
}

#[test]
fn commands_output_and_files_are_told_apart() {
    let page = "# A page\n\n```sh\n$ not done\n```\n<!-- file: a/b.toml -->\n```toml\nx = 1\n```\n\n\
                <!-- after: a/b.toml: x = -->\n```toml\ny = 2\n```\n\
                ```console\n$ first \\\n    --on\nsays\n...\n$ second\n```\n";
    let run = |command: &str, shown: &[&str]| Step::Run {
        command: command.into(),
        shown: shown.iter().map(|line| (*line).to_owned()).collect(),
    };
    let write = Step::Write {
        path: "a/b.toml".into(),
        text: "x = 1\n".into(),
    };
    let insert = Step::Insert {
        path: "a/b.toml".into(),
        after: "x =".into(),
        text: "y = 2\n".into(),
    };
    assert_eq!(
        steps(page),
        [
            (7, write),
            (12, insert),
            (16, run("first \\\n    --on", &["says", "..."])),
            (20, run("second", &[])),
        ]
    );
}
