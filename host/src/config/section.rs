//! Taking keys out of a table, one by one. What is left over was not meant.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use super::setting::Setting;
use super::tree::{Node, Table, Value};
use super::{ConfigError, Origin, Problem, Shown};

/// What all sections of one file share.
pub(super) struct Context<'a> {
    /// The directory that relative paths are relative to.
    pub(super) base: &'a Path,
    /// Every key that was asked for, in that order.
    pub(super) asked: RefCell<Vec<Shown>>,
}

/// A table of the file that is being read.
pub(super) struct Section<'a> {
    /// Its path: `hook[1].limits`.
    path: String,
    /// Its heading in the file: `[hook.limits]`.
    heading: String,
    origin: Origin,
    entries: Table,
    known: Vec<&'static str>,
    context: Rc<Context<'a>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(super) fn root(entries: Table, context: Rc<Context<'a>>) -> Self {
        Self {
            path: String::new(),
            heading: String::new(),
            origin: Origin::Default,
            entries,
            known: Vec::new(),
            context,
        }
    }

    fn key(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        self.entries.remove(key)
    }

    /// An error about `key`, where it stands, or else where this section does.
    pub(super) fn error(
        &self,
        key: &str,
        origin: Option<&Origin>,
        problem: Problem,
    ) -> ConfigError {
        ConfigError::Key {
            origin: origin.unwrap_or(&self.origin).clone(),
            key: self.key(key),
            problem,
        }
    }

    fn note<T: Setting>(&self, key: &'static str, origin: &Origin, value: Option<String>) {
        self.context.asked.borrow_mut().push(Shown {
            section: self.path.clone(),
            heading: self.heading.clone(),
            key,
            value,
            origin: origin.clone(),
            schema: T::schema(),
            is_place: T::PLACE,
            required: false,
        });
    }

    /// The key's value and where it stands; none where it is not there.
    pub(super) fn placed<T: Setting>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<(T, Origin)>, ConfigError> {
        let Some(node) = self.take(key) else {
            self.note::<T>(key, &Origin::Default, None);
            return Ok(None);
        };
        match T::read(&node.value, self.context.base) {
            Some(value) => {
                self.note::<T>(key, &node.origin, Some(value.show()));
                Ok(Some((value, node.origin)))
            }
            None => {
                let problem = Problem::WrongValue {
                    expected: T::EXPECTED,
                    found: match T::SECRET {
                        true => "what is there".into(),
                        false => node.value.describe(),
                    },
                };
                Err(self.error(key, Some(&node.origin), problem))
            }
        }
    }

    /// The key's value; none where it is not there.
    pub(super) fn optional<T: Setting>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        Ok(self.placed(key)?.map(|(value, _)| value))
    }

    /// The key's value, which must be there.
    pub(super) fn required<T: Setting>(
        &mut self,
        key: &'static str,
    ) -> Result<(T, Origin), ConfigError> {
        let placed = self.placed(key)?;
        if let Some(noted) = self.context.asked.borrow_mut().last_mut() {
            noted.required = true;
        }
        placed.ok_or_else(|| {
            let expected = T::EXPECTED;
            self.error(key, None, Problem::Missing { expected })
        })
    }

    /// The key's value, or what holds when nothing is said.
    pub(super) fn or<T: Setting>(
        &mut self,
        key: &'static str,
        default: T,
    ) -> Result<T, ConfigError> {
        if !self.entries.contains_key(key) {
            self.known.push(key);
            self.note::<T>(key, &Origin::Default, Some(default.show()));
            return Ok(default);
        }
        Ok(self.optional(key)?.unwrap_or(default))
    }

    /// Refuses `key`, which people will try, with a sentence of its own.
    pub(super) fn refuse(&mut self, key: &str, why: &str) -> Result<(), ConfigError> {
        match self.entries.get(key) {
            Some(node) => Err(self.error(key, Some(&node.origin), Problem::Impossible(why.into()))),
            None => Ok(()),
        }
    }

    /// Where `key` stands, if it is there and was not taken yet.
    pub(super) fn origin_of(&self, key: &str) -> Option<&Origin> {
        self.entries.get(key).map(|node| &node.origin)
    }

    /// Sets `key`, which is not there, to what a variable with a name of its own
    /// holds.
    pub(super) fn set(&mut self, key: &str, variable: &str, words: &str) {
        let node = Node {
            origin: Origin::Environment(variable.to_owned()),
            value: Value::Words(words.to_owned()),
        };
        self.entries.insert(key.to_owned(), node);
    }

    fn below(&self, path: String, heading: String, origin: Origin, entries: Table) -> Self {
        Self {
            path,
            heading,
            origin,
            entries,
            known: Vec::new(),
            context: Rc::clone(&self.context),
        }
    }

    /// The heading of a table inside of this one.
    fn heading_below(&self, key: &str) -> String {
        match self.heading.trim_matches(['[', ']']) {
            "" => format!("[{key}]"),
            outer => format!("[{outer}.{key}]"),
        }
    }

    /// The table `key`; an empty one where it is not there.
    pub(super) fn table(&mut self, key: &'static str) -> Result<Self, ConfigError> {
        let (path, heading) = (self.key(key), self.heading_below(key));
        match self.take(key) {
            None => Ok(self.below(path, heading, Origin::Default, Table::new())),
            Some(node) => self.table_in(key, path, heading, node),
        }
    }

    fn table_in(
        &self,
        key: &str,
        path: String,
        heading: String,
        node: Node,
    ) -> Result<Self, ConfigError> {
        match node.value {
            Value::Table(entries) => Ok(self.below(path, heading, node.origin, entries)),
            value => Err(self.error(
                key,
                Some(&node.origin),
                Problem::WrongValue {
                    expected: "a table",
                    found: value.describe(),
                },
            )),
        }
    }

    /// The tables `[[key]]`, in their order.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Self>, ConfigError> {
        let Some(node) = self.take(key) else {
            return Ok(Vec::new());
        };
        match node.value {
            Value::List(nodes) => nodes
                .into_iter()
                .enumerate()
                .map(|(place, node)| {
                    let path = format!("{}[{}]", self.key(key), place + 1);
                    self.table_in(key, path, format!("[[{key}]]"), node)
                })
                .collect(),
            value => {
                let problem = match node.origin {
                    Origin::Environment(_) => Problem::Impossible(
                        "this is a list of tables, which no variable can set".into(),
                    ),
                    _ => Problem::WrongValue {
                        expected: "a list of tables, each under a heading in double brackets,",
                        found: value.describe(),
                    },
                };
                Err(self.error(key, Some(&node.origin), problem))
            }
        }
    }

    /// The tables `[key.NAME]`, by name.
    pub(super) fn named(&mut self, key: &'static str) -> Result<Vec<(String, Self)>, ConfigError> {
        let mut all = self.table(key)?;
        std::mem::take(&mut all.entries)
            .into_iter()
            .map(|(name, node)| {
                let (path, heading) = (all.key(&name), all.heading_below(&quoted(&name)));
                let section = all.table_in(&name, path, heading, node)?;
                Ok((name, section))
            })
            .collect()
    }

    /// Ends the section: what was not asked for is an error.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let Some((key, node)) = self.entries.first_key_value() else {
            return Ok(());
        };
        let known: Vec<_> = self.known.clone();
        let near = crate::text::nearest(key, known.iter().copied()).map(str::to_owned);
        let problem = Problem::UnknownKey { near, known };
        let key = crate::text::tame(key, 80);
        Err(self.error(&key, Some(&node.origin), problem))
    }
}

/// A name as a key of TOML.
fn quoted(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => toml::Value::from(name).to_string(),
    }
}
