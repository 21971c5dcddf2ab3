/* Finding programs. Any thread. */
#ifndef STACK_LOOKUP_H
#define STACK_LOOKUP_H

#include "base/err.h"

/* An executable file named name: in first (when not NULL), else in PATH. A name with a slash is
 * taken as it is, relative ones from base. *ret_path is absolute; the caller frees it.
 * ERR_ENVIRONMENT says where was looked. */
int lookup_program(const char *name, const char *first, const char *base, char **ret_path,
                   struct err *err) __attribute__((warn_unused_result));

/* redis-server in PATH. The caller frees *ret_path. */
int lookup_redis(char **ret_path, struct err *err) __attribute__((warn_unused_result));

/* The directory of initdb and postgres: RUSHPROOF_POSTGRES_BIN, else PATH, else the newest of
 * /usr/lib/postgresql/N/bin (Debian). The caller frees *ret_dir. */
int lookup_postgres(char **ret_dir, struct err *err) __attribute__((warn_unused_result));

/* mariadbd: of RUSHPROOF_MARIADB_BIN, else in PATH, else in the places of servers, which an
 * ordinary user's PATH has not. The caller frees *ret_path. */
int lookup_mariadb(char **ret_path, struct err *err) __attribute__((warn_unused_result));

/* rabbitmq-server, the script that does not want to be root: of RUSHPROOF_RABBITMQ_BIN, else where
 * Debian has it, else in PATH. The caller frees *ret_path. */
int lookup_rabbitmq(char **ret_path, struct err *err) __attribute__((warn_unused_result));

/* java: of JAVA_HOME, else in PATH. The caller frees *ret_path. */
int lookup_java(char **ret_path, struct err *err) __attribute__((warn_unused_result));

/* The directory of the running program; the caller frees it. */
char *lookup_own_dir(void);

#endif
