/* MySQL: never of the run's own; only emptied, where the scenario says so. */
#include <mysql.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "client/mysql_client.h"
#include "stack/inside.h"

#define CONNECT_WAIT (5 * NS_PER_S)
#define ANSWER_WAIT  (30 * NS_PER_S)

static bool is_missing(unsigned code)
{
    enum { UNKNOWN_TABLE = 1051, NO_SUCH_TABLE = 1146 };
    return code == UNKNOWN_TABLE || code == NO_SUCH_TABLE;
}

static int run(MYSQL *link, const char *text, bool missing_is_fine, struct err *err)
{
    log_info("stack", "external MySQL: %s", text);
    bool failed = mysql_query(link, text) != 0;
    if (failed && missing_is_fine && is_missing(mysql_errno(link)))
        return 0;
    if (failed)
        return err_set(err, ERR_ENVIRONMENT, "MySQL: %s: %s", text, mysql_error(link));
    MYSQL_RES *rows = mysql_store_result(link);
    if (rows)
        mysql_free_result(rows);
    return 0;
}

int mysql_reset(const struct place *place, struct err *err)
{
    const char *url = spec_mysql(place->scenario), *text;
    unsigned at = 0;
    if (!url || !(text = server_next_reset(place, "mysql", &at)))
        return 0;
    _cleanup_(mysql_client_close) MYSQL *link =
        mysql_client_open(url, CONNECT_WAIT, ANSWER_WAIT, err);
    if (!link)
        return err_prefix(err, "MySQL");
    int result = server_may_reset(place, "mysql", (int)mysql_get_socket(link), err);
    /* Whatever the server's default is, what is emptied stays emptied. */
    if (result == 0 && mysql_autocommit(link, 1))
        result = err_set(err, ERR_ENVIRONMENT, "MySQL: %s", mysql_error(link));
    for (; result == 0 && text; text = server_next_reset(place, "mysql", &at))
        result = run(link, text, place->new, err);
    return result;
}
