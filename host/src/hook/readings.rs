//! What a hook has read: kept for whoever asks why a value is what it is.

use std::sync::Arc;

use crate::enrollment::Reading;

/// What a hook has read, in the order in which it did.
#[derive(Default)]
pub(super) struct Readings {
    list: Vec<Read>,
    left_out: u64,
}

enum Read {
    /// A value of a document.
    Value(Reading),
    /// A part of the inventory: all hooks of an evaluation share it.
    Part(Arc<[Reading]>),
}

/// More would say nothing to whoever asks.
const MOST: usize = 256;
/// Longer than the pointer to any real value of a document: a guest may ask for
/// any text.
const LONGEST_DOCUMENT_POINTER: usize = 512;

impl Readings {
    /// Notes a value, once.
    pub(super) fn add(&mut self, document: &str, pointer: &str) {
        // They are few: going through them costs less than a second copy in a set.
        let is_this = |known: &Read| match known {
            Read::Value(known) => known.pointer == pointer && &*known.document == document,
            Read::Part(_) => false,
        };
        if self.list.iter().any(is_this) {
            return;
        }
        if self.list.len() >= MOST || pointer.len() > LONGEST_DOCUMENT_POINTER {
            self.left_out += 1;
        } else {
            self.list.push(Read::Value(Reading {
                document: document.into(),
                pointer: pointer.to_owned().into(),
            }));
        }
    }

    /// Notes a part of the inventory, once.
    pub(super) fn add_part(&mut self, part: Arc<[Reading]>) {
        let is_this = |known: &Read| match known {
            Read::Value(_) => false,
            Read::Part(known) => Arc::ptr_eq(known, &part),
        };
        if self.list.iter().any(is_this) {
            return;
        }
        if self.list.len() >= MOST {
            self.left_out = self.left_out.saturating_add(part.len() as u64);
        } else {
            self.list.push(Read::Part(part));
        }
    }

    /// All that is kept, and how much is not.
    pub(super) fn take(&mut self) -> (Vec<Reading>, u64) {
        let Self { list, left_out } = std::mem::take(self);
        let mut all = Vec::with_capacity(list.len());
        for read in list {
            match read {
                Read::Value(reading) => all.push(reading),
                Read::Part(part) => all.extend(part.iter().cloned()),
            }
        }
        let too_many = all.len().saturating_sub(MOST) as u64;
        all.truncate(MOST);
        (all, left_out.saturating_add(too_many))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_few_and_short_and_what_is_left_out_is_counted() {
        let mut readings = Readings::default();
        let long = format!("/{}", "x".repeat(LONGEST_DOCUMENT_POINTER));
        readings.add("/redfish/v1", &long);
        assert_eq!(readings.take(), (Vec::new(), 1));
        for number in 0..MOST + 10 {
            readings.add("/redfish/v1", &format!("/{number}"));
        }
        // It is known.
        readings.add("/redfish/v1", "/0");
        let (kept, left_out) = readings.take();
        assert_eq!((kept.len(), left_out), (MOST, 10));
    }

    #[test]
    fn parts_stand_where_they_were_read_and_once() {
        let of = |pointer: &'static str| Reading {
            document: "/redfish/v1".into(),
            pointer: pointer.into(),
        };
        let part: Arc<[Reading]> = [of("/a"), of("/b")].into();
        let mut readings = Readings::default();
        readings.add("/redfish/v1", "/first");
        readings.add_part(Arc::clone(&part));
        readings.add("/redfish/v1", "/last");
        readings.add_part(part);
        let expected = [of("/first"), of("/a"), of("/b"), of("/last")];
        assert_eq!(readings.take(), (expected.to_vec(), 0));
        let large: Arc<[Reading]> = vec![of("/a"); MOST + 3].into();
        readings.add_part(large);
        assert_eq!(readings.take().1, 3);
    }
}
