/* links: load Threads::Threads */
/* Responses as HTTP/1.1 takes them in: whole, and cut at every byte; and what it sends, compared
 * with what libcurl sends. */
#include <criterion/criterion.h>

#include "load/http/http1.h"
#include "load/http/message.h"
#include "load_rig.h"

struct taken {
    char headers[1024], body[1024];
    size_t headers_used, body_used;
};

static void on_header(void *context, const char *line, size_t length)
{
    struct taken *taken = context;
    memcpy(taken->headers + taken->headers_used, line, length);
    taken->headers_used += length;
    taken->headers[taken->headers_used++] = '|';
}

static void on_body(void *context, const char *bytes, size_t length)
{
    struct taken *taken = context;
    memcpy(taken->body + taken->body_used, bytes, length);
    taken->body_used += length;
}

/* Feeds the text in two parts, as a connection would: what is not taken comes again. Returns what
 * is left. */
static size_t feed(struct http1 *http1, const char *text, size_t first, struct taken *taken)
{
    *taken = (struct taken){0};
    const struct http1_events events = {on_header, on_body, taken};
    size_t length = strlen(text);
    http1_start(http1);
    size_t used = http1_take(http1, text, first, &events);
    if (http1->state != HTTP1_DONE && http1->state != HTTP1_BROKEN)
        used += http1_take(http1, text + used, length - used, &events);
    return length - used;
}

