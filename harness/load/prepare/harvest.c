#include "load/prepare/harvest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "load/http/token.h"

#define BYTES_MAX ((size_t)1 << 40)

/* Half of what is free: the values stand in the request's texts once more. */
static size_t free_room(void)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/meminfo", "re");
    char line[256];
    unsigned long long kilobytes;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
            return (size_t)(kilobytes * 1024 / 2);
    return BYTES_MAX;
}

bool harvest_wants_cookies(const struct scenario *scenario)
{
    const struct spec_decide *decide = scenario->decide;
    bool any = scenario->request.cookies || (decide && spec_decide_asks(decide)->cookies) ||
               (decide && decide->then && decide->then->cookies);
    for (unsigned i = 0; i < scenario->prepare_count; i++)
        any |= scenario->prepare[i].request.cookies;
    return any;
}

static void add_name(struct harvest *harvest, size_t column, const char *name)
{
    harvest->offsets[column] = harvest->bytes.used;
    (void)buf_add(&harvest->bytes, name, strlen(name) + 1);
}

int harvest_init(struct harvest *harvest, const struct scenario *scenario, size_t users,
                 struct err *err)
{
    *harvest = (struct harvest){.users = users, .room = free_room()};
    buf_init(&harvest->bytes, BYTES_MAX);
    bool cookies = harvest_wants_cookies(scenario);
    for (unsigned s = 0; s < scenario->prepare_count; s++)
        harvest->columns += scenario->prepare[s].capture_count;
    harvest->columns += cookies;
    harvest->offsets = calloc((users + 1) * harvest->columns + 1, sizeof *harvest->offsets);
    size_t column = 0;
    for (unsigned s = 0; harvest->offsets && s < scenario->prepare_count; s++)
        for (unsigned i = 0; i < scenario->prepare[s].capture_count; i++)
            add_name(harvest, column++, scenario->prepare[s].capture[i].name);
    if (harvest->offsets && cookies)
        add_name(harvest, column, HARVEST_COOKIES);
    harvest->names = harvest->bytes.used;
    if (harvest->offsets && !harvest->bytes.failed)
        return 0;
    harvest_free(harvest);
    return err_set(err, ERR_ENVIRONMENT, "prepare: no memory for what %zu users capture", users);
}

void harvest_free(struct harvest *harvest)
{
    buf_free(&harvest->bytes);
    free(harvest->offsets);
    *harvest = (struct harvest){0};
}

const char *harvest_name(const struct harvest *harvest, size_t column)
{
    return buf_text(&harvest->bytes) + harvest->offsets[column];
}

static void note_expiry(struct harvest *harvest, size_t column, const char *text, int64_t user)
{
    int64_t second;
    if (!token_expiry(text, strlen(text), &second) ||
        (harvest->expires && harvest->expires <= second))
        return;
    harvest->expires = second;
    harvest->whose = user;
    harvest->token = column;
}

static int refuse(const struct harvest *harvest, size_t used, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT,
                   "prepare: what %zu users capture needs about %zu MB, and %zu MB are free: "
                   "capture less (one user brought %zu bytes), or send fewer requests",
                   harvest->users, 2 * used * harvest->users >> 20, 2 * harvest->room >> 20, used);
}

int harvest_keep(struct harvest *harvest, size_t row, int64_t user, const char *const *values,
                 struct err *err)
{
    size_t before = harvest->bytes.used, *offsets = harvest->offsets + (row + 1) * harvest->columns;
    for (size_t column = 0; column < harvest->columns; column++) {
        note_expiry(harvest, column, values[column], user);
        offsets[column] = harvest->bytes.used;
        (void)buf_add(&harvest->bytes, values[column], strlen(values[column]) + 1);
    }
    size_t used = harvest->bytes.used - before;
    bool first = before == harvest->names;
    if (harvest->bytes.failed || harvest->bytes.used > harvest->room ||
        (first && used > harvest->room / harvest->users))
        return refuse(harvest, used, err);
    return 0;
}

int harvest_table(struct harvest *harvest, struct feeder *ret_table, struct err *err)
{
    size_t count = (harvest->users + 1) * harvest->columns;
    struct feeder table = {.columns = harvest->columns, .rows = harvest->users};
    table.cells = calloc(count + 1, sizeof *table.cells);
    table.bytes = buf_add(&harvest->bytes, "", 1) ? NULL : buf_steal(&harvest->bytes);
    if (!table.cells || !table.bytes) {
        feeder_free(&table);
        return err_set(err, ERR_ENVIRONMENT, "prepare: no memory for what %zu users captured",
                       harvest->users);
    }
    for (size_t i = 0; i < count; i++)
        table.cells[i] = table.bytes + harvest->offsets[i];
    *ret_table = table;
    return 0;
}
