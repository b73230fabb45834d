//! Somebody who does what a page says, in a directory of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use valence_tests::{binary, root, target};

use super::output::same;
use super::page::{Step, steps};
use crate::new_hook::{compiler, tools};

/// A reader, with a shell in which `valence` is found.
pub(super) struct Reader {
    directory: PathBuf,
    variables: Vec<(String, String)>,
    /// What pages call something, and what it is called here.
    names: Vec<(String, String)>,
    /// Where something is to stand, and where it is until that can be made.
    kept: Vec<(PathBuf, PathBuf)>,
    /// Files in which pages have others, who write in another language, put something.
    of_others: Vec<String>,
}

impl Reader {
    /// A reader whose directory is new, but for the directories `kept` of the last run,
    /// in which builds keep what takes long to make anew.
    pub(super) fn new(name: &str, kept: &[&str]) -> Self {
        let place = target().join("tmp/tutorials").join(name);
        let [directory, old] = ["new", "old"].map(|age| place.join(age));
        fs::create_dir_all(&place).unwrap();
        if old.exists() {
            fs::remove_dir_all(&old).unwrap();
        }
        if directory.exists() {
            fs::rename(&directory, &old).unwrap();
        }
        fs::create_dir(&directory).unwrap();
        let mut variables = compiler();
        let programs = binary().parent().unwrap().display().to_string();
        variables.push(("PATH".into(), format!("{programs}:{}", tools::programs())));
        let cache = target().join("tmp/cache").display().to_string();
        variables.push(("XDG_CACHE_HOME".into(), cache));
        let mut reader = Self {
            directory,
            variables,
            names: Vec::new(),
            kept: Vec::new(),
            of_others: Vec::new(),
        };
        for name in kept {
            reader.finds(&old, name);
        }
        reader
    }

    /// Keeps what the last reader left as `name`, until a command has made the directory
    /// in which it was.
    fn finds(&mut self, old: &Path, name: &str) {
        let (left, kept) = (old.join(name), old.with_file_name("kept").join(name));
        if left.exists() {
            if kept.exists() {
                fs::remove_dir_all(&kept).unwrap();
            }
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::rename(left, &kept).unwrap();
        }
        self.kept.push((self.directory.join(name), kept));
    }

    /// Gives the reader `name` of this repository, as in a clone of it.
    pub(super) fn has(&self, name: &str) {
        std::os::unix::fs::symlink(root().join(name), self.directory.join(name)).unwrap();
    }

    /// What pages call `page` is `here` called so.
    pub(super) fn meets(&mut self, page: &str, here: &str) {
        self.names.push((page.to_owned(), here.to_owned()));
    }

    /// Leaves out what a page has others put in the file `path`.
    pub(super) fn leaves_to_others(&mut self, path: &str) {
        self.of_others.push(path.to_owned());
    }

    /// Finds what `make` puts at the path that it is given as `name`, once a command has
    /// made the directory in which that is.
    pub(super) fn will_find(&mut self, name: &str, make: impl FnOnce(&Path)) {
        let ready = self.directory.with_file_name("ready").join(name);
        if ready.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            fs::remove_dir_all(&ready).unwrap();
        } else if ready.is_symlink() {
            fs::remove_file(&ready).unwrap();
        }
        make(&ready);
        self.kept.push((self.directory.join(name), ready));
    }

    /// Finds the programs in `directory` before all others.
    pub(super) fn finds_programs(&mut self, directory: &Path) {
        for (name, path) in &mut self.variables {
            if name == "PATH" {
                *path = format!("{}:{path}", directory.display());
            }
        }
    }

    /// The directory with what is the reader's and no page's.
    pub(super) fn own(&self) -> PathBuf {
        self.directory.with_file_name("own")
    }

    /// Does all that the page says.
    pub(super) fn follows(&self, page: &str) {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let steps = steps(&text);
        assert!(!steps.is_empty(), "{page} has nothing to do");
        for (line, step) in steps {
            match step {
                Step::Insert { path, .. } if self.of_others.contains(&path) => {}
                Step::Write { path, text } => self.writes(&path, &text),
                Step::Insert { path, after, text } => self.inserts(&path, &after, &text),
                Step::Run { command, shown } => {
                    self.runs(&format!("{page}:{line}"), &command, &shown);
                }
            }
        }
    }

    fn writes(&self, path: &str, text: &str) {
        let file = self.directory.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn inserts(&self, path: &str, after: &str, text: &str) {
        let there = fs::read_to_string(self.directory.join(path)).unwrap();
        let place = there
            .find(after)
            .unwrap_or_else(|| panic!("{path} has no `{after}`"));
        let (before, rest) = there.split_at(place);
        let (line, rest) = rest.split_once('\n').unwrap();
        self.writes(path, &format!("{before}{line}\n{text}{rest}"));
    }

    fn runs(&self, at: &str, command: &str, shown: &[String]) {
        self.takes_again();
        let here = self
            .names
            .iter()
            .fold(command.to_owned(), |text, (page, here)| {
                text.replace(page, here)
            });
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{here}")])
            .current_dir(&self.directory)
            .envs(self.variables.iter().cloned())
            .env_remove("VALENCE_CORPUS")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let printed = self
            .names
            .iter()
            .fold(printed, |text, (page, here)| text.replace(here, page));
        let may_fail = shown.iter().any(|line| line.starts_with("error: "));
        assert_eq!(
            output.status.success(),
            !may_fail,
            "{at}: `{command}` ended with {}:\n{printed}",
            output.status
        );
        let lines: Vec<_> = printed.lines().map(str::to_owned).collect();
        assert!(
            shown.is_empty() || same(shown, &lines),
            "{at}: `{command}` printed:\n{printed}\nand the page shows:\n{}",
            shown.join("\n")
        );
    }

    /// Moves what was kept to where it was, once that can be.
    fn takes_again(&self) {
        for (place, kept) in &self.kept {
            if kept.exists() && !place.exists() && place.parent().unwrap().exists() {
                fs::rename(kept, place).unwrap();
            }
        }
    }
}
