#include "agents/member.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "agents/member_inside.h"
#include "agents/message.h"
#include "base/mask.h"
#include "load/load.h"
#include "scenario/scenario.h"

#define TELL      (100 * NS_PER_MS)
#define LAST_WORD (2 * NS_PER_S)
#define LOOK      (10 * NS_PER_MS)

/* ---- what it says ---- */

bool member_stopping(const struct member *member)
{
    return member->settings->stop && *member->settings->stop;
}

void member_say(const struct member *member, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (member->settings->say)
        member->settings->say(member->settings->context, text);
}

int member_tell_text(struct member *member, const char *kind, char *text, struct err *err)
{
    int rc = text ? outbox_put(member->outbox, kind, text, strlen(text), err)
                  : err_set(err, ERR_MEMORY, "no memory for a message to the coordinator");
    free(text);
    return rc;
}

int member_tell(struct member *member, const char *kind, json_t *body, struct err *err)
{
    return member_tell_text(member, kind, message_of(body), err);
}

void member_progress(struct member *member)
{
    const struct progress *progress = engine_part_progress(member->engine);
    struct err err;
    ns_t now = clock_now();
    if (now - member->told < TELL)
        return;
    member->told = now;
    (void)!member_tell(member, "progress",
                       json_pack("{s:I,s:I,s:I,s:I}", "planned",
                                 (json_int_t)atomic_load(&progress->planned), "staged",
                                 (json_int_t)atomic_load(&progress->staged), "released",
                                 (json_int_t)atomic_load(&progress->released), "answered",
                                 (json_int_t)atomic_load(&progress->answered)),
                       &err);
}

/* ---- the parts of its life ---- */

/* While users are prepared. */
static void listen(void *context, const struct run *run, enum run_phase phase,
                   const struct progress *progress, const struct sample *sample, const char *text)
{
    struct member *member = context;
    struct err err;
    (void)run, (void)phase, (void)progress, (void)sample;
    if (*text)
        (void)!member_tell(member, "preparing", json_pack("{s:s}", "text", text), &err);
}

static int prepare(struct member *member, struct err *err)
{
    const struct member_settings *settings = member->settings;
    const struct engine_settings engine = {.scenario_dir = settings->dir,
                                           .program_dir = settings->program_dir,
                                           .allow_hosts = (const char *const *)member->hosts,
                                           .allow_hosts_count = member->hosts_count,
                                           .stop = settings->stop,
                                           .listener = listen,
                                           .listener_context = member,
                                           .share = member->share};
    member->bare = stack_bare();
    if (!member->bare)
        return err_set(err, ERR_MEMORY, "out of memory");
    run_init(&member->result);
    member->result.scenario = member->scenario;
    return engine_part_open(member->scenario, &engine, member->bare, &member->result,
                            &member->engine, err);
}

static int tell_end(struct member *member, struct err *err)
{
    struct load *load = engine_part_load(member->engine);
    struct end_report *end = calloc(1, sizeof *end);
    int rc = end ? load_decide(load, err) : err_set(err, ERR_MEMORY, "out of memory");
    if (!rc) {
        load_answers(load, &end->answers);
        load_decisions(load, &end->decisions, &end->polled);
        load_memory(load, &end->memory);
        rc = member_tell_text(member, "end", message_end(end), err);
    }
    free(end);
    return rc;
}

static int carry_out(struct member *member, struct err *err)
{
    int rc = prepare(member, err);
    if (!rc)
        rc = member_tell(member, "ready", json_object(), err);
    if (!rc)
        member_say(member, "ready: agent %u of %u", member->share.rank + 1, member->share.size);
    for (unsigned i = 0; !rc && i < member->scenario->load_count; i++)
        rc = member_phase(member, i, err);
    return rc ? rc : tell_end(member, err);
}

static int greet(struct member *member, struct err *err)
{
    return member_tell(member, "here", json_pack("{s:s}", "name", member->host), err);
}

/* What went wrong is told in the roll call, so that it is read where people look. */
static void tell_trouble(struct member *member, const struct err *cause)
{
    char text[ERR_MESSAGE_MAX];
    struct err err;
    snprintf(text, sizeof text, "%s", cause->message);
    mask_apply_here(text, sizeof text);
    (void)!member_tell(member, "cannot",
                       json_pack("{s:i,s:s}", "code", (int)cause->code, "text", text), &err);
}

/* Until the coordinator has taken everything, or is gone. */
static bool await_empty(struct member *member, ns_t deadline)
{
    while (!outbox_is_empty(member->outbox) && clock_now() < deadline) {
        if (member_abandoned(member) || outbox_is_orphan(member->outbox))
            break;
        clock_sleep_until(clock_now() + LOOK);
    }
    return outbox_is_empty(member->outbox);
}

