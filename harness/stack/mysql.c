/* MySQL: never of the run's own; only emptied, where the scenario says so. */
#include <mysql.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "client/mysql_client.h"
#include "stack/inside.h"
#include "stack/resets.h"

#define CONNECT_WAIT (5 * NS_PER_S)
#define ANSWER_WAIT  (30 * NS_PER_S)

static bool is_missing(unsigned code)
{
    enum { UNKNOWN_TABLE = 1051, NO_SUCH_TABLE = 1146 };
    return code == UNKNOWN_TABLE || code == NO_SUCH_TABLE;
}

static int open_link(const struct place *place, MYSQL **ret_link, struct err *err)
{
    *ret_link = mysql_client_open(spec_mysql(place->scenario), CONNECT_WAIT, ANSWER_WAIT, err);
    return *ret_link ? 0 : err_prefix(err, "MySQL");
}

static int run(MYSQL *link, const char *text, struct resets *resets, struct err *err)
{
    log_info("stack", "MySQL: %s", text);
    bool failed = mysql_query(link, text) != 0;
    if (failed && is_missing(mysql_errno(link)) &&
        resets_may_miss(resets, false, mysql_error(link)))
        return 0;
    if (failed)
        return err_set(err, ERR_ENVIRONMENT, "MySQL: %s", mysql_error(link));
    MYSQL_RES *rows = mysql_store_result(link);
    if (rows)
        mysql_free_result(rows);
    return 0;
}

int mysql_reset(const struct place *place, struct err *err)
{
    struct resets resets = resets_of(place, "mysql", false);
    const char *text;
    _cleanup_(mysql_client_close) MYSQL *link = NULL;
    if (!spec_mysql(place->scenario) || !resets_any(place, "mysql", false))
        return 0;
    if (open_link(place, &link, err))
        return -(int)err->code;
    int result = server_may_reset(place, "mysql", (int)mysql_get_socket(link), err);
    /* Whatever the server's default is, what is emptied stays emptied. */
    if (result == 0 && mysql_autocommit(link, 1))
        result = err_set(err, ERR_ENVIRONMENT, "MySQL: %s", mysql_error(link));
    while (result == 0 && (text = resets_next(&resets)))
        result = run(link, text, &resets, err);
    return result ? resets_blame(&resets, err) : 0;
}

/* What names the same table as a command does, and changes nothing; of others nothing is known. */
static bool harmless(const char *text, char *ret_sql, size_t size)
{
    static const char *const explained[] = {"DELETE", "UPDATE", "INSERT", "REPLACE"};
    char word[16] = "", table[8] = "";
    int used = 0;
    sscanf(text, " %15[A-Za-z] %n", word, &used);
    for (size_t i = 0; i < sizeof explained / sizeof *explained; i++)
        if (!strcasecmp(word, explained[i]))
            return (size_t)snprintf(ret_sql, size, "EXPLAIN %s", text) < size;
    if (strcasecmp(word, "TRUNCATE") != 0)
        return false;
    const char *name = text + used;
    if (sscanf(name, "%7[A-Za-z] %n", table, &used) == 1 && !strcasecmp(table, "TABLE"))
        name += used;
    return (size_t)snprintf(ret_sql, size, "SELECT 1 FROM %.*s LIMIT 0",
                            (int)strcspn(name, "; \t\n"), name) < size;
}

int mysql_missed(const struct place *place, struct err *err)
{
    struct resets resets = resets_of(place, "mysql", true);
    const char *text;
    char sql[1024];
    _cleanup_(mysql_client_close) MYSQL *link = NULL;
    if (open_link(place, &link, err))
        return -(int)err->code;
    while ((text = resets_next(&resets))) {
        bool missing = harmless(text, sql, sizeof sql) && mysql_query(link, sql) != 0 &&
                       is_missing(mysql_errno(link));
        if (missing) {
            err_set(err, ERR_ENVIRONMENT, "MySQL: %s", mysql_error(link));
            return resets_blame(&resets, err);
        }
        MYSQL_RES *rows = mysql_store_result(link);
        if (rows)
            mysql_free_result(rows);
    }
    return 0;
}
