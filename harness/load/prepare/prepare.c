#include "load/prepare/prepare.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/mask.h"
#include "base/rng.h"
#include "base/units.h"
#include "load/http/target.h"
#include "load/http/template.h"
#include "load/prepare/failures.h"
#include "load/prepare/harvest.h"
#include "load/prepare/step.h"

enum {
    STEPS_MAX = 16,
    VALUES_MAX = 512,      /* of one user, over all steps */
    FAILURES_ENOUGH = 100, /* more of them tell nothing new */
    VALUE_BYTES_MAX = 64 * 1024,
    LEARNED_USERS =
        2000 /* whose tokens are masked wherever they turn up: as with a feeder's rows */
};

#define TICK (100 * NS_PER_MS)

/* One preparation under way; what workers share is guarded by the lock, or atomic. */
struct preparation {
    const struct prepare_settings *settings;
    size_t users; /* of the share */
    struct step steps[STEPS_MAX];
    unsigned steps_count;
    struct feeder feeder; /* of the rush's request: its columns are filled in here too */
    struct target target; /* of the rush's request: whose cookies it gets */
    const char *path;
    bool cookies;
    ns_t began;
    atomic_size_t next, done;
    atomic_bool stop;
    pthread_mutex_t lock;
    struct harvest harvest;
    struct failures failures;
    struct err err; /* of ours: it ends the preparation */
};

/* One worker's: a session, and the values of the user that it is at. */
struct worker {
    struct preparation *all;
    struct session session;
    struct fill_value values[VALUES_MAX];
    struct rng rng;
};

/* ---- what a user brings ---- */

static void stop_for(struct preparation *all, const struct err *err)
{
    if (!all->err.code)
        all->err = *err;
    atomic_store(&all->stop, true);
}

static int keep(struct worker *worker, size_t row, int64_t user, const char *cookies,
                struct err *err)
{
    struct preparation *all = worker->all;
    const char *values[VALUES_MAX + 1];
    size_t count = 0;
    char name[ROSTER_TEXT];
    roster_text(all->settings->roster, user, name);
    for (unsigned s = 0; s < all->steps_count; s++)
        for (unsigned i = 0; i < all->steps[s].extracts_count; i++, count++) {
            values[count] = buf_text(&worker->values[count].text);
            if (row < LEARNED_USERS)
                extract_learn(&all->steps[s].extracts[i], values[count], name);
        }
    if (row < LEARNED_USERS)
        extract_learn_cookies(cookies, name);
    values[count] = cookies;
    return harvest_keep(&all->harvest, row, user, values, err);
}

static int take_cookies(struct worker *worker, struct buf *ret_text, struct err *err)
{
    const struct preparation *all = worker->all;
    const struct jar_place place = {.host = all->target.host,
                                    .path = all->path,
                                    .tls = all->target.tls,
                                    .now = clock_wall_ns() / NS_PER_S};
    return all->cookies ? session_cookies(&worker->session, &place, ret_text, err) : 0;
}

static void note_failure(struct worker *worker, unsigned step, int64_t user, const struct err *err)
{
    struct preparation *all = worker->all;
    struct failure failure = {.step = step, .status = worker->session.status, .user = user};
    snprintf(failure.cause, sizeof failure.cause, "%.*s", (int)sizeof failure.cause - 1,
             err->message);
    snprintf(failure.sample, sizeof failure.sample, "%s", worker->session.sample);
    failures_add(&all->failures, &failure);
    if (all->failures.count >= FAILURES_ENOUGH)
        atomic_store(&all->stop, true);
}

static int run_steps(struct worker *worker, struct fill *fill, unsigned *ret_step, struct err *err)
{
    const struct preparation *all = worker->all;
    size_t value = 0;
    int rc = 0;
    for (unsigned s = 0; s < all->steps_count && !rc; s++) {
        *ret_step = s;
        rc = step_run(&all->steps[s], &worker->session, fill, worker->values + value, err);
        value += all->steps[s].extracts_count;
    }
    return rc;
}

