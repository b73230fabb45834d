// What the bindings need of <string.h>: there is no C library here.
#ifndef SUPPORT_STRING_H
#define SUPPORT_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
size_t strlen(const char *text);

#endif
