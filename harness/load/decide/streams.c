#include "load/decide/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mask.h"
#include "base/printable.h"
#include "load/net/curl_cause.h"
#include "load/net/limits.h"
#include "load/net/reactor.h"

enum {
    CONNECTING_MAX = 64, /* at once: a backlog of 128 or more is not overrun */
    SHARE = 256,         /* all in one multi handle; none is ever used again */
    RECEIVE_ROOM = 1024, /* of libcurl, a stream: the least it takes */
    CONNECT_MS = 10000,
    FILES_SPARE = 16,
};

/* As browsers wait before they connect again, unless the stream says otherwise. */
#define RETRY (3 * NS_PER_S)
/* Between two tries, whatever the stream says. */
#define RETRY_LEAST (10 * NS_PER_MS)
/* Some servers send their head with the first event only. Who has not answered so long after the
 * request left will tell what there is. */
#define SILENCE (300 * NS_PER_MS)
#define TURN    (5 * NS_PER_MS)

struct streams {
    struct streams_settings settings;
    struct message *message;
    struct reactor *reactor;
    struct curl_slist *resolve;
    struct stream *all; /* owned */
    struct stream *telling;
    size_t count, connecting, due;
    bool are_tickets;
    struct rng rng;
    char trouble[400]; /* why a stream that never stood does not */
};

/* ---- what comes ---- */

static bool is_events(const char *type)
{
    static const char wanted[] = "text/event-stream";
    return type && !strncasecmp(type, wanted, strlen(wanted));
}

static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    struct stream *stream = context;
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    /* libcurl would send it again on its own; the next try is ours. */
    if (stream->asked)
        return CURL_PREREQFUNC_ABORT;
    stream->asked = clock_now();
    stream->streams->connecting--;
    return CURL_PREREQFUNC_OK;
}

static size_t take_head(char *bytes, size_t size, size_t count, void *context)
{
    struct stream *stream = context;
    long status = 0;
    char *type = NULL;
    bool ends = size * count <= 2 && (*bytes == '\r' || *bytes == '\n');
    curl_easy_getinfo(stream->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(stream->easy, CURLINFO_CONTENT_TYPE, &type);
    if (ends && stream->state == STREAM_TRYING && status == 200 && is_events(type)) {
        stream->state = STREAM_OPEN;
        stream->streams->settings.sum->streams++;
        stream->stood = true;
    }
    return size * count;
}

static void tell(void *context, const struct event *event)
{
    struct stream *stream = context;
    if (stream->left)
        return;
    stream->streams->settings.sum->events++;
    stream->streams->settings.told(stream->streams->settings.context, stream, event);
}

/* Of an answer that is no stream the begin is kept, to be shown. */
static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct stream *stream = context;
    size_t length = size * count;
    if (stream->state != STREAM_OPEN) {
        (void)buf_add(&stream->events.data, bytes, length < 200 ? length : 200);
        return length;
    }
    stream->streams->telling = stream;
    event_stream_take(&stream->events, bytes, length, tell, stream);
    stream->streams->telling = NULL;
    return stream->left ? 0 : length;
}

/* ---- connections ---- */

static void close_stream(struct stream *stream)
{
    curl_easy_cleanup(stream->easy);
    stream->easy = NULL;
    rendering_free(&stream->rendering);
    event_stream_free(&stream->events);
    stream->state = STREAM_OVER;
}

static void note_trouble(struct stream *stream, CURLcode code, long status)
{
    struct streams *streams = stream->streams;
    struct roster_name name;
    char sample[160], came[128];
    long os_error = 0;
    if (stream->stood || *streams->trouble)
        return;
    curl_easy_getinfo(stream->easy, CURLINFO_OS_ERRNO, &os_error);
    const struct buf *body = &stream->events.data;
    printable(buf_text(body), body->used, sample, sizeof sample);
    mask_apply_here(sample, sizeof sample);
    const char *type = NULL;
    curl_easy_getinfo(stream->easy, CURLINFO_CONTENT_TYPE, &type);
    if (status == 200)
        snprintf(came, sizeof came, "an answer of type %.60s, not text/event-stream",
                 type ? type : "(none)");
    else if (status)
        snprintf(came, sizeof came, "status %ld", status);
    else
        snprintf(came, sizeof came, "%.100s",
                 os_error ? strerror((int)os_error) : curl_cause(code, 0, 0).reason);
    snprintf(streams->trouble, sizeof streams->trouble, "that of %.64s got %s%s%s",
             roster_name(streams->settings.roster, stream->user, &name), came, *sample ? ": " : "",
             sample);
}

