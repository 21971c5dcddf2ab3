#include "store/link.h"

#include <stdio.h>
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

void link_next(CURL *curl, const char *asked, char *ret_url, size_t size)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(curl, "Link", 0, CURLH_HEADER, -1, &header))
        return;
    for (const char *p = header->value; (p = strchr(p, '<')) != NULL; p++) {
        char link[LINK_MAX];
        const char *end = strchr(p, '>'), *stop = end ? strchr(end, '<') : NULL;
        const char *rel = end ? strstr(end, "rel=\"next\"") : NULL;
        if (!rel || (stop && rel > stop))
            continue;
        snprintf(link, sizeof link, "%.*s", (int)(end - p - 1), p + 1);
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

uint64_t link_digest(const char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
    return hash;
}
