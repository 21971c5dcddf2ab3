/* The one message of the authentication that may be edited: over TLS a server
 * offers SCRAM bound to the channel, which a client that sees no TLS takes for
 * an attack. */
#include <string.h>

#include "proxy/postgres.h"

#define AUTH_SASL 10

void pg_authentication(struct postgres *pg, const uint8_t *body, size_t length, uint64_t end)
{
    static const char bound[] = "SCRAM-SHA-256-PLUS";
    struct fields fields = {body, body ? body + length : NULL, body != NULL};
    char text[256];
    size_t used = 9, dropped = 0;
    if (!pg->base.config.upstream_tls || pg_take32(&fields) != AUTH_SASL)
        return;
    while (fields.ok && fields.at < fields.end) {
        size_t name;
        const char *mechanism = pg_take_text(&fields, &name);
        if (name == sizeof bound - 1 && memcmp(mechanism, bound, name) == 0) {
            dropped++;
            continue;
        }
        if (!fields.ok || used + name + 1 > sizeof text)
            return;
        memcpy(text + used, mechanism, name + 1);
        used += name + 1;
    }
    if (!dropped)
        return;
    uint32_t size = (uint32_t)used - 1;
    const char head[9] = {
        'R', (char)(size >> 24), (char)(size >> 16), (char)(size >> 8), (char)size, 0, 0,
        0,   AUTH_SASL};
    memcpy(text, head, sizeof head);
    framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_EDIT,
                                                  .side = FRAMER_SERVER,
                                                  .begin = pg->readers[FRAMER_SERVER].begin,
                                                  .end = end,
                                                  .text = text,
                                                  .length = used});
}
