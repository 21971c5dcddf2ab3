/* libcurl as a transport: one handle an exchange, in a few multi handles on one epoll. It carries
 * everything but HTTP/2: TLS, and whatever a scenario says of its request. Which connection a
 * handle gets is libcurl's to choose among the idle ones, except in a burst, where each has its
 * own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/net/curl_cause.h"
#include "load/net/curl_hold.h"

enum {
    RECEIVE_ROOM = 1024, /* of libcurl, a request; a size that malloc keeps at hand */
    /* Connections in one multi handle: libcurl looks through all of them for an idle one, so few;
     * each multi handle costs 30 KB and two descriptors, so not too few. In a burst nothing is
     * looked for. */
    SHARE = 16,
    SHARE_HELD = 256,
};

static const struct message *message_of(const struct curl_line *line)
{
    return line->transport->base.carrier->setup->message;
}

static bool is_held(const struct curl_line *line)
{
    return line->transport->base.carrier->holder != NULL;
}

/* ---- before the request ---- */

/* How many pairs of a source address and an instance there are: each has all ports. */
static size_t count_ways(const struct message *message)
{
    return message->instances_count * (message->sources ? source_pool_count(message->sources) : 1);
}

/* The descriptor of the connection that libcurl is about to use, which it tells by its addresses
 * only. */
static int find_connection(struct curl_line *line, const char *local, int local_port)
{
    const struct message *message = message_of(line);
    const struct source_pool *sources = message->sources;
    size_t way = (size_t)(message_instance(message, line->exchange->record) - message->instances);
    if (sources)
        way = way * source_pool_count(sources) + source_pool_find(sources, local);
    int *fd = &line->transport->fds_by_port[way * (UINT16_MAX + 1U) + (local_port & UINT16_MAX)];
    if (line->opened >= 0)
        *fd = line->opened;
    return *fd;
}

/* Is something there to be read although nobody has asked yet? An answer too many would be taken
 * for the next request's; and a connection that has ended carries none. */
static bool has_pending(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

/* libcurl asks before it writes a request. It would write one again, on a new connection, when the
 * target closed an idle one at the wrong moment: that could apply twice, so only the first time is
 * allowed. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote;
    (void)remote_port;
    struct curl_line *line = context;
    if (line->exchange->state != EXCHANGE_STARTED)
        return CURL_PREREQFUNC_ABORT;
    if (is_held(line))
        return curl_hold_catch(line) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
    int fd = find_connection(line, local, local_port);
    line->dirty = line->opened < 0 && fd > 0 && has_pending(fd);
    if (line->dirty)
        return CURL_PREREQFUNC_ABORT;
    exchange_send(line->exchange);
    return CURL_PREREQFUNC_OK;
}

/* ---- the answer ---- */

static size_t without_end(const char *text, size_t length)
{
    length -= length && text[length - 1] == '\n';
    return length - (length && text[length - 1] == '\r');
}

/* libcurl takes more for HTTP than RFC 9112 does: a head is judged by the same rules whoever has
 * cut it into lines. False: it is none. */
static bool judge_head(struct curl_line *line, const char *text, size_t length)
{
    bool begins = length > 5 && !strncasecmp(text, "HTTP/", 5);
    if (begins)
        line->head = (struct http1){0};
    bool judged = begins || (line->head.status && !line->exchange->head_whole && length);
    return !judged || http1_take_line(&line->head, text, length);
}

static size_t read_header(char *bytes, size_t size, size_t count, void *context)
{
    struct curl_line *line = context;
    size_t length = without_end(bytes, size * count);
    exchange_first_byte(line->exchange);
    if (!judge_head(line, bytes, length))
        return 0;
    exchange_take_header(line->exchange, bytes, length);
    return size * count;
}

static size_t read_body(char *bytes, size_t size, size_t count, void *context)
{
    const struct curl_line *line = context;
    exchange_take_body(line->exchange, bytes, size * count);
    return size * count;
}

/* ---- its sockets ---- */

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    (void)address; /* the target's, which stands in CURLOPT_RESOLVE */
    struct curl_line *line = context;
    const struct connection *connection = line->exchange->connection;
    bool leads_there = connection->instance == line->exchange->record->instance;
    if (connection->fd >= 0 && leads_there)
        line->opened = connection->dialed ? connection->fd : CURL_SOCKET_BAD;
    else
        line->opened =
            target_socket(&message_instance(message_of(line), line->exchange->record)->target, 0);
    return line->opened;
}

static int set_up_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)purpose;
    const struct curl_line *line = context;
    struct connection *connection = line->exchange->connection;
    if (!connection->dialed || fd != connection->fd)
        return CURL_SOCKOPT_OK;
    connection->dialed = false;
    if (!is_held(line))
        connection->fd = -1; /* a later one is libcurl's own affair; of a burst there is none */
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static int close_socket(void *context, curl_socket_t fd)
{
    struct curl_transport *transport = context;
    reactor_forget(transport->reactor, fd);
    if (transport->base.carrier->holder)
        curl_hold_drop(transport, fd);
    return connection_close(transport->base.carrier, fd);
}

/* ---- handles ---- */

static void set_callbacks(struct curl_line *line)
{
    CURL *easy = line->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, line);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, line);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, line);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, line);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, line);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_up_socket);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, line);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, line->transport);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_ROOM);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, line->transport->resolve);
}

