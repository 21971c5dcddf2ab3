#include "load/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/cause.h"
#include "load/hold.h"
#include "load/worker.h"

enum {
    BODY_ROOM = 512,     /* a decision is short; grows when one is not */
    RECEIVE_ROOM = 2048, /* of libcurl, a connection */
};

/* libcurl asks before it writes a request. It would write one again, on a new connection, when the
 * target closed an idle one at the wrong moment: that could apply twice, so only the first time is
 * allowed. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    struct transfer *transfer = context;
    if (transfer->state != TRANSFER_STARTED)
        return CURL_PREREQFUNC_ABORT;
    if (transfer->worker->gate)
        return hold_catch(transfer) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
    transfer->state = TRANSFER_SENT;
    transfer->record->released = clock_now();
    return CURL_PREREQFUNC_OK;
}

static size_t read_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct request *record = transfer->record;
    if (!record->first_byte)
        record->first_byte = clock_now();
    if (count > 5 && !memcmp(line, "HTTP/", 5))
        transfer->headers_hit = 0; /* a final answer after an interim one */
    else if (rules_read_headers(transfer->worker->setup->rules))
        transfer->headers_hit |= rules_header(transfer->worker->setup->rules, line, size * count);
    return size * count;
}

static bool make_body_room(struct transfer *transfer, size_t wanted)
{
    if (wanted <= transfer->body_room)
        return true;
    size_t room = wanted * 2 < TRANSFER_BODY_MAX ? wanted * 2 : TRANSFER_BODY_MAX;
    char *body = wanted <= room ? realloc(transfer->body, room) : NULL;
    if (!body)
        return false;
    transfer->body = body;
    transfer->body_room = (uint32_t)room;
    return true;
}

static size_t read_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    if (!transfer->body_whole || !rules_read_body(transfer->worker->setup->rules))
        return length;
    transfer->body_whole = make_body_room(transfer, transfer->body_used + length);
    if (transfer->body_whole) {
        memcpy(transfer->body + transfer->body_used, bytes, length);
        transfer->body_used += (uint32_t)length;
    }
    return length;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct transfer *transfer = context;
    if (transfer->fd >= 0)
        return transfer->dialed ? transfer->fd : CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
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

int transfer_init(struct transfer *transfer, struct worker *worker, uint32_t place, struct err *err)
{
    *transfer = (struct transfer){.worker = worker, .place = place, .fd = -1};
    const struct message *message = worker->setup->message;
    int rc = rendering_init(&transfer->rendering, message, err);
    if (rc)
        return rc;
    transfer->easy = curl_easy_init();
    bool wants_body = rules_read_body(worker->setup->rules);
    transfer->body_room = wants_body ? BODY_ROOM : 0;
    transfer->body = wants_body ? malloc(BODY_ROOM) : NULL;
    if (!transfer->easy || (wants_body && !transfer->body))
        return err_set(err, ERR_MEMORY, "no memory for transfer %u", place);
    set_callbacks(transfer);
    return message_prepare(message, &transfer->rendering, transfer->easy, err);
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

static void render(struct transfer *transfer, const struct request *record)
{
    struct worker *worker = transfer->worker;
    const struct message *message = worker->setup->message;
    struct template_values values = {.user = record->user,
                                     .seq = record->seq,
                                     .row = (size_t)(uint64_t)(record->user - worker->first_user)};
    if (message_uses_uuid(message))
        template_make_uuid(&worker->rng, values.uuid);
    message_render(message, &transfer->rendering, &values, transfer->easy);
}

void transfer_start(struct transfer *transfer, struct request *record)
{
    render(transfer, record);
    transfer->record = record;
    transfer->state = TRANSFER_STARTED;
    transfer->headers_hit = 0;
    transfer->body_used = 0;
    transfer->body_whole = true;
    record->worker = (uint16_t)transfer->worker->number;
    record->rank = RANK_NONE;
    if (reactor_add(transfer->worker->reactor, transfer->easy, transfer->place))
        transfer_end(transfer, CURLE_OUT_OF_MEMORY);
}

/* What a record that never left says of when it was tried. */
static void close_record(struct transfer *transfer, enum request_class cls,
                         enum request_cause cause)
{
    struct request *record = transfer->record;
    record->cls = (uint8_t)cls;
    record->cause = (uint8_t)cause;
    record->done = clock_now();
    if (cls == CLASS_SKIPPED)
        record->released = record->first_byte = record->done = 0;
    else if (!record->released)
        record->released = transfer->began;
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

void transfer_end(struct transfer *transfer, CURLcode code)
{
    struct request *record = transfer->record;
    if (transfer->worker->gate) {
        note_failure(transfer, code);
        return;
    }
    enum request_cause cause;
    enum request_class cls;
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        record->status = (uint16_t)status;
        const struct response response = {(int32_t)status, transfer->headers_hit, transfer->body,
                                          transfer->body_used, transfer->body_whole};
        cls = rules_classify(transfer->worker->setup->rules, &response, &cause, &record->rank);
    } else {
        long os_error = 0;
        curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_error);
        const struct ending ending = {code, (int)os_error, transfer->state == TRANSFER_SENT};
        cls = cause_classify(&ending, &cause);
        record->first_byte = 0;
    }
    close_record(transfer, cls, cause);
}

void transfer_abort(struct transfer *transfer, enum request_cause cause)
{
    bool released = transfer->state == TRANSFER_SENT;
    reactor_remove(transfer->worker->reactor, transfer->easy, transfer->place);
    close_record(transfer, released ? CLASS_UNKNOWN : CLASS_SKIPPED, cause);
}

void transfer_lose(struct transfer *transfer, int os_error)
{
    bool partly = os_error != EPIPE && os_error != ECONNRESET && os_error != EAGAIN;
    reactor_remove(transfer->worker->reactor, transfer->easy, transfer->place);
    close_record(transfer, partly ? CLASS_UNKNOWN : CLASS_FAILED, CAUSE_RESET);
}
