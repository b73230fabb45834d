// Texts as the contract has them: bytes and their number, no zero at the end.
#ifndef SUPPORT_TEXT_H
#define SUPPORT_TEXT_H

#include "hook.h"

// A copy of `words`.
hook_string_t text(const char *words);

// Puts `more` at the end of `text`.
void append(hook_string_t *text, hook_string_t more);

// Puts the words of `more` at the end of `name`, as in the names of traits: in upper
// case, each with `_` before it.
void append_words(hook_string_t *name, hook_string_t more);

// Puts `name` at the end of `names`, unless it is there already.
void add_once(hook_list_string_t *names, hook_string_t name);

#endif
