#include "load/net/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/printable.h"
#include "load/gate/hold.h"
#include "load/http/cause.h"
#include "load/http/kinds.h"
#include "load/schedule/worker.h"

enum {
    BODY_ROOM = 512,     /* a decision is short; grows when one is not */
    RECEIVE_ROOM = 1024, /* of libcurl, a request; a size that malloc keeps at hand */
};

/* The descriptor of the connection that libcurl is about to use, which it tells by its port only.
 */
static int find_connection(struct transfer *transfer, int local_port)
{
    int *fds = transfer->worker->fds_by_port;
    if (transfer->opened >= 0)
        fds[local_port & UINT16_MAX] = transfer->opened;
    return fds[local_port & UINT16_MAX];
}

/* Is something there to be read although nobody has asked yet? An answer too many would be taken
 * for the next request's; and a connection that has ended carries none. HTTP/2 has frames of its
 * own. */
static bool has_pending(const struct transfer *transfer, int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return message_http2(transfer->worker->setup->message) ? got == 0 : got >= 0 || errno != EAGAIN;
}

/* libcurl asks before it writes a request. It would write one again, on a new connection, when the
 * target closed an idle one at the wrong moment: that could apply twice, so only the first time is
 * allowed. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote;
    (void)local;
    (void)remote_port;
    struct transfer *transfer = context;
    if (transfer->state != TRANSFER_STARTED)
        return CURL_PREREQFUNC_ABORT;
    if (transfer->worker->gate)
        return hold_catch(transfer) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
    int fd = find_connection(transfer, local_port);
    transfer->dirty = transfer->opened < 0 && fd > 0 && has_pending(transfer, fd);
    if (transfer->dirty)
        return CURL_PREREQFUNC_ABORT;
    transfer_release(transfer);
    return CURL_PREREQFUNC_OK;
}

void transfer_release(struct transfer *transfer)
{
    transfer->state = TRANSFER_SENT;
    transfer->record->released = clock_now();
}

void transfer_first_byte(struct transfer *transfer)
{
    transfer->record->first_byte = clock_now();
}

/* "Content-Type: text/html; charset=utf-8" leaves "text/html". */
static void take_type(struct transfer *transfer, const char *line, size_t length)
{
    static const char name[] = "content-type:";
    const size_t name_length = sizeof name - 1;
    if (length < name_length || strncasecmp(line, name, name_length) != 0)
        return;
    const char *value = line + name_length, *end = line + length;
    const char *semicolon = memchr(value, ';', (size_t)(end - value));
    printable(value, (size_t)((semicolon ? semicolon : end) - value), transfer->type,
              sizeof transfer->type);
}

void transfer_take_header(void *context, const char *line, size_t length)
{
    struct transfer *transfer = context;
    const struct rules *rules = transfer->worker->setup->rules;
    if (length > 5 && !memcmp(line, "HTTP/", 5)) {
        transfer->headers_hit = 0; /* a final answer after an interim one */
        transfer->type[0] = '\0';
        transfer->head_whole = false;
        return;
    }
    transfer->head_whole = transfer->head_whole || length == 0;
    if (transfer->head_whole)
        return; /* what follows a body in chunks is no header */
    take_type(transfer, line, length);
    if (rules_read_headers(rules))
        transfer->headers_hit |= rules_header(rules, line, length);
}

static size_t without_end(const char *line, size_t length)
{
    length -= length && line[length - 1] == '\n';
    return length - (length && line[length - 1] == '\r');
}

/* libcurl takes more for HTTP than the wire does: a head is judged by the same rules wherever it
 * comes from. False: it is none. */
static bool judge_line(struct transfer *transfer, const char *line, size_t length)
{
    bool begins = length > 5 && !strncasecmp(line, "HTTP/", 5);
    if (begins && !memcmp(line, "HTTP/2", 6) && message_http2(transfer->worker->setup->message))
        return true;
    if (begins)
        transfer->head = (struct http1){0};
    bool judged = begins || (transfer->head.status && !transfer->head_whole && length);
    return !judged || http1_take_line(&transfer->head, line, length);
}

static size_t read_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = without_end(bytes, size * count);
    if (!transfer->record->first_byte)
        transfer_first_byte(transfer);
    if (!judge_line(transfer, bytes, length))
        return 0;
    transfer_take_header(transfer, bytes, length);
    return size * count;
}

