/* A JSON list over HTTP: what a service, or an interface to somebody else's store, tells of its
 * rows. The query says where the list is in the answer, and how one page leads to the next. */
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "store/documents.h"
#include "store/http_query.h"
#include "store/link.h"
#include "store/store.h"

#define PAGES_MAX 10000

struct http {
    struct store store;
    CURL *curl;
    struct curl_slist *headers;
    struct buf body;
    atomic_bool stop;
};

/* What one page leads to. */
struct page {
    size_t number;           /* from 1; 0: the one before it, which some services have */
    size_t rows;             /* of those before it */
    char cursor[1024];       /* for {{next}} */
    char link[LINK_MAX];     /* the next one's address; "": by the template */
    struct link_lists lists; /* those that were not empty */
};

static bool http_reads(const char *query, char *ret_why, size_t size)
{
    struct http_query parts;
    snprintf(ret_why, size,
             "'%.60s' does not say where the list is; allowed: a JSON pointer such as /items, or . "
             "for the whole answer; behind it next=/pointer to the next page",
             query);
    return http_query_read(query, &parts);
}

/* ---- a request ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http *http = context;
    return buf_add(&http->body, bytes, size * count) ? 0 : size * count;
}

static int is_stopped(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&((struct http *)context)->stop);
}

static int add_headers(struct http *http, struct err *err)
{
    for (const char *line = http->store.headers; line && *line;) {
        char header[4096];
        size_t length = strcspn(line, "\n");
        snprintf(header, sizeof header, "%.*s", (int)length, line);
        struct curl_slist *longer = curl_slist_append(http->headers, header);
        if (!longer)
            return err_set(err, ERR_MEMORY, "no room for the headers");
        http->headers = longer;
        line += length + (line[length] == '\n');
    }
    return 0;
}

static int http_connect(struct store *store, struct err *err)
{
    struct http *http = (struct http *)store;
    if (http->curl)
        return 0;
    buf_init(&http->body, DOCUMENTS_MAX);
    curl_global_init(CURL_GLOBAL_DEFAULT); /* counted: the load has its own */
    http->curl = curl_easy_init();
    if (!http->curl)
        return err_set(err, ERR_MEMORY, "no room for a request");
    curl_easy_setopt(http->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(http->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(http->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(http->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(STORE_CONNECT_SPAN / NS_PER_MS));
    curl_easy_setopt(http->curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(http->curl, CURLOPT_USERAGENT, "rushproof");
    curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(http->curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(http->curl, CURLOPT_XFERINFODATA, http);
    curl_easy_setopt(http->curl, CURLOPT_NOPROGRESS, 0L);
    int rc = add_headers(http, err);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, http->headers);
    return rc;
}

/* The whole answer is in body afterwards. */
static CURLcode ask(struct http *http, const char *url, ns_t deadline, long *ret_status)
{
    long left = (long)((deadline - clock_now()) / NS_PER_MS);
    buf_clear(&http->body);
    curl_easy_setopt(http->curl, CURLOPT_URL, url);
    curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1L);
    CURLcode code = curl_easy_perform(http->curl);
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, ret_status);
    return code;
}

static int get(struct http *http, const char *url, ns_t deadline, struct visit *visit)
{
    long status = 0;
    CURLcode code = ask(http, url, deadline, &status);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return visit_fail(visit, "no whole answer within %d s",
                          (int)(STORE_ANSWER_SPAN / NS_PER_S));
    if (code == CURLE_WRITE_ERROR)
        return visit_fail(visit, "the answer is longer than %zu MB", DOCUMENTS_MAX >> 20);
    if (code != CURLE_OK)
        return visit_fail(visit, "%s", curl_easy_strerror(code));
    visit->missing = status == 404;
    if (status < 200 || status > 299)
        return visit_fail(visit, "it answered with %ld: %.80s", status, buf_text(&http->body));
    return 0;
}

/* ---- pages ---- */

static bool fill(const struct http *http, const struct page *page, char *ret_url, size_t size)
{
    char number[24], before[24], rows[24];
    snprintf(number, sizeof number, "%zu", page->number);
    snprintf(before, sizeof before, "%zu", page->number - 1);
    snprintf(rows, sizeof rows, "%zu", page->rows);
    char *cursor = curl_easy_escape(http->curl, page->cursor, 0);
    const struct {
        const char *name, *value;
    } marks[] = {{"{{page}}", number},
                 {"{{page0}}", before},
                 {"{{offset}}", rows},
                 {"{{next}}", cursor ? cursor : ""}};
    bool any = false;
    size_t used = 0;
    for (const char *p = http->store.url; *p && used < size;) {
        const char *value = NULL;
        for (size_t i = 0; i < sizeof marks / sizeof *marks && !value; i++)
            if (!strncmp(p, marks[i].name, strlen(marks[i].name))) {
                value = marks[i].value;
                p += strlen(marks[i].name);
            }
        used += (size_t)(value ? snprintf(ret_url + used, size - used, "%s", value)
                               : snprintf(ret_url + used, size - used, "%c", *p++));
        any |= value != NULL;
    }
    curl_free(cursor);
    return any;
}

/* What stands at next= is an address or a cursor; null, false, 0 and nothing end it. */
static void follow_member(struct http *http, const struct http_query *query, const char *asked,
                          struct page *page)
{
    char text[LINK_MAX];
    struct json_value next = json_pointer_find(http->body.data, http->body.used, query->next);
    bool some = next.type == JSON_TYPE_TEXT || next.type == JSON_TYPE_NUMBER;
    if (!some || !json_value_text(&next, text, sizeof text) || !text[0] || !strcmp(text, "0"))
        return;
    if (strstr(http->store.url, "{{next}}"))
        snprintf(page->cursor, sizeof page->cursor, "%.1023s", text);
    else
        link_resolve(asked, text, page->link, sizeof page->link);
}

/* True: there is another one. */
static bool turn(struct http *http, const struct http_query *query, const char *asked, bool counted,
                 size_t rows, struct page *page)
{
    page->link[0] = page->cursor[0] = '\0';
    page->number++;
    page->rows += rows;
    if (query->next[0])
        follow_member(http, query, asked, page);
    else if (!counted)
        link_next(http->curl, asked, page->link, sizeof page->link);
    return page->link[0] || page->cursor[0] || (counted && !query->next[0] && rows);
}

/* A service that does not look at the page that it is asked for shows the same rows again and
 * again, which are no further ones. */
static int note_list(const struct http *http, struct visit *visit, const struct json_value *list,
                     struct page *page)
{
    static const char *const marks[] = {"{{page}}", "{{page0}}", "{{offset}}", "{{next}}"};
    const char *mark = "the page's address";
    size_t before = link_lists_find(&page->lists, list->bytes, list->length);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        mark = strstr(http->store.url, marks[i]) ? marks[i] : mark;
    if (before)
        return visit_fail(visit,
                          "page %zu has the rows of page %zu once more: does the service look at "
                          "%s?",
                          page->number, before, mark);
    return link_lists_add(&page->lists, page->number, list->bytes, list->length)
               ? 0
               : visit_fail(visit, "no room for page %zu", page->number);
}

static bool is_empty(const struct json_value *list)
{
    return json_pointer_find(list->bytes, list->length, "/0").type == JSON_TYPE_NONE;
}

static int read_list(struct http *http, const struct http_query *query, struct visit *visit,
                     enum visit_slot slot, struct page *page)
{
    char what[32] = "";
    const char *body = buf_text(&http->body);
    struct json_value list = json_pointer_find(body, http->body.used, query->list);
    if (page->number > 1)
        snprintf(what, sizeof what, "page %zu", page->number);
    if (!http->body.used)
        return 0; /* such as 204: how some services write an empty page */
    if (list.type == JSON_TYPE_NONE &&
        json_pointer_find(body, http->body.used, "").type == JSON_TYPE_NONE)
        return visit_fail(visit, "the answer is no JSON: %.80s", body);
    if (list.type == JSON_TYPE_NONE)
        return visit_fail(visit, "the answer has nothing at %s: %.80s", query->list, body);
    if (list.type == JSON_TYPE_WORD && *list.bytes == 'n')
        return 0; /* null: how some languages write an empty list */
    if (list.type != JSON_TYPE_ARRAY)
        return visit_fail(visit, "what is at %s is no list: %.60s",
                          query->list[0] ? query->list : "the answer's root", list.bytes);
    if (!is_empty(&list) && note_list(http, visit, &list, page))
        return visit->rc;
    return documents_list(visit, slot, &http->store, &list, what);
}

/* Headers are for whom the scenario names: a page that is somewhere else is not asked for. */
static int check_page(struct visit *visit, const char *url, const char *last,
                      const struct page *page)
{
    if (!strcmp(url, last))
        return visit_fail(visit, "page %zu leads to itself", page->number - 1);
    if (page->number > PAGES_MAX)
        return visit_fail(visit, "there are more than %d pages", PAGES_MAX);
    if (*last && !link_same_origin(last, url))
        return visit_fail(visit,
                          "page %zu leads to another server, %.100s: only the one that the "
                          "scenario names is asked, with its headers",
                          page->number - 1, url);
    return 0;
}

/* Where pages count from 0, those that were read are not all. Who counts from 1 shows nothing
 * there, refuses, or shows the first one. */
static void look_before_page_1(struct http *http, const struct http_query *query, ns_t deadline,
                               const struct page *page, struct visit *visit)
{
    const struct page zero = {.number = 0};
    char url[LINK_MAX];
    long status = 0;
    if (visit->rc || !strstr(http->store.url, "{{page}}") || !fill(http, &zero, url, sizeof url) ||
        ask(http, url, deadline, &status) != CURLE_OK || status < 200 || status > 299)
        return;
    struct json_value list = json_pointer_find(buf_text(&http->body), http->body.used, query->list);
    if (list.type == JSON_TYPE_ARRAY && !is_empty(&list) &&
        !link_lists_find(&page->lists, list.bytes, list.length))
        visit_fail(visit, "page 0 has rows that no other page has: {{page0}} counts from 0");
}

static int read_pages(struct http *http, struct visit *visit, enum visit_slot slot)
{
    ns_t deadline = clock_now() + STORE_ANSWER_SPAN;
    struct http_query query;
    struct page page = {.number = 1};
    char url[LINK_MAX], last[LINK_MAX] = "";
    bool more = http_query_read(http->store.queries[slot], &query);
    visit_begin(visit, slot);
    while (more && !visit->rc) {
        int64_t before = visit->counts[slot];
        bool counted = fill(http, &page, url, sizeof url);
        if (page.link[0])
            snprintf(url, sizeof url, "%s", page.link);
        if (check_page(visit, url, last, &page))
            break;
        snprintf(last, sizeof last, "%s", url);
        if (get(http, url, deadline, visit) || read_list(http, &query, visit, slot, &page))
            break;
        more = turn(http, &query, url, counted, (size_t)(visit->counts[slot] - before), &page);
    }
    look_before_page_1(http, &query, deadline, &page, visit);
    free(page.lists.v);
    return visit->rc;
}

/* ---- a visit ---- */

static void read_slot(struct http *http, struct visit *visit, enum visit_slot slot)
{
    if (!http->store.queries[slot] || (!visit->read[slot] && !visit->count[slot]))
        return;
    if (read_pages(http, visit, slot))
        visit->failed = (int)slot;
}

static void read_value(struct http *http, struct visit *visit)
{
    struct http_query query;
    char text[4096];
    struct page page = {.number = 1};
    char url[LINK_MAX];
    fill(http, &page, url, sizeof url);
    if (!http_query_read(visit->ask, &query) ||
        get(http, url, clock_now() + STORE_ANSWER_SPAN, visit))
        return;
    struct json_value value = json_pointer_find(buf_text(&http->body), http->body.used, query.list);
    if (value.type == JSON_TYPE_NONE)
        visit_fail(visit, "the answer has nothing at %s: %.80s", query.list, buf_text(&http->body));
    else if (json_value_text(&value, text, sizeof text) && strcmp(text, "null") != 0)
        visit->value = strdup(text);
}

static void http_visit(struct store *store, struct visit *visit)
{
    struct http *http = (struct http *)store;
    struct err err = {0};
    if (http_connect(store, &err)) {
        visit_fail(visit, "%s", err.message);
        return;
    }
    for (enum visit_slot slot = 0; !visit->rc && slot < VISIT_SLOTS; slot++)
        read_slot(http, visit, slot);
    if (!visit->rc && visit->ask)
        read_value(http, visit);
}

static int http_execute(struct store *store, const char *command, struct err *err)
{
    (void)store, (void)command;
    return err_set(err, ERR_USAGE, "an address of HTTP is only read");
}

static void http_wake(struct store *store)
{
    atomic_store(&((struct http *)store)->stop, true);
}

static void http_close(struct store *store)
{
    struct http *http = (struct http *)store;
    if (http->curl) {
        curl_easy_cleanup(http->curl);
        curl_global_cleanup();
    }
    curl_slist_free_all(http->headers);
    buf_free(&http->body);
}

const struct store_ops store_http = {
    .name = "http",
    .title = "HTTP",
    .schemes = {"http", "https"},
    .costly = true,
    .size = sizeof(struct http),
    .reads = http_reads,
    .visit = http_visit,
    .connect = http_connect,
    .execute = http_execute,
    .wake = http_wake,
    .close = http_close,
};