Test(load_http1, responses)
{
    static const struct {
        const char *text;
        enum http1_state state;
        int status;
        bool keeps;
        const char *body;
        size_t left;
        bool head; /* it answers a HEAD */
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", HTTP1_DONE, 200, true, "abc", 0, false},
        {"HTTP/1.1 200\r\ncontent-length:3\r\n\r\nabcX", HTTP1_DONE, 200, true, "abc", 1, false},
        {"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", HTTP1_DONE, 410, true, "", 0, false},
        {"HTTP/1.1 204 No Content\r\n\r\n", HTTP1_DONE, 204, true, "", 0, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", HTTP1_DONE, 200, true, "", 0, true},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", HTTP1_DONE, 200,
         false, "x", 0, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", HTTP1_DONE, 200, false, "x", 0, false},
        {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", HTTP1_DONE, 200,
         true, "x", 0, false},
        /* lists are of elements, not of letters (RFC 9110, 5.6.1) */
        {"HTTP/1.1 200 OK\r\nConnection: x-close-not\r\nContent-Length: 1\r\n\r\nx", HTTP1_DONE,
         200, true, "x", 0, false},
        {"HTTP/1.1 200 OK\r\nConnection: ,, upgrade ,\tClose \r\nContent-Length: 1\r\n\r\nx",
         HTTP1_DONE, 200, false, "x", 0, false},
        {"HTTP/1.1 200 OK\r\nConnection: \"a, close\"\r\nContent-Length: 1\r\n\r\nx", HTTP1_DONE,
         200, true, "x", 0, false},
        {"HTTP/1.1 200 OK\r\nConnection: \"a\\\", b\", close\r\nContent-Length: 1\r\n\r\nx",
         HTTP1_DONE, 200, false, "x", 0, false},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 1\r\n"
         "\r\nx",
         HTTP1_DONE, 200, false, "x", 0, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: x-chunked-not\r\n\r\n3\r\nabc", HTTP1_UNTIL_CLOSE,
         200, true, "3\r\nabc", 0, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n",
         HTTP1_DONE, 200, true, "z", 0, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nab", HTTP1_UNTIL_CLOSE, 200,
         true, "ab", 0, false},
        {"HTTP/1.1 200 OK\r\n\r\nto the end", HTTP1_UNTIL_CLOSE, 200, true, "to the end", 0, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0"
         "\r\n\r\n",
         HTTP1_DONE, 200, true, "abc0123456789", 0, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nTrailer: 1\r\n\r\n",
         HTTP1_DONE, 200, true, "z", 0, false},
        {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "
         "A\r\n"
         "Content-Length: 2\r\n\r\nok",
         HTTP1_DONE, 202, true, "ok", 0, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", HTTP1_FIXED, 200, true, "abc", 0,
         false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", HTTP1_HEAD, 0, false, "", 36, false},
        {"", HTTP1_HEAD, 0, false, "", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
            struct taken taken;
            struct http1 http1 = {.no_body = rows[i].head};
            size_t left = feed(&http1, rows[i].text, cut, &taken);
            cr_assert_eq(http1.state, rows[i].state, "row %zu cut %zu: state %d", i, cut,
                         http1.state);
            cr_assert_eq(http1.status, rows[i].status, "row %zu cut %zu", i, cut);
            cr_assert_str_eq(taken.body, rows[i].body, "row %zu cut %zu", i, cut);
            cr_assert_eq(left, rows[i].left, "row %zu cut %zu: %zu left", i, cut, left);
            if (rows[i].state == HTTP1_DONE)
                cr_assert_eq(http1.keeps, rows[i].keeps, "row %zu", i);
            cr_assert_eq(http1_ends_well(&http1),
                         rows[i].state == HTTP1_DONE || rows[i].state == HTTP1_UNTIL_CLOSE);
        }
}

Test(load_http1, broken)
{
    static const char *const rows[] = {
        "HELO\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= strlen(rows[i]); cut++) {
            struct taken taken;
            struct http1 http1 = {0};
            feed(&http1, rows[i], cut, &taken);
            cr_assert_eq(http1.state, HTTP1_BROKEN, "row %zu cut %zu", i, cut);
        }
}

Test(load_http1, headers_are_shown)
{
    struct taken taken;
    struct http1 http1 = {0};
    feed(&http1, "HTTP/1.1 200 OK\r\nX-Won:  1 \r\nContent-Length: 0\r\n\r\n", 5, &taken);
    cr_assert_str_eq(taken.headers, "HTTP/1.1 200 OK|X-Won:  1 |Content-Length: 0||");
}

/* ---- what is sent ---- */

/* Accepts one connection and returns the first request on it, its lines sorted after the first one:
 * the order of headers means nothing. */
static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listener {
    int fd;
    char text[8192];
};

static void *take_request(void *context)
{
    struct listener *listener = context;
    int fd = accept(listener->fd, NULL, NULL);
    size_t used = 0;
    char *end = NULL;
    while (!end ||
           used < (size_t)(end + 4 - listener->text) +
                      (strcasestr(listener->text, "content-length: ")
                           ? (size_t)atoi(strcasestr(listener->text, "content-length: ") + 16)
                           : 0)) {
        ssize_t got = recv(fd, listener->text + used, sizeof listener->text - 1 - used, 0);
        if (got <= 0)
            break;
        used += (size_t)got;
        listener->text[used] = '\0';
        end = strstr(listener->text, "\r\n\r\n");
    }
    rig_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    close(fd);
    return NULL;
}

static void capture_request(struct spec_request request, bool closed, char *ret_lines, size_t size)
{
    int port;
    struct listener listener = {.fd = rig_listen(8, &port)};
    pthread_t thread;
    pthread_create(&thread, NULL, take_request, &listener);
    struct rig *rig = rig_new(port);
    char *path = request.url;
    request.url = rig->url;
    request.timeout = 5 * NS_PER_S;
    snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%d%s", port, path);
    rig->scenario.request = request;
    rig->scenario.users.first = 812;
    rig->closed = (struct spec_closed){.connections = 1, .requests = 1};
    rig->phases[0].burst.requests = 1;
    if (closed)
        rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.sent, 1);
    rig_free(rig);
    pthread_join(thread, NULL);
    close(listener.fd);

    char *port_at;
    char port_text[16];
    snprintf(port_text, sizeof port_text, ":%d", port);
    while ((port_at = strstr(listener.text, port_text)))
        memset(port_at, '#', strlen(port_text));
    char *lines[64];
    size_t count = 0;
    for (char *line = strtok(listener.text, "\r\n"); line && count < 64;
         line = strtok(NULL, "\r\n"))
        lines[count++] = line;
    qsort(lines + 1, count - 1, sizeof *lines, compare_lines);
    *ret_lines = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(ret_lines + strlen(ret_lines), size - strlen(ret_lines), "%.12s%s\n", lines[i],
                 strlen(lines[i]) > 12 ? lines[i] + 12 : "");
}

/* A closed phase (plain HTTP/1.1) sends what a burst (libcurl) sends. */
Test(load_http1, plain_http1_sends_what_libcurl_sends)
{
    static struct spec_pair json[] = {{(char *)"Content-Type", (char *)"application/json"},
                                      {(char *)"X-User", (char *)"u{{user}}"},
                                      {(char *)"X-Empty", (char *)""}};
    static struct spec_pair own[] = {{(char *)"User-Agent", (char *)"me"},
                                     {(char *)"Accept", (char *)"text/plain"},
                                     {(char *)"Host", (char *)"shop.example"}};
    const struct spec_request rows[] = {
        {.method = (char *)"POST", .url = (char *)"/apply?userId={{user}}"},
        {.method = (char *)"GET", .url = (char *)"/a/{{user}}/b#part"},
        {.method = (char *)"GET", .url = (char *)"?q={{seq}}"},
        {.method = (char *)"HEAD", .url = (char *)"/"},
        {.method = (char *)"DELETE", .url = (char *)"/x"},
        {.method = (char *)"PUT", .url = (char *)"/x"},
        {.method = (char *)"PATCH", .url = (char *)"/x", .body = (char *)"b"},
        {.method = (char *)"DELETE", .url = (char *)"/x", .body = (char *)"b{{user}}"},
        {.method = (char *)"POST",
         .url = (char *)"/j",
         .headers = json,
         .headers_count = 3,
         .body = (char *)"{\"user\": {{user}}}"},
        {.method = (char *)"POST", .url = (char *)"/o", .headers = own, .headers_count = 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char by_libcurl[4096], by_http1[4096];
        capture_request(rows[i], false, by_libcurl, sizeof by_libcurl);
        capture_request(rows[i], true, by_http1, sizeof by_http1);
        cr_assert_str_eq(by_http1, by_libcurl, "row %zu\n%s\n%s", i, by_http1, by_libcurl);
        cr_assert(strstr(by_http1, "HTTP/1.1"));
        cr_assert_not(strstr(by_http1, "Expect"));
    }
}
