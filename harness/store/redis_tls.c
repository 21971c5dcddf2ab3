#include "store/redis_tls.h"

#include <curl/curl.h>
#include <hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct redis_tls {
    CURL *curl;
    redisReader *reader;
    ns_t wait;
    char why[CURL_ERROR_SIZE];
};

static void set_files(CURL *curl, const struct uri *uri)
{
    static const struct {
        const char *name;
        CURLoption option;
    } files[] = {{"ssl_ca_certs", CURLOPT_CAINFO},
                 {"ssl_certfile", CURLOPT_SSLCERT},
                 {"ssl_keyfile", CURLOPT_SSLKEY}};
    char text[1024];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (uri_query(uri, files[i].name, text, sizeof text))
            curl_easy_setopt(curl, files[i].option, text);
    if (uri_query(uri, "ssl_cert_reqs", text, sizeof text) && !strcmp(text, "none")) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static int shake_hands(struct redis_tls *tls, const struct uri *uri, int port, struct err *err)
{
    char place[300], url[320];
    const char *host = uri->hosts[0].name[0] ? uri->hosts[0].name : "127.0.0.1";
    snprintf(url, sizeof url, "https://%s/", uri_place(host, port, place, sizeof place));
    curl_easy_setopt(tls->curl, CURLOPT_URL, url);
    curl_easy_setopt(tls->curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(tls->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(tls->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(tls->curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    curl_easy_setopt(tls->curl, CURLOPT_ERRORBUFFER, tls->why);
    curl_easy_setopt(tls->curl, CURLOPT_TIMEOUT_MS, (long)(tls->wait / NS_PER_MS));
    set_files(tls->curl, uri);
    CURLcode code = curl_easy_perform(tls->curl);
    if (code == CURLE_OK)
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "connecting to %s: %s", place,
                   tls->why[0] ? tls->why : curl_easy_strerror(code));
}

struct redis_tls *redis_tls_open(const struct uri *uri, int port, ns_t wait, struct err *err)
{
    struct redis_tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        err_set(err, ERR_MEMORY, "no room for a connection");
        return NULL;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT); /* counted: others have their own */
    tls->wait = wait;
    tls->curl = curl_easy_init();
    tls->reader = redisReaderCreate();
    if (!tls->curl || !tls->reader)
        err_set(err, ERR_MEMORY, "no room for a connection");
    else if (!shake_hands(tls, uri, port, err))
        return tls;
    redis_tls_close(tls);
    return NULL;
}

void redis_tls_close(struct redis_tls *tls)
{
    if (!tls)
        return;
    curl_easy_cleanup(tls->curl);
    if (tls->reader)
        redisReaderFree(tls->reader);
    curl_global_cleanup();
    free(tls);
}

int redis_tls_socket(const struct redis_tls *tls)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(tls->curl, CURLINFO_ACTIVESOCKET, &socket);
    return socket;
}

/* False: the deadline comes first. */
static bool await(const struct redis_tls *tls, short events, ns_t deadline)
{
    ns_t left = deadline - clock_now();
    struct pollfd fd = {redis_tls_socket(tls), events, 0};
    return left > 0 && poll(&fd, 1, (int)(left / NS_PER_MS) + 1) > 0;
}

/* NULL, or what is wrong. */
static const char *send_all(struct redis_tls *tls, const char *bytes, size_t size, ns_t deadline)
{
    while (size) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(tls->curl, bytes, size, &sent);
        if (code == CURLE_AGAIN && !await(tls, POLLOUT, deadline))
            return "no answer in time";
        if (code != CURLE_OK && code != CURLE_AGAIN)
            return curl_easy_strerror(code);
        bytes += sent;
        size -= sent;
    }
    return NULL;
}

static const char *receive(struct redis_tls *tls, ns_t deadline, redisReply **ret_reply)
{
    char bytes[16384];
    void *reply = NULL;
    while (!reply) {
        size_t count = 0;
        CURLcode code = curl_easy_recv(tls->curl, bytes, sizeof bytes, &count);
        if (code == CURLE_AGAIN && !await(tls, POLLIN, deadline))
            return "no answer in time";
        if (code != CURLE_OK && code != CURLE_AGAIN)
            return curl_easy_strerror(code);
        if (code == CURLE_OK && !count)
            return "Server closed the connection";
        if (count && redisReaderFeed(tls->reader, bytes, count) != REDIS_OK)
            return tls->reader->errstr;
        if (redisReaderGetReply(tls->reader, &reply) != REDIS_OK)
            return tls->reader->errstr;
    }
    *ret_reply = reply;
    return NULL;
}

struct redisReply *redis_tls_ask(struct redis_tls *tls, int count, const char **words,
                                 const size_t *sizes, char *ret_why, size_t size)
{
    char *command = NULL;
    redisReply *reply = NULL;
    ns_t deadline = clock_now() + tls->wait;
    long long length = redisFormatCommandArgv(&command, count, words, sizes);
    const char *why = length < 0 ? "no memory" : send_all(tls, command, (size_t)length, deadline);
    if (length >= 0)
        redisFreeCommand(command);
    if (!why)
        why = receive(tls, deadline, &reply);
    if (why)
        snprintf(ret_why, size, "%s", why);
    return reply;
}
