#include "text.h"

#include <stdlib.h>
#include <string.h>

static void append_byte(hook_string_t *text, uint8_t byte) {
  append(text, (hook_string_t){&byte, 1});
}

hook_string_t text(const char *words) {
  hook_string_t made = {NULL, 0};
  append(&made, (hook_string_t){(uint8_t *)words, strlen(words)});
  return made;
}

// What is empty may point anywhere.
void append(hook_string_t *text, hook_string_t more) {
  if (text->len == 0) text->ptr = NULL;
  text->ptr = realloc(text->ptr, text->len + more.len);
  memcpy(text->ptr + text->len, more.ptr, more.len);
  text->len += more.len;
}

void append_words(hook_string_t *name, hook_string_t more) {
  bool in_word = false;
  for (size_t place = 0; place < more.len; place++) {
    uint8_t byte = more.ptr[place];
    if (byte >= 'a' && byte <= 'z') byte = byte - 'a' + 'A';
    bool belongs = (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (belongs && !in_word) append_byte(name, '_');
    if (belongs) append_byte(name, byte);
    in_word = belongs;
  }
}

void add_once(hook_list_string_t *names, hook_string_t name) {
  for (size_t place = 0; place < names->len; place++) {
    hook_string_t there = names->ptr[place];
    if (there.len != name.len) continue;
    size_t same = 0;
    while (same < name.len && there.ptr[same] == name.ptr[same]) same++;
    if (same == name.len) return;
  }
  if (names->len == 0) names->ptr = NULL;
  names->ptr = realloc(names->ptr, (names->len + 1) * sizeof(hook_string_t));
  names->ptr[names->len++] = name;
}
