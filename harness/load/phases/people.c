/* Who the users of a scenario are; those of a file are read from it. */
#include <string.h>

#include "base/cleanup.h"
#include "load/http/feeder.h"
#include "load/load.h"
#include "load/phases/phases.h"

struct listed {
    const struct spec_ids *ids;
    const struct feeder *feeder;
    size_t column;
};

static int find_column(struct listed *listed, struct err *err)
{
    const char *name = listed->ids->column ? listed->ids->column : "user";
    const struct feeder *feeder = listed->feeder;
    int column = feeder_column(feeder, name, strlen(name));
    char known[256] = "";
    for (size_t i = 0, used = 0; i < feeder->columns && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 feeder->cells[i]);
    if (column < 0)
        return err_set(err, ERR_USAGE, "users.ids: %s has no column %s; it has: %s",
                       listed->ids->feeder, name, known);
    listed->column = (size_t)column;
    return 0;
}

static int check_count(const struct listed *listed, size_t users, struct err *err)
{
    size_t rows = listed->feeder->rows;
    if (users == SIZE_MAX)
        return err_set(err, ERR_USAGE,
                       "users.ids: %s has %zu rows, and a closed phase that ends by its duration "
                       "takes any number of users; give it requests instead",
                       listed->ids->feeder, rows);
    if (users > rows)
        return err_set(err, ERR_USAGE,
                       "users.ids: %s has %zu row%s for %zu users; each is one user: add rows, "
                       "lower the number of requests, or let each user ask several times "
                       "(users.repeat)",
                       listed->ids->feeder, rows, rows == 1 ? "" : "s", users);
    return 0;
}

static int add_one(const struct listed *listed, size_t row, struct roster *roster, struct err *err)
{
    const char *id = feeder_cell(listed->feeder, row, listed->column);
    int64_t user;
    if (!roster_read(roster, id, strlen(id), &user))
        return err_set(err, ERR_USAGE, "users.ids: %s: row %zu calls its user '%.40s'; allowed: %s",
                       listed->ids->feeder, row + 1, id, roster_wants(roster));
    if ((size_t)user != row)
        return err_set(err, ERR_USAGE,
                       "users.ids: %s: rows %zu and %zu are of the same user, '%.40s'; allowed: "
                       "each user once",
                       listed->ids->feeder, (size_t)user + 1, row + 1, id);
    return 0;
}

static int read_listed(const struct spec_ids *ids, const char *dir, size_t users,
                       struct roster *roster, struct err *err)
{
    _cleanup_(feeder_free) struct feeder feeder = {0};
    struct listed listed = {.ids = ids, .feeder = &feeder};
    int rc = feeder_open(dir, ids->feeder, &feeder, err);
    if (!rc)
        rc = find_column(&listed, err);
    if (!rc)
        rc = check_count(&listed, users, err);
    for (size_t row = 0; !rc && row < users; row++)
        rc = add_one(&listed, row, roster, err);
    return rc;
}

int load_people(const struct scenario *scenario, const char *dir, struct roster **ret_roster,
                struct err *err)
{
    const struct spec_ids *ids = &scenario->users.ids;
    struct roster *roster = roster_of(scenario);
    if (!roster)
        return err_set(err, ERR_MEMORY, "no memory for the users");
    int rc = ids->feeder ? read_listed(ids, dir, phases_users(scenario), roster, err) : 0;
    if (rc) {
        roster_free(roster);
        return rc;
    }
    roster_seal(roster);
    *ret_roster = roster;
    return 0;
}
