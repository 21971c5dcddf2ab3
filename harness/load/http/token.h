/* Tokens that tell when they end: JSON Web Tokens (RFC 7519). Nothing is verified. Pure. */
#ifndef LOAD_TOKEN_H
#define LOAD_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The second since 1970 from which on a token is worth nothing (its exp). False: the text is no
 * such token, or does not tell. */
bool token_expiry(const char *text, size_t length, int64_t *ret_second);

#endif
