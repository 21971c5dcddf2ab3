/* A user id as the topic carries it: 8 bytes, big-endian, signed. */
#ifndef FAULTY_BYTES_H
#define FAULTY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void bytes_from_user(int64_t user, unsigned char ret_bytes[8]);
bool bytes_to_user(const void *bytes, size_t count, int64_t *ret_user); /* false: not 8 bytes */

#endif
