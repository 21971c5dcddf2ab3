/* links: base */
/* covers: base/uri.c */
/* Addresses: what is parsed can be asked, and an error holds no password. */
#include "base/uri.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const schemes[] = {"redis", "postgresql", NULL};
    char *text = fuzz_text(bytes, size), value[32], place[300];
    struct uri uri;
    struct err err = {0};
    if (!uri_parse(text, &uri, &err)) {
        MUST(uri.hosts_count >= 1 && uri.hosts_count <= URI_HOSTS_MAX);
        (void)uri_query(&uri, "host", value, sizeof value);
        (void)!uri_expect(&uri, "Redis", schemes, &err);
        for (unsigned i = 0; i < uri.hosts_count; i++)
            (void)uri_place(uri.hosts[i].name, uri.hosts[i].port, place, sizeof place);
    } else {
        MUST(err.message[0]);
    }
    free(text);
    return 0;
}
