//! The words that documents are made of, which are no names of machines.

use std::collections::HashSet;

use serde_json::Value;

/// Properties whose values are words of the vendor's.
const WORDS: [&str; 4] = ["@odata.type", "Manufacturer", "Model", "Vendor"];

/// Words of keys, types, vendors and models, in lower case.
#[derive(Debug, Default)]
pub(super) struct Vocabulary(HashSet<String>);

impl Vocabulary {
    /// Learns the words of a property.
    pub(super) fn learn(&mut self, key: &str, value: &Value) {
        self.words(key);
        if let (true, Value::String(text)) = (WORDS.contains(&key), value) {
            self.words(text);
        }
    }

    /// Whether `word` is one of them.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(&word.to_ascii_lowercase())
    }

    fn words(&mut self, text: &str) {
        for whole in text.split(|c: char| !c.is_alphanumeric()) {
            self.0.insert(whole.to_ascii_lowercase());
            let mut word = String::new();
            for c in whole.chars() {
                if c.is_uppercase() {
                    self.0.insert(std::mem::take(&mut word));
                }
                word.extend(c.to_lowercase());
            }
            self.0.insert(word);
        }
    }
}
