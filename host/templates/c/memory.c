// Memory is handed out once and never taken back: all of it is thrown away after
// each call.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536u
#define UNIT 16u

// The linker says where memory is free from.
extern unsigned char __heap_base;
static uintptr_t next;

_Noreturn void abort(void) { __builtin_trap(); }

// Before each piece stands its size.
void *malloc(size_t size) {
  if (next == 0) next = ((uintptr_t)&__heap_base + UNIT - 1) & ~(uintptr_t)(UNIT - 1);
  if (size > SIZE_MAX / 2) abort();
  uintptr_t piece = next + UNIT;
  uintptr_t end = piece + ((size + UNIT - 1) & ~(size_t)(UNIT - 1));
  if (end < piece) abort();
  uintptr_t there = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
  if (end > there) {
    uintptr_t pages = (end - there + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) abort();
  }
  *(size_t *)next = size;
  next = end;
  return (void *)piece;
}

void *realloc(void *old, size_t size) {
  if (old == NULL) return malloc(size);
  size_t had = *(size_t *)((uintptr_t)old - UNIT);
  if (size <= had) return old;
  return memcpy(malloc(size), old, had);
}

void free(void *old) { (void)old; }

void *memcpy(void *to, const void *from, size_t size) {
  unsigned char *target = to;
  const unsigned char *source = from;
  while (size-- > 0) *target++ = *source++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  unsigned char *target = to;
  while (size-- > 0) *target++ = (unsigned char)value;
  return to;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}