static void on_done(void *context, CURL *easy, CURLcode code)
{
    struct streams *streams = context;
    char *private = NULL;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct stream *stream = (struct stream *)(void *)private;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    bool was_open = stream->state == STREAM_OPEN, told_end = status == 204;
    streams->connecting -= !stream->asked;
    stream->stood = stream->stood || told_end;
    if (!was_open && !told_end) {
        streams->settings.sum->streams_failed++;
        note_trouble(stream, code, status);
    }
    if (stream->left || told_end) {
        close_stream(stream);
        return;
    }
    ns_t pause = stream->events.retry < RETRY_LEAST ? RETRY_LEAST : stream->events.retry;
    stream->state = STREAM_DUE;
    stream->due = clock_now() + pause;
    streams->due++;
}

static int open_easy(struct stream *stream, struct err *err)
{
    struct streams *streams = stream->streams;
    int rc = rendering_init(&stream->rendering, streams->message, err);
    if (rc)
        return rc;
    CURL *easy = stream->easy = curl_easy_init();
    if (!easy)
        return err_set(err, ERR_MEMORY, "out of memory");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, stream);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, stream);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, stream);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, stream);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_ROOM);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, streams->resolve);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, streams->settings.request->socket);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    reactor_watch_closes(streams->reactor, easy);
    return curl_message_prepare(streams->message, &stream->rendering, easy, err);
}

/* What an EventSource says of itself, unless the scenario says it. */
static void link_headers(struct stream *stream)
{
    static char accept[] = "Accept: text/event-stream", cache[] = "Cache-Control: no-cache";
    const struct message *message = stream->streams->message;
    struct curl_slist *first = stream->rendering.headers, *own = stream->headers;
    if (!message_has_header(message, "Accept")) {
        own[0] = (struct curl_slist){accept, first};
        first = &own[0];
    }
    if (!message_has_header(message, "Cache-Control")) {
        own[1] = (struct curl_slist){cache, first};
        first = &own[1];
    }
    if (*stream->events.id) {
        snprintf(stream->last_id, sizeof stream->last_id, "Last-Event-ID: %s", stream->events.id);
        own[2] = (struct curl_slist){stream->last_id, first};
        first = &own[2];
    }
    curl_easy_setopt(stream->easy, CURLOPT_HTTPHEADER, first);
}

static void try_one(struct stream *stream)
{
    struct streams *streams = stream->streams;
    const struct message *message = streams->message;
    struct template_values values = {
        .user = stream->user, .row = stream->place, .captured = stream->captured};
    struct request record = {.user = stream->user};
    struct err err;
    unsigned count = message->instances_count;
    streams->due--;
    if (!stream->easy && open_easy(stream, &err)) {
        snprintf(streams->trouble, sizeof streams->trouble, "%.300s", err.message);
        close_stream(stream);
        return;
    }
    if (message->uses_uuid)
        template_make_uuid(&streams->rng, values.uuid);
    record.instance = (uint8_t)(count > 1 ? stream->place % count + 1 : 0);
    curl_message_render(message, message_instance(message, &record), &stream->rendering, &values,
                        stream->easy);
    event_stream_restart(&stream->events);
    link_headers(stream);
    stream->state = STREAM_TRYING;
    stream->asked = 0;
    streams->connecting++;
    if (reactor_add(streams->reactor, stream->easy, 0))
        on_done(streams, stream->easy, CURLE_OUT_OF_MEMORY);
}

static void try_due(struct streams *streams)
{
    ns_t now = clock_now();
    for (struct stream *stream = streams->due ? streams->all : NULL;
         stream && streams->connecting < CONNECTING_MAX; stream = stream->next)
        if (stream->state == STREAM_DUE && stream->due <= now)
            try_one(stream);
}

ns_t streams_turn(struct streams *streams, ns_t span)
{
    enum { LOOKS = 100 };
    try_due(streams);
    reactor_kick(streams->reactor);
    for (int i = 0; i < LOOKS; i++) {
        ns_t before = clock_now();
        if (!reactor_wait(streams->reactor, i ? 0 : span))
            return before;
    }
    return 0;
}

