#include "store/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void link_resolve(const char *base, const char *link, char *ret_url, size_t size)
{
    CURLU *url = curl_url();
    char *whole = NULL;
    if (url && !curl_url_set(url, CURLUPART_URL, base, 0) &&
        !curl_url_set(url, CURLUPART_URL, link, 0) && !curl_url_get(url, CURLUPART_URL, &whole, 0))
        snprintf(ret_url, size, "%s", whole);
    curl_free(whole);
    curl_url_cleanup(url);
}

/* ---- the header Link ---- */

/* A token or quoted text; moves *at behind it. */
static void take_value(const char **at, char *ret_text, size_t size)
{
    bool quoted = **at == '"';
    size_t used = 0;
    *at += quoted;
    while (**at && (quoted ? **at != '"' : !strchr(";, \t", **at))) {
        *at += quoted && **at == '\\' && (*at)[1];
        if (used + 1 < size)
            ret_text[used++] = **at;
        ++*at;
    }
    *at += quoted && **at == '"';
    ret_text[used] = '\0';
}

static bool has_word(const char *words, const char *wanted)
{
    size_t length = strlen(wanted);
    for (const char *p = words; *p; p += strcspn(p, " \t")) {
        p += strspn(p, " \t");
        if (strcspn(p, " \t") == length && !strncasecmp(p, wanted, length))
            return true;
    }
    return false;
}

/* "; rel=next; title=…" up to the next link. */
static bool take_parameters(const char **at)
{
    bool next = false;
    for (*at += strspn(*at, " \t"); **at == ';'; *at += strspn(*at, " \t")) {
        char value[256] = "";
        *at += 1 + strspn(*at + 1, " \t");
        size_t length = strcspn(*at, "=;, \t");
        bool rel = length == 3 && !strncasecmp(*at, "rel", 3);
        *at += length;
        *at += strspn(*at, " \t");
        if (**at != '=')
            continue;
        *at += 1 + strspn(*at + 1, " \t");
        take_value(at, value, sizeof value);
        next |= rel && has_word(value, "next");
    }
    return next;
}

bool link_find_next(const char *header, char *ret_link, size_t size)
{
    const char *at = header;
    while ((at = strchr(at, '<')) != NULL) {
        const char *from = at + 1, *end = strchr(from, '>');
        if (!end)
            return false;
        at = end + 1;
        if (!take_parameters(&at))
            continue;
        snprintf(ret_link, size, "%.*s", (int)(end - from), from);
        return true;
    }
    return false;
}

void link_next(CURL *curl, const char *asked, char *ret_url, size_t size)
{
    struct curl_header *header = NULL;
    char link[LINK_MAX];
    for (size_t i = 0; !curl_easy_header(curl, "Link", i, CURLH_HEADER, -1, &header); i++)
        if (link_find_next(header->value, link, sizeof link)) {
            link_resolve(asked, link, ret_url, size);
            return;
        }
}

bool link_same_origin(const char *a, const char *b)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
    CURLU *urls[] = {curl_url(), curl_url()};
    bool same = urls[0] && urls[1] && !curl_url_set(urls[0], CURLUPART_URL, a, 0) &&
                !curl_url_set(urls[1], CURLUPART_URL, b, 0);
    for (size_t i = 0; same && i < sizeof parts / sizeof *parts; i++) {
        char *texts[2] = {NULL, NULL};
        same = !curl_url_get(urls[0], parts[i], &texts[0], CURLU_DEFAULT_PORT) &&
               !curl_url_get(urls[1], parts[i], &texts[1], CURLU_DEFAULT_PORT) &&
               !strcasecmp(texts[0], texts[1]);
        curl_free(texts[0]);
        curl_free(texts[1]);
    }
    curl_url_cleanup(urls[0]);
    curl_url_cleanup(urls[1]);
    return same;
}

/* ---- lists ---- */

static uint64_t digest(const char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
    return hash;
}

size_t link_lists_find(const struct link_lists *lists, const char *bytes, size_t length)
{
    uint64_t wanted = digest(bytes, length);
    for (size_t i = 0; i < lists->count; i++)
        if (lists->v[i].digest == wanted)
            return lists->v[i].page;
    return 0;
}

bool link_lists_add(struct link_lists *lists, size_t page, const char *bytes, size_t length)
{
    struct link_list *v = realloc(lists->v, (lists->count + 1) * sizeof *v);
    if (!v)
        return false;
    lists->v = v;
    v[lists->count++] = (struct link_list){page, digest(bytes, length)};
    return true;
}
