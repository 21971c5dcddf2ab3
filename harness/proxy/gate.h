/* What all connections of the proxy share: the loop, the catalogue of shapes,
 * the hold, the journal and the counts. One thread. */
#ifndef PROXY_GATE_H
#define PROXY_GATE_H

#include "base/clock.h"
#include "proxy/framer.h"
#include "proxy/hold.h"
#include "proxy/journal.h"
#include "proxy/shape.h"

#define GATE_READ (64 * 1024) /* bytes that one read takes */

struct relay;

/* What an entry of the loop is: its first member is this. */
struct watcher {
    void (*ready)(struct watcher *watcher, uint32_t events);
};

/* How often a shape was seen. */
struct shape_counts {
    uint64_t statements, failed, unanswered;
    ns_t time, longest; /* from asked to answered */
    unsigned now, most; /* at once */
};

#define GATE_NOTES_MAX 32

/* Something that was said, how often. */
struct note {
    const char *what; /* "blind", "around", "refused", "left" */
    const char *reason;
    uint64_t count;
};

/* Clients of a door that ask for TLS are told no. Some come back without on a new connection. */
struct callers {
    bool left; /* one did, and none had come in plain */
    bool came; /* one in plain */
};

struct gate {
    int epoll;
    ns_t now; /* when the events being served were fetched */
    struct shapes *shapes;
    struct value_rules rules;
    struct hold *hold;
    char wanted[HOLD_STEPS_MAX]
               [SHAPE_TEXT_MAX + 4]; /* texts of shapes that are to be held, by step */
    unsigned wanted_count;
    bool looked[SHAPES_MAX]; /* whether a shape is one of them is known */
    struct journal journal;
    struct shape_counts counts[SHAPES_MAX];
    struct note notes[GATE_NOTES_MAX];
    unsigned notes_count;
    struct callers callers[UINT8_MAX + 1]; /* by door */
    uint64_t opened, open, most_open;      /* connections */
    unsigned inside, most_inside;          /* statements without an answer */
    struct relay **relays;                 /* by number; owned */
    unsigned relays_room;
    struct relay *due, *due_last; /* with something to send on, in order */
    struct relay *ended;          /* to be freed when these events have been served */
    uint8_t scratch[GATE_READ];
};

/* NULL: no memory, or no epoll. key: of the run. let_go is the hold's (hold_events), with the gate
 * as its context. */
struct gate *gate_open(const uint8_t key[16], void (*let_go)(void *gate, unsigned number));
void gate_close(struct gate *gate);

bool gate_watch(struct gate *gate, int fd, struct watcher *watcher, uint32_t events);
void gate_change(struct gate *gate, int fd, struct watcher *watcher, uint32_t events);

/* Holds a shape that is wanted by its text, when it is seen for the first time. */
void gate_look(struct gate *gate, uint16_t shape);

void gate_note(struct gate *gate, const char *what, const char *reason);
/* FRAMER_LEFT and FRAMER_PLAIN of a client of this door. In the log, "left DOOR: REASON" stands
 * until "came DOOR" does. */
void gate_left(struct gate *gate, uint8_t door, const char *reason);
void gate_came(struct gate *gate, uint8_t door);

#endif
