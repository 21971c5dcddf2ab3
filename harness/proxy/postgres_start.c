/* The start of a Postgres connection: requests for encryption are answered N
 * here, a cancellation is told, and what is no protocol 3 is passed on. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "proxy/hash.h"
#include "proxy/postgres.h"

#define CODE_CANCEL 80877102
#define CODE_SSL    80877103
#define CODE_GSS    80877104
#define PACKET_MAX  10000 /* Postgres' own bound */

/* An ErrorResponse, for a client that began with TLS at once
 * (sslnegotiation=direct). */
#define REFUSAL_SIZE 0x4f
static const char refusal[] = "E\0\0\0\x4f"
                              "SFATAL\0VFATAL\0C0A000\0"
                              "Mthis proxy speaks no TLS: sslmode=disable is needed\0";

static_assert(sizeof refusal - 1 == REFUSAL_SIZE, "the length that it tells");

static const char insists[] =
    "a client of Postgres insists on TLS, which the proxy speaks to the store alone: set "
    "sslmode=disable (or prefer) for it";

static uint64_t here(const struct postgres *pg, size_t taken)
{
    return pg->base.seen[FRAMER_CLIENT] + taken;
}

static void refuse(struct postgres *pg)
{
    pg->base.refused = true;
    framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_REFUSE,
                                                  .side = FRAMER_CLIENT,
                                                  .text = refusal,
                                                  .length = sizeof refusal,
                                                  .reason = insists});
}

/* Each of the two is asked for once by a client that means it. */
static bool refuse_encryption(struct postgres *pg, uint32_t code, uint64_t end)
{
    bool *asked = code == CODE_SSL ? &pg->asked_ssl : &pg->asked_gss;
    if (*asked)
        return false;
    *asked = true;
    if (code == CODE_SSL)
        pg->base.wants = insists;
    framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_EDIT,
                                                  .side = FRAMER_CLIENT,
                                                  .begin = pg->readers[FRAMER_CLIENT].begin,
                                                  .end = end,
                                                  .text = ""});
    framer_tell(&pg->base,
                &(struct framer_event){
                    .kind = FRAMER_REPLY, .side = FRAMER_CLIENT, .text = "N", .length = 1});
    return true;
}

static void next_packet(struct postgres *pg, uint64_t at)
{
    struct pg_reader *reader = &pg->readers[FRAMER_CLIENT];
    *reader = (struct pg_reader){.begin = at};
    pg->start = PG_LENGTH;
    pg->base.passable[FRAMER_CLIENT] = at;
}

/* Length and code are there. */
static void packet_begin(struct postgres *pg, uint32_t code, uint64_t end)
{
    struct pg_reader *reader = &pg->readers[FRAMER_CLIENT];
    uint32_t length = reader->left;
    if (length == 8 && (code == CODE_SSL || code == CODE_GSS)) {
        if (refuse_encryption(pg, code, end))
            return next_packet(pg, end);
    } else if ((length == 16 && code == CODE_CANCEL) ||
               (length > 8 && length <= PACKET_MAX && code >> 16 == 3)) {
        pg->base.passable[FRAMER_CLIENT] = UINT64_MAX;
        pg->base.wants = NULL;
        if (code != CODE_CANCEL)
            framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_PLAIN});
        pg->start = PG_PACKET;
        pg->cancels = code == CODE_CANCEL;
        reader->left = length - 8;
        return;
    }
    framer_go_blind(&pg->base, FRAMER_CLIENT, reader->begin, "this is no Postgres protocol 3");
}

static bool is_off(const char *value)
{
    static const char *const words[] = {"0", "off", "false", "no"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(value, words[i]) == 0)
            return true;
    }
    return false;
}

/* Names and values in turn, each ended by NUL. */
static bool replicates(const uint8_t *body, size_t length)
{
    struct fields fields = {body, body + length, true};
    for (size_t size; fields.ok;) {
        const char *name = pg_take_text(&fields, &size);
        const char *value = fields.ok ? pg_take_text(&fields, &size) : "";
        if (fields.ok && strcmp(name, "replication") == 0)
            return !is_off(value);
    }
    return false;
}

static void packet_end(struct postgres *pg, const uint8_t *body, size_t length, uint64_t end)
{
    struct pg_reader *reader = &pg->readers[FRAMER_CLIENT];
    kept_clear(&pg->base, FRAMER_CLIENT);
    pg->start = PG_STARTED;
    *reader = (struct pg_reader){.begin = end};
    if (pg->cancels) {
        framer_tell(&pg->base, &(struct framer_event){.kind = FRAMER_CANCEL,
                                                      .side = FRAMER_CLIENT,
                                                      .number = hash_bytes(body, length)});
        framer_go_blind(&pg->base, FRAMER_CLIENT, end, "a cancellation");
    } else if (replicates(body, length)) {
        framer_go_blind(&pg->base, FRAMER_CLIENT, end, "the client replicates");
    }
}

/* The first eight bytes: of them the length is kept as the reader's header, the
 * code is counted on.
 */
static size_t length_take(struct postgres *pg, const uint8_t *bytes, size_t length)
{
    struct pg_reader *reader = &pg->readers[FRAMER_CLIENT];
    size_t taken = 0, kept;
    if (reader->have == 0 && *bytes == 0x16) {
        refuse(pg);
        return length;
    }
    while (taken < length && reader->have < 8) {
        if (reader->have < 4)
            reader->header[reader->have] = bytes[taken];
        reader->have++;
        taken++;
    }
    const uint8_t *packet =
        kept_take(&pg->base, FRAMER_CLIENT, bytes, taken, 8 - reader->have, &kept);
    if (packet && reader->have == 8) {
        kept_clear(&pg->base, FRAMER_CLIENT);
        reader->left = read_be32(packet);
        packet_begin(pg, read_be32(packet + 4), here(pg, taken));
    }
    return taken;
}

static size_t packet_take(struct postgres *pg, const uint8_t *bytes, size_t length)
{
    struct pg_reader *reader = &pg->readers[FRAMER_CLIENT];
    size_t take = length < reader->left ? length : reader->left, kept;
    reader->left -= (uint32_t)take;
    const uint8_t *body = kept_take(&pg->base, FRAMER_CLIENT, bytes, take, reader->left, &kept);
    if (body && reader->left == 0)
        packet_end(pg, body, kept, here(pg, take));
    return take;
}

/* Returns how many bytes belong to the start; what follows are messages. `seen`
 * counts the rest. */
size_t pg_start_take(struct postgres *pg, const uint8_t *bytes, size_t length)
{
    uint64_t seen = pg->base.seen[FRAMER_CLIENT];
    size_t taken = 0;
    while (taken < length && pg->start != PG_STARTED && !pg->base.blind && !pg->base.refused) {
        pg->base.seen[FRAMER_CLIENT] = seen + taken;
        taken += pg->start == PG_LENGTH ? length_take(pg, bytes + taken, length - taken)
                                        : packet_take(pg, bytes + taken, length - taken);
    }
    pg->base.seen[FRAMER_CLIENT] = seen;
    return taken;
}
