/* links: model */
#include <criterion/criterion.h>
#include <string.h>

#include "model/login.h"

/* As servers and drivers say it; and words that only look alike. */
Test(login, is_told_by_the_servers_words)
{
    static const struct {
        const char *log;
        bool refused;
    } table[] = {
        {"psycopg2.OperationalError: FATAL:  password authentication failed for user \"shop\"",
         true},
        {"FATAL: role \"shop\" does not exist", true},
        {"FATAL: database \"shop\" does not exist (SQLSTATE 3D000)", true},
        {"no pg_hba.conf entry for host \"127.0.0.1\"", true},
        {"Access denied for user 'shop'@'localhost' (using password: YES)", true},
        {"Unknown database 'shop'", true},
        {"ERROR: relation \"coupon\" does not exist", false},
        {"the role \"shop\" is new", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *advice = login_advise(table[i].log);
        cr_expect_eq(advice != NULL, table[i].refused, "%s", table[i].log);
        cr_expect(!advice || strstr(advice, "DATABASE_URL"), "%s", advice);
    }
}
