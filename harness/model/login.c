#include "model/login.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The words that Postgres and MySQL say to who has another user, password or database in its code;
 * both, where there are two, in this order. */
static const char *const refusals[][2] = {
    {"role \"", "\" does not exist"},       {"database \"", "\" does not exist"},
    {"password authentication failed", ""}, {"no pg_hba.conf entry for", ""},
    {"Access denied for user", ""},         {"Unknown database", ""},
};

const char *login_advise(const char *log)
{
    bool refused = false;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const char *at = strstr(log, refusals[i][0]);
        refused |= at && strstr(at, refusals[i][1]);
    }
    return refused ? "a private database has a user, a password and a name of its own: let the "
                     "service take them from DATABASE_URL (or PGUSER, MYSQL_USER …), or say those "
                     "of its code: stack: {postgres_as: postgresql://app:secret@localhost/shop}, "
                     "or mysql_as"
                   : NULL;
}
