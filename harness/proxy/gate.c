#include "proxy/gate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

_Static_assert(SHAPES_MAX <= HOLD_SHAPES_MAX, "a shape that can be seen can be held");

static void group(void *context, const struct hold_group *group)
{
    struct gate *gate = context;
    struct journal_record record = {
        .at = gate->now,
        .kind = JOURNAL_GROUP,
        .statement = group->held,
        .values_count = VALUES_MAX,
        .values = {group->held, group->behind, group->serialised, (int64_t)group->reason}};
    journal_write(&gate->journal, &record);
}

void gate_look(struct gate *gate, uint16_t shape)
{
    if (gate->looked[shape])
        return;
    gate->looked[shape] = true;
    for (unsigned i = 0; i < gate->wanted_count; i++)
        if (shape_is(shapes_get(gate->shapes, shape), gate->wanted[i]))
            hold_bind(gate->hold, shape, i);
}

struct gate *gate_open(const uint8_t key[16], void (*let_go)(void *gate, unsigned number))
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        return NULL;
    const struct hold_events events = {let_go, group, gate};
    gate->epoll = epoll_create1(EPOLL_CLOEXEC);
    gate->shapes = shapes_open();
    gate->hold = hold_open(&events);
    memcpy(gate->rules.key, key, sizeof gate->rules.key);
    if (gate->epoll >= 0 && gate->shapes && gate->hold)
        return gate;
    gate_close(gate);
    return NULL;
}

void gate_close(struct gate *gate)
{
    if (!gate)
        return;
    free(gate->relays);
    journal_close(&gate->journal);
    shapes_close(gate->shapes);
    hold_close(gate->hold);
    if (gate->epoll >= 0)
        close(gate->epoll);
    free(gate);
}

bool gate_watch(struct gate *gate, int fd, struct watcher *watcher, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watcher};
    return epoll_ctl(gate->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void gate_change(struct gate *gate, int fd, struct watcher *watcher, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watcher};
    epoll_ctl(gate->epoll, EPOLL_CTL_MOD, fd, &event);
}

void gate_note(struct gate *gate, const char *what, const char *reason)
{
    for (unsigned i = 0; i < gate->notes_count; i++) {
        struct note *note = &gate->notes[i];
        if (note->what == what && note->reason == reason) {
            note->count++;
            return;
        }
    }
    /* Also in the log, where whoever waits for a process to be ready sees it. */
    if (!strcmp(what, "refused"))
        fprintf(stderr, "refused: %s\n", reason);
    if (gate->notes_count < GATE_NOTES_MAX)
        gate->notes[gate->notes_count++] = (struct note){what, reason, 1};
}

void gate_left(struct gate *gate, uint8_t door, const char *reason)
{
    struct callers *callers = &gate->callers[door];
    if (callers->came)
        return;
    gate_note(gate, "left", reason);
    if (!callers->left)
        fprintf(stderr, "left %u: %s\n", door, reason);
    callers->left = true;
}

void gate_came(struct gate *gate, uint8_t door)
{
    struct callers *callers = &gate->callers[door];
    if (callers->left && !callers->came)
        fprintf(stderr, "came %u\n", door);
    callers->came = true;
}
