#include "stack/proxy.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/uri.h"
#include "model/way.h"
#include "stack/detour.h"
#include "stack/logfile.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/transcript.h"

#define ANSWER_TIMEOUT (30 * NS_PER_S) /* it answers within a millisecond on a machine at rest */
#define ANSWER_MAX     ((size_t)1 << 20)

int proxy_start(struct proxy *proxy, const struct place *place, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    int result = lookup_program("rushproof-proxy", place->program_dir, NULL, &program, err);
    if (result)
        return result;
    child_init(&proxy->child, place->launcher, "proxy");
    proxy->halt = place->halt;
    snprintf(proxy->dir, sizeof proxy->dir, "%s/between", launcher_dir(place->launcher));
    if (mkdir(proxy->dir, 0700) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make %s", proxy->dir);
    snprintf(proxy->journal, sizeof proxy->journal, "%s/journal", proxy->dir);
    texts_add(&proxy->child.argv, program);
    texts_add(&proxy->child.argv, "--journal");
    texts_add(&proxy->child.argv, proxy->journal);
    texts_environment(&proxy->child.env);
    proxy->child.dir = strdup("/");
    proxy->child.wants_talk = true;
    result = child_log(&proxy->child, place->logs, err);
    return result ? result : child_start(&proxy->child, err);
}

void proxy_free(struct proxy *proxy)
{
    if (proxy_is_there(proxy))
        child_free(&proxy->child);
    free(proxy->doors);
    *proxy = (struct proxy){0};
}

/* Does the last line that came say that the answer is whole? */
static bool is_whole(const struct buf *answer, const char **ret_last)
{
    const char *text = buf_text(answer);
    if (!answer->used || text[answer->used - 1] != '\n')
        return false;
    const char *last = text + answer->used - 1;
    while (last > text && last[-1] != '\n')
        last--;
    *ret_last = last;
    return !strncmp(last, "ok", 2) || !strncmp(last, "error:", 6);
}

static int hear(struct proxy *proxy, struct buf *answer, const char **ret_last, struct err *err)
{
    ns_t deadline = clock_now() + ANSWER_TIMEOUT;
    struct pollfd ready = {.fd = proxy->child.talk, .events = POLLIN};
    char bytes[4096];
    while (!is_whole(answer, ret_last)) {
        int result = halt_check(proxy->halt, "waiting for the proxy", err);
        if (result)
            return result;
        ssize_t got = -1;
        int waited = poll(&ready, 1, 20);
        if (waited > 0)
            got = recv(ready.fd, bytes, sizeof bytes, 0);
        if ((waited > 0 && got <= 0) || clock_now() > deadline) {
            err_set(err, ERR_ENVIRONMENT,
                    "the proxy between the processes and their stores does not answer");
            return child_blame(&proxy->child, err);
        }
        if (got > 0 && buf_add(answer, bytes, (size_t)got))
            return err_set(err, ERR_MEMORY, "the proxy says too much");
    }
    return 0;
}

/* Sends one command. ret_answer has its lines; ret_last is the last one, without its "ok ". */
static int tell(struct proxy *proxy, const char *command, struct buf *ret_answer, char *ret_last,
                size_t size, struct err *err)
{
    const char *last = "";
    if (child_ended(&proxy->child)) {
        err_set(err, ERR_ENVIRONMENT, "the proxy between the processes and their stores has ended");
        return child_blame(&proxy->child, err);
    }
    if (send(proxy->child.talk, command, strlen(command), MSG_NOSIGNAL) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "the proxy");
    int result = hear(proxy, ret_answer, &last, err);
    if (result)
        return result;
    if (strncmp(last, "ok", 2) != 0)
        return err_set(err, ERR_ENVIRONMENT, "the proxy: %.*s", (int)strcspn(last, "\n"), last);
    last += 2 + (last[2] == ' ');
    snprintf(ret_last, size, "%.*s", (int)strcspn(last, "\n"), last);
    return 0;
}

/* A command whose last line is all that matters. */
static int tell_short(struct proxy *proxy, const char *command, char *ret_last, size_t size,
                      struct err *err)
{
    _cleanup_(buf_free) struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    return tell(proxy, command, &answer, ret_last, size, err);
}

static int add_door(struct proxy *proxy, const char *process, const char *store, struct err *err)
{
    if (proxy->doors_count == TRACE_STORES_MAX)
        return err_set(err, ERR_USAGE, "between: processes and stores make more than %d pairs",
                       TRACE_STORES_MAX);
    struct trace_door *doors =
        reallocarray(proxy->doors, proxy->doors_count + 1, sizeof *proxy->doors);
    if (!doors)
        return err_set(err, ERR_MEMORY, "out of memory");
    proxy->doors = doors;
    struct trace_door *door = &doors[proxy->doors_count++];
    *door = (struct trace_door){0};
    snprintf(door->process, sizeof door->process, "%.31s", process);
    snprintf(door->store, sizeof door->store, "%.15s", store);
    return 0;
}

/* Where the listener is to be: a unix socket where the store has one. */
static int choose_place(const struct proxy *proxy, const struct detour *detour, const char *store,
                        char *ret_place, size_t size, struct err *err)
{
    char dir[176];
    if (!detour->local) {
        snprintf(ret_place, size, "127.0.0.1:0");
        return 0;
    }
    snprintf(dir, sizeof dir, "%s/%u", proxy->dir, proxy->doors_count);
    if (mkdir(dir, 0700) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make %s", dir);
    snprintf(ret_place, size, "%s/%s", dir, detour->socket[0] ? detour->socket : store);
    return 0;
}

/* The listener's place is in ret_heard. */
static int open_door(struct proxy *proxy, const char *process, const char *store,
                     const struct detour *detour, const char *place, char *ret_heard, size_t size,
                     struct err *err)
{
    char command[2048];
    int length = snprintf(command, sizeof command, "listen %s:%s %s %s %s%s\n", process, store,
                          detour->protocol, place, detour->upstream, detour->tls);
    if (length >= (int)sizeof command)
        return err_set(err, ERR_USAGE, "the address of a store is too long");
    int result = tell_short(proxy, command, ret_heard, size, err);
    return result ? result : add_door(proxy, process, store, err);
}

static const char *const stores[] = {"redis", "postgres", "mysql", NULL};

/* Whoever connects to localhost may try ::1 first; a machine may have none. */
static int open_fixed(struct proxy *proxy, const char *process, const struct server *seen,
                      const struct detour *detour, char *ret_heard, size_t size, struct err *err)
{
    static const char *const hosts[] = {"::1", "127.0.0.1"};
    int result = 0;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char place[32];
        uri_place(hosts[i], seen->door.number, place, sizeof place);
        result = open_door(proxy, process, seen->child.name, detour, place, ret_heard, size, err);
    }
    return result;
}

static int listen_for(struct proxy *proxy, const char *store, const char *text, struct err *err)
{
    struct sockaddr_storage peer;
    struct detour detour;
    struct way way;
    char heard[256], why[128];
    int result = way_read(text, &way, err);
    if (result == 0)
        result = detour_read(store, way.upstream, &detour, err);
    if (result == 0 && detour.several)
        result = err_set(err, ERR_USAGE, "several hosts; allowed: one");
    if (result == 0 && !detour.local && !ready_tcp(detour.upstream, &peer, why, sizeof why))
        result = err_set(err, ERR_ENVIRONMENT, "%s", why);
    if (result == 0)
        result =
            open_door(proxy, TRACE_OUTSIDE, store, &detour, way.listen, heard, sizeof heard, err);
    return result ? err_prefix(err, "between.%s", store) : 0;
}

int proxy_listen(struct proxy *proxy, const struct spec_between *between, struct err *err)
{
    int result = 0;
    for (size_t i = 0; !result && stores[i]; i++) {
        const char *text = spec_between_way(between, stores[i]);
        if (text)
            result = listen_for(proxy, stores[i], text, err);
    }
    return result;
}

int proxy_lead(struct proxy *proxy, const char *process, bool keeper, struct server *seen,
               struct err *err)
{
    const char *store = seen->child.name;
    struct detour detour;
    char place[256], heard[256], url[sizeof seen->user_url];
    if (!seen->user_url[0] || !detour_knows(store))
        return 0;
    int result = detour_read(store, seen->user_url, &detour, err);
    if (result)
        return err_prefix(err, "stack.%s", store);
    if (detour.several) { /* it goes where it likes, and nobody sees it */
        snprintf(proxy->around, sizeof proxy->around,
                 "stack.%s names several hosts, of which a client chooses", store);
        return 0;
    }
    if (keeper && seen->door.number)
        result = open_fixed(proxy, process, seen, &detour, heard, sizeof heard, err);
    else if ((result = choose_place(proxy, &detour, store, place, sizeof place, err)) == 0)
        result = open_door(proxy, process, store, &detour, place, heard, sizeof heard, err);
    if (result || (result = detour_write(&detour, seen->user_url, heard, url, sizeof url, err)))
        return result;
    snprintf(seen->user_url, sizeof seen->user_url, "%s", url);
    if (!detour.local)
        seen->ports[0].number = (uint16_t)atoi(strrchr(heard, ':') + 1);
    return 0;
}

int proxy_said(struct proxy *proxy, uint64_t *ret_said, struct err *err)
{
    char heard[64];
    int result = tell_short(proxy, "flush\n", heard, sizeof heard, err);
    if (result == 0)
        *ret_said = strtoull(heard, NULL, 10);
    return result;
}

int proxy_mark(struct proxy *proxy, struct err *err)
{
    return proxy_said(proxy, &proxy->from, err);
}

/* "shape 7 read statements=… at_once=3: SELECT …" */
static int take_shape(const char *line, struct trace *trace, struct err *err)
{
    unsigned number;
    char kind[24], shape[TRACE_TEXT_MAX];
    const char *text = strstr(line, ": ");
    if (!text || sscanf(line, "shape %u %23s", &number, kind) != 2 || number >= TRACE_SHAPES_MAX)
        return 0;
    int what = trace_what_find(kind);
    snprintf(shape, sizeof shape, "%.*s", (int)strcspn(text + 2, "\n"), text + 2);
    return trace_shape_set(trace, number, shape, what < 0 ? TRACE_WRITE : (enum trace_what)what,
                           err);
}

/* "around 3: it was told …" */
static void take_note(const char *line, const char *what, char *ret_text, size_t size)
{
    size_t length = strlen(what);
    const char *text = strstr(line, ": ");
    if (!strncmp(line, what, length) && line[length] == ' ' && text && !ret_text[0])
        snprintf(ret_text, size, "%.*s", (int)strcspn(text + 2, "\n"), text + 2);
}

/* "listener apply:redis /a/socket unreachable=0 open=3", in the order of the doors. */
static void take_listener(const char *line, unsigned *door, struct trace *trace)
{
    const char *open = strstr(line, " open=");
    if (!strncmp(line, "listener ", 9) && open && *door < trace->stores_count)
        trace->doors[(*door)++].open = atoi(open + 6);
}

static int read_words(struct proxy *proxy, struct trace *trace, struct err *err)
{
    _cleanup_(buf_free) struct buf answer;
    char heard[64];
    unsigned door = 0;
    buf_init(&answer, ANSWER_MAX);
    int result = tell(proxy, "shapes\n", &answer, heard, sizeof heard, err);
    for (const char *line = buf_text(&answer); !result && *line;) {
        result = take_shape(line, trace, err);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    buf_clear(&answer);
    if (result == 0)
        result = tell(proxy, "stats\n", &answer, heard, sizeof heard, err);
    for (const char *line = buf_text(&answer); !result && *line;) {
        take_note(line, "around", trace->around, sizeof trace->around);
        take_note(line, "blind", trace->blind, sizeof trace->blind);
        take_listener(line, &door, trace);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return result;
}

/* "postgres", or where several processes have ways of their own, "postgres at apply". */
static int name_doors(const struct proxy *proxy, struct trace *trace, struct err *err)
{
    trace->doors = calloc(proxy->doors_count + 1, sizeof *trace->doors);
    if (!trace->doors)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < proxy->doors_count; i++) {
        const struct trace_door *door = &proxy->doors[i];
        bool several = strcmp(door->process, proxy->doors[0].process) != 0 ||
                       strcmp(door->process, proxy->doors[proxy->doors_count - 1].process) != 0;
        trace->doors[i] = *door;
        snprintf(trace->stores[i], sizeof trace->stores[i], several ? "%.15s at %.27s" : "%.15s",
                 door->store, door->process);
    }
    trace->stores_count = proxy->doors_count;
    return 0;
}

int proxy_read(struct proxy *proxy, struct trace *ret_trace, struct err *err)
{
    struct trace trace = {0};
    uint64_t to;
    int result = proxy_said(proxy, &to, err);
    if (result == 0)
        result = transcript_read(proxy->journal, proxy->from, to, &trace, err);
    if (result)
        return result;
    result = name_doors(proxy, &trace, err);
    snprintf(trace.around, sizeof trace.around, "%s", proxy->around);
    if (result == 0)
        result = read_words(proxy, &trace, err);
    if (result)
        trace_free(&trace);
    else
        *ret_trace = trace;
    return result;
}

/* Whose answers, one step after the other. */
static int tell_answers(struct proxy *proxy, const struct spec_hold *hold, struct err *err)
{
    char command[TRACE_TEXT_MAX + 16], heard[64];
    int result = tell_short(proxy, "release\n", heard, sizeof heard, err);
    for (unsigned i = 0; result == 0 && hold && i < hold->answers_count; i++) {
        snprintf(command, sizeof command, "answers %.*s\n", TRACE_TEXT_MAX - 1, hold->answers[i]);
        result = tell_short(proxy, command, heard, sizeof heard, err);
    }
    return result;
}

int proxy_hold(struct proxy *proxy, const struct spec_hold *hold, struct err *err)
{
    char command[160], heard[64];
    int result = tell_answers(proxy, hold, err);
    if (result || !hold)
        return result;
    snprintf(command, sizeof command,
             "hold answers %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", hold->together,
             hold->quiet / NS_PER_US, hold->deadline / NS_PER_US, hold->budget / NS_PER_US);
    return tell_short(proxy, command, heard, sizeof heard, err);
}

int proxy_held(struct proxy *proxy, int64_t *ret_held, struct err *err)
{
    char heard[64];
    int result = tell_short(proxy, "held\n", heard, sizeof heard, err);
    if (result == 0)
        *ret_held = strtoll(heard, NULL, 10);
    return result;
}
