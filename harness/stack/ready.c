#include "stack/ready.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"

#define NAP_MIN NS_PER_MS
#define NAP_MAX (20 * NS_PER_MS)

static int give_up(struct child *child, struct err *err, const char *format, const char *text)
{
    err_set(err, ERR_ENVIRONMENT, format, child->name, text);
    return child_blame(child, err);
}

/* A look costs little, and a wait that is over is noticed within a sixteenth of itself. */
static void nap(ns_t begun)
{
    ns_t now = clock_now(), span = (now - begun) / 16;
    span = span < NAP_MIN ? NAP_MIN : span > NAP_MAX ? NAP_MAX : span;
    clock_sleep_until(now + span);
}

static int give_up_ended(struct child *child, const char *why, struct err *err)
{
    char how[64], text[384];
    child_how_ended(child, how, sizeof how);
    snprintf(text, sizeof text, "%s%s%s%s", how, why[0] ? " (" : "", why, why[0] ? ")" : "");
    return give_up(child, err, "%s ended before it was ready: %s", text);
}

/* "10 s (no answer); it gets longer by ready: {timeout: 2m}" */
static char *spell_patience(const struct child *child, ns_t timeout, const char *why,
                            char *ret_text, size_t size)
{
    const char *key = child->patience;
    char span[32];
    units_format_duration(timeout, span, sizeof span);
    snprintf(ret_text, size, "%s%s%s%s", span, why, key ? "; it gets longer by " : "",
             key ? key : "");
    return ret_text;
}

static int give_up_waiting(struct child *child, ns_t timeout, const char *why, struct err *err)
{
    char reason[300], text[512];
    snprintf(reason, sizeof reason, " (%s)", why[0] ? why : "no answer");
    return give_up(child, err, "%s was not ready within %s",
                   spell_patience(child, timeout, reason, text, sizeof text));
}

int ready_wait(struct child *child, ready_probe probe, void *context, ns_t timeout,
               struct halt *halt, struct err *err)
{
    ns_t begun = clock_now(), deadline = begun + timeout;
    char why[256] = "";
    for (;;) {
        /* Before the probe, so that the last words of one that has ended are read; and after it,
         * because somebody else may have answered. */
        bool ended = child_ended(child), ready = probe(context, why, sizeof why);
        bool gone = (ended || child_ended(child)) && !child_is_done(child);
        if (ready && !gone)
            return 0;
        int result = halt_check(halt, "waiting for a server or process", err);
        if (result)
            return result;
        if (ended && gone)
            return give_up_ended(child, ready ? "" : why, err);
        if (clock_now() >= deadline)
            return give_up_waiting(child, timeout, why, err);
        nap(begun);
    }
}

int ready_wait_end(struct child *child, ns_t timeout, struct halt *halt, struct err *err)
{
    ns_t begun = clock_now(), deadline = begun + timeout;
    char text[128];
    while (!child_ended(child)) {
        int result = halt_check(halt, "waiting for a program", err);
        if (result)
            return result;
        if (clock_now() >= deadline)
            return give_up(child, err, "%s did not end within %s",
                           spell_patience(child, timeout, "", text, sizeof text));
        nap(begun);
    }
    if (WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0)
        return 0;
    return give_up(child, err, "%s failed: %s", child_how_ended(child, text, sizeof text));
}

static bool connect_within(const struct addrinfo *to, int ms, struct sockaddr_storage *ret_peer,
                           int *ret_why)
{
    _cleanup_close_ int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    memcpy(ret_peer, to->ai_addr, to->ai_addrlen);
    if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return true;
    *ret_why = errno;
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (fd < 0 || errno != EINPROGRESS || poll(&ready, 1, ms) <= 0)
        return false;
    socklen_t size = sizeof *ret_why;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, ret_why, &size) == 0 && *ret_why == 0;
}

bool ready_tcp(const char *address, struct sockaddr_storage *ret_peer, char *ret_why, size_t size)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    ret_peer->ss_family = AF_UNSPEC;
    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - address) : 0, address);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int code =
        getaddrinfo(host[0] ? host : "127.0.0.1", colon ? colon + 1 : address, &hints, &list);
    if (code) {
        snprintf(ret_why, size, "%s: %s", address, gai_strerror(code));
        return false;
    }
    bool connected = false;
    int why = 0;
    for (const struct addrinfo *to = list; to && !connected; to = to->ai_next)
        connected = connect_within(to, 500, ret_peer, &why);
    freeaddrinfo(list);
    if (!connected)
        snprintf(ret_why, size, "connecting to %s: %s", address, strerror(why));
    return connected;
}

static size_t discard(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

/* The address that curl talked to. */
static void peer_of(CURL *curl, struct sockaddr_storage *ret_peer)
{
    char *host = NULL;
    long port = 0;
    struct sockaddr_in *in = (void *)ret_peer;
    struct sockaddr_in6 *in6 = (void *)ret_peer;
    *ret_peer = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &host);
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_PORT, &port);
    if (host && inet_pton(AF_INET, host, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
    } else if (host && inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)port);
    }
}

bool ready_http(const char *url, const char *socket, struct sockaddr_storage *ret_peer,
                char *ret_why, size_t size)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 2000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L); /* it asks only whether somebody answers */
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    peer_of(curl, ret_peer);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK && status >= 200 && status < 300)
        return true;
    if (code == CURLE_OK)
        snprintf(ret_why, size, "GET %s answered %ld", url, status);
    else
        snprintf(ret_why, size, "GET %s: %s", url, curl_easy_strerror(code));
    return false;
}
