/* A hash for tables of our own, of names and shapes: FNV-1a with a final mix, and, in any case, a
 * multiplication by the golden ratio for each eight bytes (Knuth, The Art of Computer Programming
 * 3, 6.4). Not for secrets. Pure. */
#ifndef PROXY_HASH_H
#define PROXY_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t length);
/* The same for small letters and large ones, of ASCII. */
uint64_t hash_any_case(const char *text, size_t length);

#endif
