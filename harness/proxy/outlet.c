#include "proxy/outlet.h"

#include <stdlib.h>
#include <string.h>

void outlet_free(struct outlet *outlet)
{
    free(outlet->bytes);
    free(outlet->edits);
    *outlet = (struct outlet){0};
}

static bool make_room(struct outlet *outlet, size_t length)
{
    size_t waiting = outlet_waiting(outlet);
    if (outlet->from) {
        memmove(outlet->bytes, outlet->bytes + outlet->from, waiting);
        outlet->from = 0;
        outlet->used = waiting;
    }
    if (outlet->room - outlet->used >= length)
        return true;
    size_t room = outlet->room ? outlet->room : 4096;
    while (room - waiting < length)
        room *= 2;
    uint8_t *bytes = realloc(outlet->bytes, room);
    if (!bytes)
        return false;
    outlet->bytes = bytes;
    outlet->room = room;
    return true;
}

bool outlet_add(struct outlet *outlet, const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return true;
    if (outlet->room - outlet->used < length && !make_room(outlet, length))
        return false;
    memcpy(outlet->bytes + outlet->used, bytes, length);
    outlet->used += length;
    return true;
}

bool outlet_edit(struct outlet *outlet, uint64_t begin, uint64_t end, const char *text,
                 size_t length)
{
    if (!outlet->edits)
        outlet->edits = calloc(OUTLET_EDITS_MAX, sizeof *outlet->edits);
    if (!outlet->edits || outlet->edits_count == OUTLET_EDITS_MAX || length > OUTLET_EDIT_MAX)
        return false;
    struct outlet_edit *edit = &outlet->edits[outlet->edits_count++];
    edit->begin = begin;
    edit->end = end;
    edit->length = length;
    memcpy(edit->text, text, length);
    return true;
}

/* Ends the first edit, once its text has gone and all bytes that it replaces
 * have come. */
static bool edit_end(struct outlet *outlet)
{
    struct outlet_edit *edit = &outlet->edits[0];
    uint64_t replaced = edit->end - edit->begin;
    if (outlet_waiting(outlet) < replaced)
        return false;
    outlet->from += replaced;
    outlet->at += replaced;
    outlet->edited = 0;
    memmove(outlet->edits, outlet->edits + 1, --outlet->edits_count * sizeof *outlet->edits);
    return true;
}

size_t outlet_next(struct outlet *outlet, uint64_t limit, const uint8_t **ret_bytes)
{
    while (outlet->edits_count && outlet->at == outlet->edits[0].begin) {
        struct outlet_edit *edit = &outlet->edits[0];
        if (outlet->edited < edit->length) {
            *ret_bytes = (const uint8_t *)edit->text + outlet->edited;
            return edit->length - outlet->edited;
        }
        if (!edit_end(outlet))
            return 0;
    }
    uint64_t end = outlet->at + outlet_waiting(outlet);
    if (end > limit)
        end = limit;
    if (outlet->edits_count && end > outlet->edits[0].begin)
        end = outlet->edits[0].begin;
    *ret_bytes = outlet->bytes ? outlet->bytes + outlet->from : NULL;
    return end > outlet->at ? (size_t)(end - outlet->at) : 0;
}

void outlet_sent(struct outlet *outlet, size_t length)
{
    if (outlet->edits_count && outlet->at == outlet->edits[0].begin) {
        outlet->edited += length;
        return;
    }
    outlet->from += length;
    outlet->at += length;
    if (outlet->from == outlet->used)
        outlet->from = outlet->used = 0;
}
