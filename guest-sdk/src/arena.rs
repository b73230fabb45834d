//! The allocator of a component: memory is handed out from the end of the
//! program's own data upwards, and never taken back. Valence throws a hook's
//! memory away after each call, so there is nothing to be gained by tidying up.
//!
//! It starts where the memory that the module asks for has room left
//! (`__heap_base`), so that a call which fits in there never grows it: growing is
//! what makes calls on several threads wait for each other.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

const PAGE: usize = 64 << 10;

struct Arena {
    /// The first free byte; 0 before the first allocation.
    free: Cell<usize>,
}

// SAFETY: without the `threads` proposal, which Valence turns off, a wasm instance
// has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { free: Cell::new(0) };

unsafe extern "C" {
    /// Put by the linker where the program's data and stack end.
    static __heap_base: u8;
}

impl Arena {
    fn free(&self) -> usize {
        match self.free.get() {
            0 => &raw const __heap_base as usize,
            free => free,
        }
    }

    /// Makes sure that memory reaches to `end`.
    fn reach(&self, end: usize) -> bool {
        let have = memory_size(0) * PAGE;
        end <= have || memory_grow(0, (end - have).div_ceil(PAGE)) != usize::MAX
    }
}

// SAFETY: what is handed out lies between the first free byte and the end of
// memory, begins at a multiple of the alignment, and is never handed out twice.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.free().next_multiple_of(layout.align());
        let Some(end) = start.checked_add(layout.size()) else {
            return ptr::null_mut();
        };
        if !self.reach(end) {
            return ptr::null_mut();
        }
        self.free.set(end);
        start as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // What was handed out last can be had again: text that is put together
        // and dropped costs nothing.
        if block as usize + layout.size() == self.free.get() {
            self.free.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The last block grows and shrinks where it stands.
        if block as usize + layout.size() == self.free.get() {
            let Some(end) = (block as usize).checked_add(size) else {
                return ptr::null_mut();
            };
            if !self.reach(end) {
                return ptr::null_mut();
            }
            self.free.set(end);
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the alignment is one that a layout had, and the caller vouches
        // for the size.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both blocks are at least as long as the old one was, and apart.
            unsafe { ptr::copy_nonoverlapping(block, new, layout.size()) };
        }
        new
    }
}