static void serve_user(struct worker *worker, size_t row)
{
    struct preparation *all = worker->all;
    char name[ROSTER_TEXT], uuid[TEMPLATE_UUID_SIZE];
    int64_t user = roster_user(all->settings->roster, row);
    _cleanup_(buf_free) struct buf cookies;
    buf_init(&cookies, VALUE_BYTES_MAX);
    roster_text(all->settings->roster, user, name);
    template_make_uuid(&worker->rng, uuid);
    struct fill fill = {.who = {all->settings->roster, user},
                        .user = name,
                        .feeder = &all->feeder,
                        .row = row,
                        .values = worker->values,
                        .values_count = all->harvest.columns - all->cookies,
                        .uuid = uuid,
                        .seq = row};
    struct err err = {0};
    unsigned step = 0;
    for (size_t i = 0; i < fill.values_count; i++)
        worker->values[i].known = false;
    session_forget(&worker->session);
    int rc = run_steps(worker, &fill, &step, &err);
    if (!rc)
        rc = take_cookies(worker, &cookies, &err);
    pthread_mutex_lock(&all->lock);
    if (rc && err.code == ERR_MEMORY)
        stop_for(all, &err);
    else if (rc && !atomic_load(&all->stop))
        note_failure(worker, step, user, &err);
    else if (!rc && keep(worker, row, user, buf_text(&cookies), &err))
        stop_for(all, &err);
    pthread_mutex_unlock(&all->lock);
    atomic_fetch_add(&all->done, 1);
}

/* ---- workers ---- */

/* Users begin at a steady rate, whichever worker takes them. */
static void await_turn(const struct preparation *all, size_t row)
{
    int64_t rate = all->settings->scenario->preparing.rate;
    if (rate)
        rate = (int64_t)share_part(&all->settings->share, (size_t)rate);
    ns_t turn = rate ? all->began + (ns_t)row * NS_PER_S / rate : 0;
    for (ns_t now = clock_now(); now < turn && !atomic_load(&all->stop); now = clock_now())
        clock_sleep_until(now + TICK < turn ? now + TICK : turn);
}

/* Rows are those of all users, whoever prepares them. */
static size_t row_of(const struct share *share, size_t turn)
{
    return share_is_part(share) ? share->rank + turn * share->size : turn;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct preparation *all = worker->all;
    while (!atomic_load(&all->stop)) {
        size_t turn = atomic_fetch_add(&all->next, 1);
        if (turn >= all->users)
            break;
        await_turn(all, turn);
        if (!atomic_load(&all->stop))
            serve_user(worker, row_of(&all->settings->share, turn));
    }
    return NULL;
}

static void name_values(struct worker *worker)
{
    const struct preparation *all = worker->all;
    size_t value = 0;
    for (unsigned s = 0; s < all->steps_count; s++)
        for (unsigned i = 0; i < all->steps[s].extracts_count; i++, value++) {
            worker->values[value].name = all->steps[s].extracts[i].name;
            buf_init(&worker->values[value].text, VALUE_BYTES_MAX);
        }
}

static void free_worker(struct worker *worker)
{
    session_close(&worker->session);
    for (size_t i = 0; i < VALUES_MAX; i++)
        buf_free(&worker->values[i].text);
}

/* Ticks until all users are served, or the workers have stopped. */
static void watch(struct preparation *all)
{
    const struct prepare_settings *settings = all->settings;
    while (atomic_load(&all->done) < all->users && !atomic_load(&all->stop)) {
        if (!settings->tick(settings->context, atomic_load(&all->done), all->users)) {
            pthread_mutex_lock(&all->lock);
            stop_for(all, &(struct err){.code = ERR_INTERRUPTED,
                                        .message = "interrupted in the preparation"});
            pthread_mutex_unlock(&all->lock);
        }
        clock_sleep_until(clock_now() + TICK);
    }
}

static int run_workers(struct preparation *all, struct err *err)
{
    size_t count = (size_t)all->settings->scenario->preparing.connections, running = 0;
    count = share_part(&all->settings->share, count);
    count = count < all->users ? count : all->users;
    _cleanup_free_ struct worker *workers = calloc(count + 1, sizeof *workers);
    _cleanup_free_ pthread_t *threads = calloc(count + 1, sizeof *threads);
    int rc = workers && threads ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    all->began = clock_now();
    for (; running < count && !rc; running++) {
        struct worker *worker = &workers[running];
        worker->all = all;
        rng_seed(&worker->rng, (uint64_t)all->settings->scenario->seed + running);
        name_values(worker);
        rc = session_open(&worker->session, all->cookies, &all->stop, err);
        int failed = rc ? 0 : pthread_create(&threads[running], NULL, work, worker);
        if (failed)
            rc = err_errno(err, ERR_ENVIRONMENT, failed, "cannot start a thread of prepare");
        if (rc) {
            free_worker(worker);
            break;
        }
    }
    if (rc)
        atomic_store(&all->stop, true);
    else
        watch(all);
    for (size_t i = 0; i < running; i++) {
        pthread_join(threads[i], NULL);
        free_worker(&workers[i]);
    }
    return rc;
}

/* ---- before and after ---- */

