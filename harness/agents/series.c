#include "agents/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agents/pulse.h"

#define RENEW    NS_PER_S
#define TTL_TEXT "6"
/* So long it may be read that it is over. */
#define OVER_TEXT "5"
#define OVER      " over"

struct series {
    struct board_place place;
    struct board board; /* of who opens and closes */
    struct pulse *pulse;
    char name[SERIES_NAME];
    ns_t renewed; /* @thread pulse */
};

/* @thread pulse */
static void renew(void *context, struct board *board, ns_t now)
{
    struct series *series = context;
    char key[BOARD_KEY_MAX];
    if (now - series->renewed >= RENEW &&
        board_tell(board, 5,
                   (const char *[]){"SET", board_key(&series->place, key, "series"), series->name,
                                    "EX", TTL_TEXT}))
        series->renewed = now;
}

/* One that has crashed is gone after a while. */
static int take(struct series *series, struct err *err)
{
    char key[BOARD_KEY_MAX];
    ns_t give_up = clock_now() + 8 * NS_PER_S;
    board_key(&series->place, key, "series");
    while (!board_tell(&series->board, 6,
                       (const char *[]){"SET", key, series->name, "NX", "EX", TTL_TEXT})) {
        if (clock_now() > give_up)
            return err_set(
                err, ERR_USAGE, "session %s has a coordinator already%s%s: --session another-name",
                series->place.session, *series->board.why ? ", or " : "", series->board.why);
        clock_sleep_until(clock_now() + 100 * NS_PER_MS);
    }
    return 0;
}

static void free_series(struct series *series)
{
    pulse_stop(series->pulse);
    board_close(&series->board);
    free(series);
}

int series_open(const char *url, const char *session, struct series **ret_series, struct err *err)
{
    uint64_t number;
    int rc = board_check_session(session, err);
    struct series *series = rc ? NULL : calloc(1, sizeof *series);
    if (!series)
        return rc ? rc : err_set(err, ERR_MEMORY, "out of memory");
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        rc = err_set(err, ERR_ENVIRONMENT, "the kernel gives no random numbers");
    snprintf(series->name, sizeof series->name, "%016" PRIx64, number);
    series->place.url = url;
    snprintf(series->place.session, sizeof series->place.session, "%s", session);
    if (!rc)
        rc = board_meet(&series->place, err);
    board_init(&series->board, &series->place);
    if (!rc)
        rc = take(series, err);
    const struct pulse_settings pulse = {&series->place, renew, series};
    if (!rc)
        rc = pulse_start(&pulse, &series->pulse, err);
    if (rc)
        free_series(series);
    else
        *ret_series = series;
    return rc;
}

const char *series_name(const struct series *series)
{
    return series->name;
}

void series_close(struct series *series)
{
    char key[BOARD_KEY_MAX], value[SERIES_NAME + sizeof OVER];
    if (!series)
        return;
    pulse_stop(series->pulse);
    series->pulse = NULL;
    snprintf(value, sizeof value, "%s" OVER, series->name);
    (void)board_tell(
        &series->board, 5,
        (const char *[]){"SET", board_key(&series->place, key, "series"), value, "EX", OVER_TEXT});
    free_series(series);
}

enum series_state series_read(const char *value, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(value, name, length) != 0)
        return SERIES_GONE;
    return !value[length] ? SERIES_ON : !strcmp(value + length, OVER) ? SERIES_OVER : SERIES_GONE;
}
