/* Postgres, one connection a thread. A store that is gone ends the program. */
#ifndef FAULTY_SQL_H
#define FAULTY_SQL_H

#include <stdint.h>

struct pg_conn;

struct pg_conn *sql_open(const char *url); /* makes the tables when they are not there */

/* The first value of the first row as an integer; 0 when there is none. */
int64_t sql_ask(struct pg_conn *sql, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
