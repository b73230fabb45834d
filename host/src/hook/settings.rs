//! The interface `settings`: the hook's own table of the configuration.

use super::bindings::valence::hooks::settings::Host;
use super::state::State;

impl Host for State {
    fn get(&mut self) -> wasmtime::Result<String> {
        self.enter(0)?;
        let settings = self.settings.text.clone();
        self.give(settings)
    }

    fn at(&mut self, pointer: String) -> wasmtime::Result<Option<String>> {
        self.enter(pointer.len())?;
        let value = self.settings.value.pointer(&pointer);
        let json = value.map(serde_json::Value::to_string);
        json.map(|json| self.give(json)).transpose()
    }
}