static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strpbrk(host + 3, "/?#") : NULL;
    return path && *path == '/' ? path : "/";
}

static int open_all(struct preparation *all, struct err *err)
{
    const struct prepare_settings *settings = all->settings;
    const struct scenario *scenario = settings->scenario;
    const struct spec_feeder *feeder = settings->rush->feeder;
    int rc = target_parse(settings->rush->url, &all->target, err);
    if (!rc && feeder)
        rc = feeder_open(settings->dir, feeder->file, &all->feeder, err);
    for (unsigned i = 0; i < scenario->prepare_count && !rc; i++) {
        rc = step_compile(&scenario->prepare[i], &settings->requests[i], settings->dir,
                          &all->steps[i], err);
        if (rc)
            return err_prefix(err, "prepare.%u", i);
        all->steps_count++;
    }
    all->path = path_of(settings->rush->url);
    all->cookies = harvest_wants_cookies(scenario);
    return rc ? rc : harvest_init(&all->harvest, scenario, settings->users, err);
}

static void close_all(struct preparation *all)
{
    for (unsigned i = 0; i < all->steps_count; i++)
        step_free(&all->steps[i]);
    feeder_free(&all->feeder);
    harvest_free(&all->harvest);
    pthread_mutex_destroy(&all->lock);
}

/* Logging in is dear: hashes of passwords, a connection each. */
static const char *advice_on(const struct preparation *all, const struct failure *most)
{
    bool overrun = !most->status || most->status >= 500;
    return overrun && all->settings->scenario->preparing.connections > 1
               ? "; if it is asked by too many at a time: preparing: {connections: 2}"
               : "";
}

static int say_failures(const struct preparation *all, struct err *err)
{
    const struct failures *failures = &all->failures;
    const struct failure *most = failures_most(failures);
    const struct spec_request *request = all->steps[most->step].request;
    size_t done = atomic_load(&all->done), users = all->users;
    char causes[384], rest[64] = "", came[320] = "nothing came back";
    struct roster_name name;
    if (done < users)
        snprintf(rest, sizeof rest, " (of %zu; the others were not tried)", users);
    if (most->status)
        snprintf(came, sizeof came, "status %ld%s%s", most->status, *most->sample ? ": " : "",
                 most->sample);
    err_set(
        err, ERR_ENVIRONMENT,
        "prepare: %zu of %zu users%s could not be prepared: %s; the first, %s, by %s %.120s: %s%s",
        failures->count, done, rest, failures_spell(failures, causes, sizeof causes),
        roster_name(all->settings->roster, most->user, &name), request->method, request->url, came,
        advice_on(all, most));
    mask_sentence_here(err->message, sizeof err->message);
    return -(int)ERR_ENVIRONMENT;
}

static int finish(struct preparation *all, struct prepared *ret_prepared, struct err *err)
{
    struct harvest *harvest = &all->harvest;
    struct prepared prepared = {
        .took = clock_now() - all->began, .expires = harvest->expires, .whose = harvest->whose};
    char span[32];
    if (all->err.code) {
        *err = all->err;
        return -(int)err->code;
    }
    if (all->failures.count)
        return say_failures(all, err);
    if (harvest->expires)
        snprintf(prepared.token, sizeof prepared.token, "%s",
                 harvest_name(harvest, harvest->token));
    int rc = harvest_table(harvest, &prepared.table, err);
    if (rc)
        return rc;
    log_info("prepare", "%zu users in %s", all->users,
             units_format_duration(prepared.took, span, sizeof span));
    *ret_prepared = prepared;
    return 0;
}

int prepare_columns(const struct scenario *scenario, struct feeder *ret_table, struct err *err)
{
    _cleanup_(harvest_free) struct harvest harvest = {0};
    int rc = harvest_init(&harvest, scenario, 0, err);
    return rc ? rc : harvest_table(&harvest, ret_table, err);
}

int prepare_run(const struct prepare_settings *settings, struct prepared *ret_prepared,
                struct err *err)
{
    struct preparation *all = calloc(1, sizeof *all);
    if (!all)
        return err_set(err, ERR_MEMORY, "out of memory");
    all->settings = settings;
    all->users = share_count(&settings->share, settings->users);
    pthread_mutex_init(&all->lock, NULL);
    int rc = open_all(all, err);
    log_info("prepare", "begins with %zu users", all->users);
    if (!rc)
        rc = run_workers(all, err);
    if (!rc)
        rc = finish(all, ret_prepared, err);
    close_all(all);
    free(all);
    return rc;
}

void prepared_forget(struct prepared *prepared)
{
    feeder_free(&prepared->table);
}
