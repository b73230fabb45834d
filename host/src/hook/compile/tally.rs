//! What the instances of a component take, added up before any is made.

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, ElementItems, Encoding, Instance, Payload,
};

/// Bytes that an instance takes of which nothing is known, and what is kept of it.
const INSTANCE: u64 = 1024;
/// Of something that it imports, with a reference to it.
const IMPORT: u64 = 64;
/// Of a reference to a function of its own.
const FUNCTION: u64 = 32;
/// Of a global.
const GLOBAL: u64 = 16;
/// Of what is kept of a memory, a table, a segment of data.
const KEPT: u64 = 32;
/// Of an element that is to be copied into a table: each instance has its own.
const ELEMENT: u64 = 16;
/// Of a function that crosses the boundary, or makes or drops a resource.
const CANONICAL: u64 = 64;

/// What the instances of a component take beside memories and tables, as far as
/// it has been read. The sizes are wasmtime's, rounded up.
#[derive(Default)]
pub(super) struct Tally {
    /// The modules and components that have begun and not ended, the innermost last.
    open: Vec<Open>,
    root: Option<u64>,
    /// Bytes of an instance of the largest module.
    pub(super) largest: u64,
    /// Functions that components within the outermost lift.
    pub(super) inner_functions: u64,
}

enum Open {
    /// A module, and what an instance of it takes.
    Module(u64),
    Component(Space),
}

/// What a component has by number. None: it is handed in, or comes out of an
/// instance, so that nobody knows before it is run.
struct Space {
    modules: Vec<Option<u64>>,
    components: Vec<Option<u64>>,
    /// What an instance of it takes.
    total: Option<u64>,
}

impl Tally {
    /// What all instances take together, if that can be told.
    pub(super) fn all(&self) -> Option<u64> {
        self.root
    }

    pub(super) fn add(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::Version { encoding, .. } => self.open.push(match encoding {
                Encoding::Module => Open::Module(INSTANCE),
                Encoding::Component => Open::Component(Space {
                    modules: Vec::new(),
                    components: Vec::new(),
                    total: Some(0),
                }),
            }),
            Payload::End(_) => self.end(),
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone().into_iter().flatten() {
                    self.alias(&alias);
                }
            }
            _ => match self.open.last_mut() {
                Some(Open::Module(bytes)) => *bytes = bytes.saturating_add(of_module(payload)),
                Some(Open::Component(space)) => space.add(payload),
                None => {}
            },
        }
        if let Payload::ComponentCanonicalSection(section) = payload
            && self.open.len() > 1
        {
            let all = section.clone().into_iter().flatten();
            let lifted = all.filter(|one| matches!(one, CanonicalFunction::Lift { .. }));
            self.inner_functions += lifted.count() as u64;
        }
    }

    fn end(&mut self) {
        let ended = self.open.pop();
        let around = self.open.last_mut();
        match (ended, around) {
            (Some(Open::Module(bytes)), around) => {
                self.largest = self.largest.max(bytes);
                if let Some(Open::Component(space)) = around {
                    space.modules.push(Some(bytes));
                }
            }
            (Some(Open::Component(ended)), Some(Open::Component(space))) => {
                space.components.push(ended.total);
            }
            (Some(Open::Component(ended)), _) => self.root = ended.total,
            (None, _) => {}
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        let (module, known) = match alias {
            ComponentAlias::Outer { kind, count, index } => {
                let module = match kind {
                    ComponentOuterAliasKind::CoreModule => true,
                    ComponentOuterAliasKind::Component => false,
                    _ => return,
                };
                let outer = self.open.iter().rev().nth(*count as usize);
                let known = match outer {
                    Some(Open::Component(space)) => space.get(module, *index),
                    _ => None,
                };
                (module, known)
            }
            ComponentAlias::InstanceExport { kind, .. } => match kind {
                ComponentExternalKind::Module => (true, None),
                ComponentExternalKind::Component => (false, None),
                _ => return,
            },
            ComponentAlias::CoreInstanceExport { .. } => return,
        };
        if let Some(Open::Component(space)) = self.open.last_mut() {
            space.push(module, known);
        }
    }
}

impl Space {
    fn get(&self, module: bool, index: u32) -> Option<u64> {
        let all = if module {
            &self.modules
        } else {
            &self.components
        };
        all.get(index as usize).copied().flatten()
    }

    fn push(&mut self, module: bool, known: Option<u64>) {
        let all = if module {
            &mut self.modules
        } else {
            &mut self.components
        };
        all.push(known);
    }

    fn take(&mut self, bytes: Option<u64>) {
        let both = self.total.zip(bytes);
        self.total = both.map(|(total, bytes)| total.saturating_add(bytes));
    }

    fn add(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::InstanceSection(section) => {
                for instance in section.clone().into_iter().flatten() {
                    if let Instance::Instantiate { module_index, .. } = instance {
                        self.take(self.get(true, module_index));
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone().into_iter().flatten() {
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance
                    {
                        self.take(self.get(false, component_index));
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone().into_iter().flatten() {
                    match import.ty {
                        ComponentTypeRef::Module(_) => self.push(true, None),
                        ComponentTypeRef::Component(_) => self.push(false, None),
                        _ => {}
                    }
                }
            }
            // What is exported has a second number.
            Payload::ComponentExportSection(section) => {
                for export in section.clone().into_iter().flatten() {
                    let module = match export.kind {
                        ComponentExternalKind::Module => true,
                        ComponentExternalKind::Component => false,
                        _ => continue,
                    };
                    self.push(module, self.get(module, export.index));
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                let all = section.clone().into_iter().flatten().count() as u64;
                self.take(Some(all.saturating_mul(CANONICAL)));
            }
            _ => {}
        }
    }
}

/// What this part of a module adds to what an instance of it takes. Not the
/// sections' own counts, which may say anything.
fn of_module(payload: &Payload<'_>) -> u64 {
    let (number, each) = match payload {
        Payload::ImportSection(section) => {
            let all = section.clone().into_imports();
            (all.flatten().count(), IMPORT)
        }
        Payload::FunctionSection(section) => {
            let all = section.clone().into_iter();
            (all.flatten().count(), FUNCTION)
        }
        Payload::GlobalSection(section) => (section.clone().into_iter().flatten().count(), GLOBAL),
        Payload::MemorySection(section) => (section.clone().into_iter().flatten().count(), KEPT),
        Payload::TableSection(section) => (section.clone().into_iter().flatten().count(), KEPT),
        Payload::DataSection(section) => (section.clone().into_iter().flatten().count(), KEPT),
        Payload::ElementSection(section) => {
            let all = section.clone().into_iter().flatten();
            let elements = all.map(|segment| match segment.items {
                ElementItems::Functions(items) => items.into_iter().flatten().count(),
                ElementItems::Expressions(_, items) => items.into_iter().flatten().count(),
            });
            (elements.sum(), ELEMENT)
        }
        _ => return 0,
    };
    (number as u64).saturating_mul(each)
}

#[cfg(test)]
mod tests;