/* Whether rules look into it or not, the begin of a body is kept as a sample. */
static void make_body_room(struct transfer *transfer, size_t wanted)
{
    if (wanted <= transfer->body_room || !rules_read_body(transfer->worker->setup->rules))
        return;
    size_t room = wanted * 2 < TRANSFER_BODY_MAX ? wanted * 2 : TRANSFER_BODY_MAX;
    char *body = room > transfer->body_room ? realloc(transfer->body, room) : NULL;
    if (!body)
        return;
    transfer->body = body;
    transfer->body_room = (uint32_t)room;
}

void transfer_take_body(void *context, const char *bytes, size_t length)
{
    struct transfer *transfer = context;
    make_body_room(transfer, transfer->body_used + length);
    size_t left = transfer->body_room - transfer->body_used;
    transfer->body_whole = transfer->body_whole && length <= left;
    length = length < left ? length : left;
    memcpy(transfer->body + transfer->body_used, bytes, length);
    transfer->body_used += (uint32_t)length;
}

static size_t read_body(char *bytes, size_t size, size_t count, void *context)
{
    transfer_take_body(context, bytes, size * count);
    return size * count;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct transfer *transfer = context;
    if (transfer->fd >= 0)
        transfer->opened = transfer->dialed ? transfer->fd : CURL_SOCKET_BAD;
    else
        transfer->opened =
            socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return transfer->opened;
}

static int set_up_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)fd;
    (void)purpose;
    struct transfer *transfer = context;
    if (!transfer->dialed)
        return CURL_SOCKOPT_OK;
    transfer->dialed = false;
    if (!transfer->worker->gate)
        transfer->fd =
            -1; /* a later connection is libcurl's own affair; of a burst there is none */
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static int close_socket(void *context, curl_socket_t fd)
{
    struct worker *worker = context;
    hold_drop(worker, fd);
    reactor_forget(worker->reactor, fd);
    /* While requests are held, a connection ends without sending what the kernel keeps of its
     * request. */
    const struct linger at_once = {.l_onoff = 1};
    if (worker->gate)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return close(fd);
}

static void set_callbacks(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_up_socket);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->worker);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_ROOM);
}

static int make_easy(struct transfer *transfer, struct err *err)
{
    const struct message *message = transfer->worker->setup->message;
    int rc = rendering_init(&transfer->rendering, message, err);
    if (rc)
        return rc;
    transfer->easy = curl_easy_init();
    if (!transfer->easy)
        return err_set(err, ERR_MEMORY, "no memory for transfer %u", transfer->place);
    set_callbacks(transfer);
    return message_prepare(message, &transfer->rendering, transfer->easy, err);
}

int transfer_init(struct transfer *transfer, struct worker *worker, uint32_t place, struct err *err)
{
    *transfer = (struct transfer){.worker = worker, .place = place, .fd = -1};
    transfer->body = malloc(BODY_ROOM);
    if (!transfer->body)
        return err_set(err, ERR_MEMORY, "no memory for transfer %u", place);
    transfer->body_room = BODY_ROOM;
    return worker->wire ? 0 : make_easy(transfer, err);
}

void transfer_free(struct transfer *transfer)
{
    if (transfer->record && transfer->easy && transfer->state != TRANSFER_FREE)
        reactor_remove(transfer->worker->reactor, transfer->easy, transfer->place);
    if (transfer->dialed)
        close(transfer->fd); /* libcurl never got it */
    if (transfer->easy)
        curl_easy_cleanup(transfer->easy);
    rendering_free(&transfer->rendering);
    free(transfer->body);
    *transfer = (struct transfer){.fd = -1};
}

static void make_values(struct transfer *transfer, struct template_values *ret_values)
{
    struct worker *worker = transfer->worker;
    const struct request *record = transfer->record;
    *ret_values = (struct template_values){
        .user = record->user,
        .seq = record->seq,
        .row = roster_place(worker->setup->roster, record->user),
    };
    if (message_uses_uuid(worker->setup->message))
        template_make_uuid(&worker->rng, ret_values->uuid);
}

