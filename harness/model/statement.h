/* The statements that a scenario wrote: does one only read, and where does it end. Pure. Postgres
 * takes one statement by protocol and keeps a transaction to reading, so its first word is enough;
 * MySQL lets a reading transaction write files and lock rows, so its words are looked at. Of Redis
 * commands the server knows best (store/redis_guard.h); those that are known to write are refused
 * here. */
#ifndef MODEL_STATEMENT_H
#define MODEL_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

enum dialect { DIALECT_POSTGRES, DIALECT_MYSQL, DIALECT_REDIS };

/* How much is left without the semicolons, blanks and comments at the end. */
size_t statement_length(enum dialect dialect, const char *text);

/* How much of it the first statement is, up to its semicolon or the end. */
size_t statement_first(enum dialect dialect, const char *text);

/* False: ret_why says what is wrong and what is allowed. */
bool statement_reads(enum dialect dialect, const char *text, char *ret_why, size_t size);

#endif