static int begin(struct member *member, struct err *err)
{
    const struct outbox_settings outbox = {.place = &member->place,
                                           .rank = member->share.rank,
                                           .incarnation = member->incarnation,
                                           .run = member->run,
                                           .most = OUTBOX_BYTES_MAX};
    const struct pulse_settings pulse = {&member->place, member_turn, member};
    int rc = outbox_start(&outbox, &member->outbox, err);
    return rc ? rc : pulse_start(&pulse, &member->pulse, err);
}

static int take_part(struct member *member, struct err *err)
{
    struct err learnt = {0};
    int rc = begin(member, err); /* its rank is kept from now on */
    if (rc)
        return rc;
    int unlearnt = member_learn(member, &learnt); /* a scenario that cannot be loaded is told */
    if (member->over)
        return 0;
    if (unlearnt && !*member->run) {
        *err = learnt;
        return unlearnt;
    }
    outbox_limit(member->outbox, OUTBOX_BYTES_MAX / (member->share.size ? member->share.size : 1));
    rc = greet(member, err);
    if (!rc && unlearnt) {
        rc = unlearnt;
        *err = learnt;
    }
    if (!rc)
        rc = carry_out(member, err);
    /* What the load calls an interruption may be the coordinator's. */
    if (rc && err->code == ERR_INTERRUPTED && !member_stopping(member))
        rc = err_set(err, ERR_INVALID, "the coordinator is gone, or gave the run up");
    if (rc)
        tell_trouble(member, err);
    bool taken = await_empty(member, clock_now() + (rc ? LAST_WORD : INT64_MAX / 4));
    return rc || taken ? rc
                       : err_set(err, ERR_ENVIRONMENT,
                                 "the coordinator is gone: it has not taken this agent's history");
}

static void forget(struct member *member)
{
    engine_part_close(member->engine);
    stack_bare_free(member->bare);
    pulse_stop(member->pulse);
    outbox_stop(member->outbox);
    member_give_up_rank(member);
    if (member->result.scenario)
        run_free(&member->result);
    scenario_free(member->scenario);
    for (size_t i = 0; i < member->hosts_count; i++)
        free(member->hosts[i]);
    free(member->hosts);
    pthread_mutex_destroy(&member->lock);
}

static int name_itself(struct member *member, struct err *err)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return err_set(err, ERR_ENVIRONMENT, "the kernel gives no random numbers");
    snprintf(member->incarnation, sizeof member->incarnation, "%016" PRIx64, number);
    if (gethostname(member->host, sizeof member->host - 1))
        snprintf(member->host, sizeof member->host, "?");
    return 0;
}

/* The Redis may be started after its agents. */
static int meet(struct member *member, struct err *err)
{
    ns_t give_up = clock_now() + member->settings->wait;
    int rc = board_meet(&member->place, err);
    if (rc && err->code == ERR_ENVIRONMENT && member->settings->wait > 0)
        member_say(member, "waiting for the Redis of the agents: %s", err->message);
    while (rc && err->code == ERR_ENVIRONMENT && clock_now() < give_up &&
           !member_stopping(member)) {
        clock_sleep_until(clock_now() + TELL);
        rc = board_meet(&member->place, err);
    }
    return rc;
}

/* One round, or one scenario. *past: the one before it, and then this one. */
static int run_once(const struct member_settings *settings, struct member_past *past,
                    struct err *err)
{
    struct member member = {.settings = settings, .place = {.url = settings->url}, .past = *past};
    snprintf(member.place.session, sizeof member.place.session, "%s", settings->session);
    *past = (struct member_past){0};
    int rc = name_itself(&member, err);
    if (!rc)
        rc = meet(&member, err);
    if (rc)
        return rc;
    pthread_mutex_init(&member.lock, NULL);
    rc = member_claim(&member, err);
    if (rc) {
        pthread_mutex_destroy(&member.lock);
        return rc;
    }
    if (!*member.past.series)
        member_say(&member, "rank %u of session %s", member.share.rank, member.place.session);
    rc = take_part(&member, err);
    forget(&member);
    past->rank = member.share.size ? (int64_t)member.share.rank : -1;
    memcpy(past->run, member.run, sizeof past->run);
    memcpy(past->series, member.over ? "" : member.series, sizeof past->series);
    return rc;
}

/* While there is another round to come; what went wrong in one of them is the outcome. */
int member_run(const struct member_settings *settings, struct err *err)
{
    struct member_past past = {.rank = -1};
    struct member_settings again = *settings;
    int rc = board_check_session(settings->session, err);
    if (rc)
        return rc;
    for (bool more = true; more;) {
        struct err cause = {0};
        int failed = run_once(&again, &past, &cause);
        if (failed && !rc) {
            rc = failed;
            *err = cause;
        }
        again.rank = past.rank < 0 ? settings->rank : past.rank;
        more = *past.series && cause.code != ERR_INTERRUPTED && cause.code != ERR_MEMORY;
    }
    return rc;
}