/* ---- those who listen ---- */

bool stream_is_heard(const struct stream *stream)
{
    bool asked = stream->state == STREAM_TRYING && stream->asked;
    return stream->state == STREAM_OPEN || (stream->state == STREAM_OVER && stream->stood) ||
           (asked && clock_now() - stream->asked >= SILENCE);
}

void stream_leave(struct stream *stream)
{
    struct streams *streams = stream->streams;
    stream->left = true;
    if (stream == streams->telling || stream->state == STREAM_OVER)
        return; /* it is closed when its event is read */
    if (stream->state == STREAM_DUE)
        streams->due--;
    else
        reactor_remove(streams->reactor, stream->easy, 0);
    streams->connecting -= stream->state == STREAM_TRYING && !stream->asked;
    close_stream(stream);
}

static size_t count_heard(const struct streams *streams)
{
    size_t heard = 0;
    for (const struct stream *stream = streams->all; stream; stream = stream->next)
        heard += stream->stood || stream_is_heard(stream);
    return heard;
}

int streams_stage(struct streams *streams, ns_t deadline, struct err *err)
{
    int rc = limits_check_files(streams->due + FILES_SPARE, "streams of events", err);
    while (!rc) {
        streams_turn(streams, TURN);
        size_t heard = count_heard(streams);
        if (heard == streams->count)
            return 0;
        if (atomic_load(&streams->settings.progress->stop))
            return err_set(err, ERR_INTERRUPTED, "stopped while streams were being opened");
        if (*streams->trouble)
            rc = err_set(err, ERR_ENVIRONMENT,
                         "decide.stream: %zu of %zu streams of events could be opened; %s", heard,
                         streams->count, streams->trouble);
        else if (clock_now() >= deadline)
            rc = err_set(err, ERR_ENVIRONMENT,
                         "decide.stream: only %zu of %zu streams of events were open by the "
                         "deadline; does the service take so many connections at once?",
                         heard, streams->count);
    }
    return rc;
}

/* ---- all of them ---- */

/* Whether an answer must bring something is told by whether it goes without. */
static int compile(struct streams *streams, struct err *err)
{
    const struct streams_settings *settings = &streams->settings;
    struct spec_request bare = *settings->request;
    struct message *message = NULL;
    struct err why;
    bare.captured_count = 0;
    streams->are_tickets = message_compile(&bare, settings->dir, settings->roster, NULL,
                                           settings->prepared, &message, &why);
    message_free(message);
    int rc = message_compile(settings->request, settings->dir, settings->roster, NULL,
                             settings->prepared, &streams->message, err);
    if (!rc)
        rc = message_resolve(streams->message, err);
    return rc ? rc : curl_message_pin(streams->message, &streams->resolve, err);
}

int streams_new(const struct streams_settings *settings, uint64_t seed,
                struct streams **ret_streams, struct err *err)
{
    struct streams *streams = calloc(1, sizeof *streams);
    if (!streams)
        return err_set(err, ERR_MEMORY, "out of memory");
    streams->settings = *settings;
    rng_seed(&streams->rng, seed);
    limits_raise_files();
    int rc = compile(streams, err);
    if (!rc)
        rc = reactor_new(SHARE, SHARE, on_done, streams, &streams->reactor, err);
    if (rc)
        streams_free(streams);
    else
        *ret_streams = streams;
    return rc;
}

void streams_free(struct streams *streams)
{
    for (struct stream *stream = streams ? streams->all : NULL; stream;) {
        struct stream *next = stream->next;
        stream_leave(stream);
        free(stream);
        stream = next;
    }
    if (!streams)
        return;
    reactor_free(streams->reactor);
    message_free(streams->message);
    curl_slist_free_all(streams->resolve);
    free(streams);
}

bool streams_are_tickets(const struct streams *streams)
{
    return streams->are_tickets;
}

struct stream *streams_add(struct streams *streams, int64_t user, char *const *captured)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->streams = streams;
    stream->user = user;
    stream->place = roster_place(streams->settings.roster, user);
    stream->captured = captured;
    event_stream_init(&stream->events, RETRY);
    stream->next = streams->all;
    streams->all = stream;
    streams->count++;
    streams->due++;
    return stream;
}
