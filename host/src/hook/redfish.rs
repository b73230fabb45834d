//! The interface `redfish`: documents of the node that is being registered.

use std::sync::Arc;

use serde_json::Value;
use wasmtime::component::Resource;

use super::bindings::valence::hooks::redfish::{Error, Host, HostDocument};
use super::state::{DocumentHandle, State};
use crate::redfish::{Document, ReadError, Redacted, ResourcePath};

/// The largest value that is given to a hook at once. `get("")` is for small
/// documents: parsing a large one in a guest costs more than all else.
const LARGEST_VALUE: usize = 64 << 10;

/// Why there is no list of members.
enum Unlisted {
    Read(ReadError),
    /// A limit ended the call.
    Ended(wasmtime::Error),
}

impl From<ReadError> for Unlisted {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for State {}

impl HostDocument for State {
    fn uri(&mut self, document: Resource<DocumentHandle>) -> wasmtime::Result<String> {
        self.enter(0)?;
        let path = self.path(&document)?;
        self.give(path.as_str().to_owned())
    }

    async fn get(
        &mut self,
        document: Resource<DocumentHandle>,
        pointer: String,
    ) -> Answer<Option<String>> {
        self.enter(pointer.len())?;
        let path = self.path(&document)?;
        match self.read(&path).await? {
            Ok(shown) => self.value(&shown, &pointer),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn get_many(
        &mut self,
        document: Resource<DocumentHandle>,
        pointers: Vec<String>,
    ) -> Answer<Vec<Option<String>>> {
        self.enter(pointers.iter().map(String::len).sum())?;
        self.budget.host_calls(pointers.len())?;
        let path = self.path(&document)?;
        let shown = match self.read(&path).await? {
            Ok(shown) => shown,
            Err(error) => return Ok(Err(error)),
        };
        let mut values = Vec::with_capacity(pointers.len());
        for pointer in &pointers {
            self.in_time()?;
            match self.value(&shown, pointer)? {
                Ok(value) => values.push(value),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(values))
    }

    async fn follow(
        &mut self,
        document: Resource<DocumentHandle>,
        pointer: String,
    ) -> Answer<Option<Resource<DocumentHandle>>> {
        self.enter(pointer.len())?;
        let path = self.path(&document)?;
        let shown = match self.read(&path).await? {
            Ok(shown) => shown,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_pointer(&pointer) {
            return Ok(Err(error));
        }
        self.readings.add(path.as_str(), &pointer);
        Ok(match shown.document().link(&pointer) {
            None => Ok(None),
            Some(Ok(target)) => Ok(Some(self.handle(target)?)),
            Some(Err(_)) => Err(Error::Forbidden),
        })
    }

    async fn members(
        &mut self,
        document: Resource<DocumentHandle>,
    ) -> Answer<Option<Vec<Resource<DocumentHandle>>>> {
        self.enter(0)?;
        let path = self.path(&document)?;
        if let Err(error) = self.read(&path).await? {
            return Ok(Err(error));
        }
        self.readings.add(path.as_str(), "/Members");
        let session = self.session()?.clone();
        let page = |path: &ResourcePath, page: Option<&Arc<Document>>| {
            let counted = match page {
                None => self.ask(path),
                Some(page) => self.weigh(path, &page.redacted()),
            };
            counted.map_err(Unlisted::Ended)
        };
        match session.snapshot().members_while(&path, page).await {
            Ok(None) => Ok(Ok(None)),
            Ok(Some(members)) => {
                self.budget.host_calls(members.len())?;
                let handles = members
                    .into_iter()
                    .map(|member| self.handle(member))
                    .collect::<wasmtime::Result<_>>()?;
                Ok(Ok(Some(handles)))
            }
            Err(Unlisted::Read(error)) => self.fail(error).map(Err),
            Err(Unlisted::Ended(error)) => Err(error),
        }
    }

    fn drop(&mut self, document: Resource<DocumentHandle>) -> wasmtime::Result<()> {
        self.table.delete(document)?;
        Ok(())
    }
}

impl State {
    fn value(&mut self, shown: &Redacted, pointer: &str) -> Answer<Option<String>> {
        if let Err(error) = check_pointer(pointer) {
            return Ok(Err(error));
        }
        let document = shown.document();
        self.readings.add(document.path().as_str(), pointer);
        match document.get(pointer).map(small_json) {
            None => Ok(Ok(None)),
            Some(None) => Ok(Err(Error::TooLarge)),
            Some(Some(json)) => Ok(Ok(Some(self.give(json)?))),
        }
    }

    /// Notes that an inventory record has named `uri`.
    pub(super) fn name(&mut self, uri: &str) {
        if let Ok(path) = uri.parse::<ResourcePath>() {
            self.named.insert(path);
        }
    }
}

fn check_pointer(pointer: &str) -> Result<(), Error> {
    if pointer.is_empty() || pointer.starts_with('/') {
        Ok(())
    } else {
        Err(Error::Other(format!(
            "`{}` is no json pointer: it is to begin with `/`",
            crate::text::tame(pointer, 100)
        )))
    }
}

/// `value` as JSON text; none if that is too large. Stops writing when it is,
/// so that a large document costs no more than a small one.
pub(super) fn small_json(value: &Value) -> Option<String> {
    struct Bounded(Vec<u8>);
    impl std::io::Write for Bounded {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.len() + bytes.len() > LARGEST_VALUE {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut text = Bounded(Vec::new());
    serde_json::to_writer(&mut text, value).ok()?;
    String::from_utf8(text.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_64_kib_is_given_and_a_larger_one_is_not() {
        let text = |length: usize| Value::String("x".repeat(length));
        assert!(small_json(&text(LARGEST_VALUE - 2)).is_some());
        assert!(small_json(&text(LARGEST_VALUE - 1)).is_none());
    }
}
