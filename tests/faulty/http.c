#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service.h"

static bool user_of(struct evhttp_request *request, int64_t *ret_user)
{
    struct evkeyvalq query;
    const char *text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    if (!text || evhttp_parse_query_str(text, &query))
        return false;
    const char *value = evhttp_find_header(&query, "userId");
    char *end = NULL;
    if (value)
        *ret_user = strtoll(value, &end, 10);
    bool good = value && end != value && !*end;
    evhttp_clear_headers(&query);
    return good;
}

static void on_apply(struct evhttp_request *request, void *context)
{
    struct worker *worker = context;
    struct ask *ask = malloc(sizeof *ask);
    int64_t user;
    if (!ask || !user_of(request, &user)) {
        free(ask);
        evhttp_send_error(request, 400, "userId");
        return;
    }
    *ask = (struct ask){.worker = worker,
                        .service = worker->service,
                        .request = request,
                        .user = user,
                        .number = atomic_fetch_add(&worker->service->requests, 1) + 1};
    worker->service->fault->apply(ask);
}

static void on_ready(struct evhttp_request *request, void *context)
{
    (void)context;
    evhttp_send_reply(request, 200, "", NULL);
}

int http_listen(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8192)) {
        perror("listen");
        exit(1);
    }
    return fd;
}

void http_run(struct worker *worker)
{
    worker->base = event_base_new();
    struct evhttp *http = evhttp_new(worker->base);
    evhttp_set_cb(http, "/apply", on_apply, worker);
    evhttp_set_cb(http, "/readyz", on_ready, worker);
    evhttp_accept_socket(http, worker->listener);
    event_base_dispatch(worker->base);
}
