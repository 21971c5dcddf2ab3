#include "model/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/printable.h"

/* Bytes of a value that are shown in hex; and room for how many there are. */
#define UNDECODED_SHOWN 24
#define BYTES_SHOWN     32

int timeline_add(struct timeline *timeline, const struct sample *sample, struct err *err)
{
    if (timeline->count == timeline->room) {
        size_t room = timeline->room ? timeline->room * 2 : 256;
        struct sample *v = realloc(timeline->v, room * sizeof *v);
        if (!v)
            return err_set(err, ERR_MEMORY, "no room for %zu samples", room);
        timeline->v = v;
        timeline->room = room;
    }
    struct sample copy = *sample;
    copy.lanes = NULL;
    if (sample->lanes_count) {
        size_t size = sample->lanes_count * sizeof *copy.lanes;
        copy.lanes = malloc(size);
        if (!copy.lanes)
            return err_set(err, ERR_MEMORY, "no room for a sample of %u partitions",
                           sample->lanes_count);
        memcpy(copy.lanes, sample->lanes, size);
    }
    timeline->v[timeline->count++] = copy;
    return 0;
}

void timeline_free(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++)
        free(timeline->v[i].lanes);
    free(timeline->v);
    *timeline = (struct timeline){0};
}

int64_t sample_lag(const struct sample *sample)
{
    if (!sample->lanes_count)
        return COUNT_UNKNOWN;
    int64_t lag = 0;
    for (uint32_t i = 0; i < sample->lanes_count; i++) {
        const struct lane_reading *p = &sample->lanes[i];
        int64_t committed = p->committed == COMMITTED_UNDEFINED ? 0 : p->committed;
        if (p->end > committed)
            lag += p->end - committed;
    }
    return lag;
}

/* As it is read, with secrets masked before it is cut: the first half of one is found by nobody. */
static void keep_text(const char *value, size_t size, char *ret_text, size_t room)
{
    char text[4096];
    bool whole = printable(value, size, text, sizeof text);
    mask_apply_here(text, sizeof text);
    whole &= printable(text, strlen(text), ret_text, room - sizeof "\u2026" - BYTES_SHOWN);
    snprintf(ret_text + strlen(ret_text), sizeof "\u2026" + 1, "%s", whole ? "" : " \u2026");
}

/* In quotes, and short ones as they are, so that blanks at the ends are seen. */
static void keep_quoted(const char *value, size_t size, char *ret_text, size_t room)
{
    char text[sizeof((struct produced *)0)->undecoded - 2];
    bool plain = size > 0 && size < sizeof text / 2;
    for (size_t i = 0; plain && i < size; i++)
        plain = value[i] >= ' ' && value[i] <= '~';
    if (plain) {
        memcpy(text, value, size);
        text[size] = '\0';
        mask_apply_here(text, sizeof text);
    } else {
        keep_text(value, size, text, sizeof text);
    }
    if (size)
        snprintf(ret_text, room, "'%s'", text);
}

static void keep_hex(const uint8_t *value, size_t size, char *ret_text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < size && i < UNDECODED_SHOWN; i++)
        used += (size_t)snprintf(ret_text + used, room - used, "%s%02x", i ? " " : "", value[i]);
    snprintf(ret_text + used, room - used, "%s", size > UNDECODED_SHOWN ? " \u2026" : "");
}

void produced_undecoded(struct produced *produced, const void *value, size_t size)
{
    char *text = produced->undecoded;
    size_t room = sizeof produced->undecoded;
    if (*text)
        return;
    if (value && printable_is_text(value, size))
        keep_quoted(value, size, text, room);
    else if (value)
        keep_hex(value, size, text, room);
    size_t used = strlen(text);
    snprintf(text + used, room - used, "%s(%zu byte%s)", used ? " " : "", size,
             size == 1 ? "" : "s");
}

void rows_free(struct rows *rows)
{
    free(rows->v);
    free(rows->lines);
    *rows = (struct rows){0};
}

void produced_free(struct produced *produced)
{
    free(produced->v);
    *produced = (struct produced){0};
}

void evidence_free(struct evidence *evidence)
{
    rows_free(&evidence->before);
    rows_free(&evidence->coupons);
    rows_free(&evidence->parked);
    rows_free(&evidence->stock_before);
    rows_free(&evidence->stock);
    produced_free(&evidence->produced);
    produced_free(&evidence->dead_letter);
    for (size_t i = 0; i < evidence->asked_count; i++) {
        free(evidence->asked[i].value);
        free(evidence->asked[i].reason);
    }
    free(evidence->asked);
    *evidence = (struct evidence){0};
}
