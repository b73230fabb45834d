// What the bindings need of <stdlib.h>: there is no C library here.
#ifndef SUPPORT_STDLIB_H
#define SUPPORT_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *realloc(void *old, size_t size);
void free(void *old);
_Noreturn void abort(void);

#endif