void transfer_start(struct transfer *transfer, struct request *record)
{
    struct worker *worker = transfer->worker;
    transfer->record = record;
    transfer->state = TRANSFER_STARTED;
    transfer->headers_hit = 0;
    transfer->opened = -1;
    transfer->type[0] = '\0';
    transfer->body_used = 0;
    transfer->body_whole = true;
    transfer->head_whole = false;
    transfer->head = (struct http1){0};
    record->worker = (uint16_t)worker->number;
    record->ranked = false;
    struct template_values values;
    make_values(transfer, &values);
    if (worker->wire) {
        wire_start(worker->wire, transfer, &values);
        return;
    }
    message_render(worker->setup->message, &transfer->rendering, &values, transfer->easy);
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 0L);
    if (reactor_add(worker->reactor, transfer->easy, transfer->place))
        transfer_end(transfer, &(struct outcome){CURLE_OUT_OF_MEMORY, 0, 0});
}

/* What a record that never left says of when it was tried. */
static void close_record(struct transfer *transfer, enum request_class cls,
                         enum request_cause cause, const struct response *response)
{
    struct request *record = transfer->record;
    record->cls = (uint8_t)cls;
    record->cause = (uint8_t)cause;
    record->done = clock_now();
    if (cls == CLASS_SKIPPED)
        record->released = record->first_byte = record->done = 0;
    else if (!record->released)
        record->released = transfer->began;
    if (cls != CLASS_SKIPPED)
        kinds_note(transfer->worker->answers, transfer->worker->setup->rules, record, response);
    worker_ended(transfer->worker, transfer);
}

/* While requests are held none may end. */
static void note_failure(struct transfer *transfer, CURLcode code)
{
    struct staging_failure *failed = &transfer->worker->failed;
    failed->count++;
    failed->code = code;
    transfer->record = NULL;
    transfer->state = TRANSFER_FREE;
    transfer->fd = -1; /* libcurl has closed it */
}

/* The connection that libcurl would have used again was not clean: once more on a new one. Nothing
 * of the request has left. */
static void start_afresh(struct transfer *transfer)
{
    transfer->dirty = false;
    transfer->worker->answers->unasked++;
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
    if (reactor_add(transfer->worker->reactor, transfer->easy, transfer->place))
        transfer_end(transfer, &(struct outcome){CURLE_OUT_OF_MEMORY, 0, 0});
}

/* libcurl takes a head that was cut off for a whole one, and an interim answer for the answer. */
static CURLcode judge_end(const struct transfer *transfer, const struct outcome *outcome)
{
    if (transfer->head.state == HTTP1_BROKEN || transfer->head.status == 101)
        return CURLE_WEIRD_SERVER_REPLY;
    bool cut = !transfer->head_whole || outcome->status < 200;
    return outcome->code == CURLE_OK && cut ? CURLE_PARTIAL_FILE : outcome->code;
}

void transfer_end(struct transfer *transfer, const struct outcome *outcome)
{
    struct request *record = transfer->record;
    if (transfer->worker->gate) {
        note_failure(transfer, outcome->code);
        return;
    }
    if (transfer->dirty && outcome->code == CURLE_ABORTED_BY_CALLBACK) {
        start_afresh(transfer);
        return;
    }
    CURLcode code = judge_end(transfer, outcome);
    enum request_cause cause;
    enum request_class cls;
    const struct response response = {
        outcome->status,     transfer->type,       transfer->headers_hit,          transfer->body,
        transfer->body_used, transfer->body_whole, transfer->worker->setup->roster};
    bool answered = code == CURLE_OK;
    if (answered) {
        record->status = (uint16_t)outcome->status;
        struct maybe rank;
        cls = rules_classify(transfer->worker->setup->rules, &response, &cause, &rank);
        request_set_rank(record, rank);
    } else {
        const struct ending ending = {code, outcome->os_error, transfer->state == TRANSFER_SENT};
        cls = cause_classify(&ending, &cause);
        record->first_byte = 0;
    }
    close_record(transfer, cls, cause, answered ? &response : NULL);
}

static void take_out(struct transfer *transfer)
{
    if (transfer->easy)
        reactor_remove(transfer->worker->reactor, transfer->easy, transfer->place);
    else
        wire_drop(transfer->worker->wire, transfer);
}

void transfer_abort(struct transfer *transfer, enum request_cause cause)
{
    bool released = transfer->state == TRANSFER_SENT;
    take_out(transfer);
    close_record(transfer, released ? CLASS_UNKNOWN : CLASS_SKIPPED, cause, NULL);
}

void transfer_lose(struct transfer *transfer, int os_error)
{
    bool partly = os_error != EPIPE && os_error != ECONNRESET && os_error != EAGAIN;
    take_out(transfer);
    close_record(transfer, partly ? CLASS_UNKNOWN : CLASS_FAILED, CAUSE_RESET, NULL);
}
