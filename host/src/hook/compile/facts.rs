//! What can be learnt of a component before it is compiled.

use wasmparser::{Instance, Parser, Payload};

use super::tally::Tally;

/// The binary logarithm of a page's size, where a memory says nothing else.
const PAGE: u32 = 16;

/// What a component has in it, counted without compiling it.
///
/// Modules that are instantiated twice have their memories and tables counted
/// once: enough for a guess at the pool that it will fit into, which the pool
/// then checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Facts {
    /// Functions with a body, which is what compiling takes its time for.
    pub(in super::super) functions: u64,
    /// Core instances.
    pub(in super::super) instances: u64,
    /// Linear memories.
    pub(in super::super) memories: u64,
    /// Bytes of all linear memories at the start.
    pub(in super::super) memory: u64,
    /// Tables.
    pub(in super::super) tables: u64,
    /// Elements of the largest table at the start.
    pub(in super::super) table_elements: u64,
    /// Functions that components within it lift: what calls these from another
    /// component has strings copied by the host, which costs no fuel.
    pub(in super::super) inner_functions: u64,
    /// Bytes of what all core instances take beside memories and tables. None:
    /// it cannot be told before it is run.
    all_instances: Option<u64>,
    /// The same, of the largest.
    largest_instance: u64,
}

impl Facts {
    /// Reads `component`. What breaks off is counted as far as it goes: whoever
    /// compiles it will say what is wrong.
    pub(in super::super) fn of(component: &[u8]) -> Self {
        let mut facts = Self::default();
        let mut tally = Tally::default();
        for payload in Parser::new(0).parse_all(component) {
            match payload {
                Ok(payload) => {
                    facts.add(&payload);
                    tally.add(&payload);
                }
                Err(_) => break,
            }
        }
        facts.inner_functions = tally.inner_functions;
        facts.all_instances = tally.all();
        facts.largest_instance = tally.largest;
        facts
    }

    /// Bytes that its core instances take beside memories and tables, at most, where
    /// there may be so many of them.
    pub(in super::super) fn instances_take(&self, instances: usize) -> u64 {
        let most = self.largest_instance.saturating_mul(instances as u64);
        self.all_instances.unwrap_or(most)
    }

    fn add(&mut self, payload: &Payload<'_>) {
        match payload {
            // Not their section's own count, which may say anything.
            Payload::CodeSectionEntry(_) => self.functions += 1,
            Payload::InstanceSection(section) => {
                let made = section
                    .clone()
                    .into_iter()
                    .filter(|instance| matches!(instance, Ok(Instance::Instantiate { .. })));
                self.instances += made.count() as u64;
            }
            Payload::MemorySection(section) => {
                for memory in section.clone().into_iter().flatten() {
                    self.memories += 1;
                    let page = 1u64
                        .checked_shl(memory.page_size_log2.unwrap_or(PAGE))
                        .unwrap_or(u64::MAX);
                    let bytes = memory.initial.saturating_mul(page);
                    self.memory = self.memory.saturating_add(bytes);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone().into_iter().flatten() {
                    self.tables += 1;
                    self.table_elements = self.table_elements.max(table.ty.initial);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_counted_wherever_they_are() {
        let component = wat::parse_str(
            "(component
               (core module $a (memory 1) (table 7 funcref) (func) (func))
               (core instance (instantiate $a))
               (core instance $b (instantiate $a))
               (core instance (export \"m\" (memory $b \"m\")))
               (component
                 (core module $c (table 9 funcref) (func))
                 (core instance (instantiate $c))))"
                .replace("(memory 1)", "(memory (export \"m\") 1)"),
        )
        .unwrap();
        let facts = Facts::of(&component);
        assert_eq!((facts.functions, facts.instances), (3, 3));
        assert_eq!((facts.memories, facts.memory), (1, 65_536));
        assert_eq!((facts.tables, facts.table_elements), (2, 9));
        let cut = component.get(..component.len() / 2).unwrap();
        assert!(Facts::of(cut).instances <= 3);
        assert_eq!(Facts::of(b"rubbish"), Facts::default());
    }
}