static int open_line(struct curl_transport *transport, size_t place, struct err *err)
{
    struct curl_line *line = &transport->lines[place];
    *line = (struct curl_line){
        .transport = transport, .exchange = &transport->base.exchanges[place], .opened = -1};
    int rc = rendering_init(&line->rendering, message_of(line), err);
    if (rc)
        return rc;
    line->easy = curl_easy_init();
    if (!line->easy)
        return err_set(err, ERR_MEMORY, "no memory for transfer %zu", place);
    set_callbacks(line);
    return curl_message_prepare(message_of(line), &line->rendering, line->easy, err);
}

static void start_line(struct curl_line *line, long fresh)
{
    curl_easy_setopt(line->easy, CURLOPT_FRESH_CONNECT, fresh);
    if (!reactor_add(line->transport->reactor, line->easy, line->exchange->place))
        return;
    const struct outcome outcome = curl_cause(CURLE_OUT_OF_MEMORY, 0, 0);
    exchange_end(line->exchange, &outcome);
}

/* libcurl takes a head that was cut off for a whole one, and an interim answer for the answer. */
static CURLcode judge_end(const struct curl_line *line, CURLcode code, long status)
{
    if (line->head.state == HTTP1_BROKEN || line->head.status == 101)
        return CURLE_WEIRD_SERVER_REPLY;
    bool cut = !line->exchange->head_whole || status < 200;
    return code == CURLE_OK && cut ? CURLE_PARTIAL_FILE : code;
}

static void on_done(void *context, CURL *easy, CURLcode code)
{
    (void)context;
    char *private = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct curl_line *line = (struct curl_line *)(void *)private;
    if (line->dirty && code == CURLE_ABORTED_BY_CALLBACK) {
        /* The connection that libcurl would have used again was not clean: once more on a new one.
         * Nothing of the request has left. */
        line->dirty = false;
        line->transport->base.carrier->answers->unasked++;
        start_line(line, 1);
        return;
    }
    long os_error = 0, status = 0;
    if (code != CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
    else
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const struct outcome outcome =
        curl_cause(judge_end(line, code, status), (int)os_error, (int)status);
    exchange_end(line->exchange, &outcome);
}

/* ---- the transport ---- */

static struct curl_transport *own(struct transport *transport)
{
    return (struct curl_transport *)transport;
}

static bool carries(const struct message *message)
{
    return !message->http2;
}

static size_t share_of(bool held)
{
    return held ? SHARE_HELD : SHARE;
}

static size_t files(const struct message *message, size_t connections, bool held)
{
    (void)message;
    return connections + 2 * (connections / share_of(held) + 1);
}

static int begin(struct err *err)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT)
               ? err_set(err, ERR_ENVIRONMENT, "libcurl does not start")
               : 0;
}

static int open_transport(struct transport *base, struct err *err)
{
    struct curl_transport *transport = own(base);
    const struct message *message = base->carrier->setup->message;
    bool held = base->carrier->holder != NULL;
    size_t count = base->exchanges_count;
    transport->fds_by_port =
        calloc((UINT16_MAX + 1U) * count_ways(message), sizeof *transport->fds_by_port);
    transport->lines = calloc(count + 1, sizeof *transport->lines);
    if (!transport->fds_by_port || !transport->lines)
        return err_set(err, ERR_MEMORY, "no memory for %zu transfers", count);
    int rc = reactor_new(count, share_of(held), on_done, transport, &transport->reactor, err);
    if (!rc)
        base->epoll = reactor_epoll(transport->reactor);
    if (!rc)
        rc = curl_message_pin(message, &transport->resolve, err);
    for (size_t i = 0; !rc && i < count; i++)
        rc = open_line(transport, i, err);
    return rc || !held ? rc : curl_hold_prepare(transport, err);
}

static void close_line(struct curl_transport *transport, struct curl_line *line)
{
    if (line->exchange->record && line->easy)
        reactor_remove(transport->reactor, line->easy, line->exchange->place);
    curl_easy_cleanup(line->easy);
    rendering_free(&line->rendering);
}

static void close_transport(struct transport *base)
{
    struct curl_transport *transport = own(base);
    for (size_t i = 0; transport->lines && i < base->exchanges_count; i++)
        if (transport->lines[i].exchange)
            close_line(transport, &transport->lines[i]);
    reactor_free(transport->reactor);
    capture_free(transport->capture);
    curl_slist_free_all(transport->resolve);
    free(transport->lines);
    free(transport->fds_by_port);
}

static void start(struct transport *base, struct exchange *exchange,
                  const struct template_values *values)
{
    struct curl_line *line = &own(base)->lines[exchange->place];
    line->opened = -1;
    line->head = (struct http1){0};
    curl_message_render(message_of(line), message_instance(message_of(line), exchange->record),
                        &line->rendering, values, line->easy);
    start_line(line,
               base->carrier->crowd != NULL); /* each of a crowd has a connection of its own */
}

static void drop(struct transport *base, struct exchange *exchange)
{
    struct curl_transport *transport = own(base);
    reactor_remove(transport->reactor, transport->lines[exchange->place].easy, exchange->place);
}

static void staged(struct transport *base)
{
    curl_hold_end(own(base));
}

static void turn(struct transport *base, ns_t span)
{
    reactor_kick(own(base)->reactor);
    reactor_wait(own(base)->reactor, span);
}

const struct transport_ops transport_curl = {
    .name = "libcurl",
    .size = sizeof(struct curl_transport),
    .uses = TRANSPORT_HELD | TRANSPORT_SCHEDULED | TRANSPORT_SATURATED,
    .begin = begin,
    .finish = curl_global_cleanup,
    .carries = carries,
    .files = files,
    .open = open_transport,
    .close = close_transport,
    .start = start,
    .drop = drop,
    .staged = staged,
    .turn = turn,
};
