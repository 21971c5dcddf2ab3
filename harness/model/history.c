#include "model/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Mapped rather than allocated: the kernel hands out zero pages only when a record is first
 * written, so a generous room costs nothing until it is used. */
static int map(size_t room, size_t size, void **ret_v, struct err *err)
{
    void *v = mmap(NULL, room * size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (v == MAP_FAILED)
        return err_errno(err, ERR_MEMORY, errno, "no room for %zu request records", room);
    *ret_v = v;
    return 0;
}

int history_init(struct history *history, size_t room, struct err *err)
{
    void *v = NULL;
    *history = (struct history){0};
    int rc = room ? map(room, sizeof *history->v, &v, err) : 0;
    history->v = v;
    history->room = rc ? 0 : room;
    return rc;
}

/* Once, parallel to the records. */
static int map_beside(const struct history *history, size_t size, void *there, void **ret_v,
                      struct err *err)
{
    *ret_v = there;
    return history->room && !there ? map(history->room, size, ret_v, err) : 0;
}

int history_decide(struct history *history, struct err *err)
{
    void *v;
    int rc = map_beside(history, sizeof *history->decided, history->decided, &v, err);
    history->decided = v;
    return rc;
}

int history_order(struct history *history, struct err *err)
{
    void *v;
    int rc = map_beside(history, sizeof *history->orders, history->orders, &v, err);
    history->orders = v;
    return rc;
}

int history_line(struct history *history, unsigned lines, struct err *err)
{
    void *v;
    int rc = map_beside(history, sizeof *history->more * (lines - 1), history->more, &v, err);
    history->more = v;
    history->lines = lines;
    return rc;
}

void history_shift(struct history *history, size_t to, size_t from)
{
    history->v[to] = history->v[from];
    for (unsigned line = 0; history->orders && (!line || line < history->lines); line++)
        *history_line_of(history, to, line) = *history_line_of(history, from, line);
    if (history->to)
        history->to[to] = history->to[from];
    if (history->texts)
        history->texts[to] = history->texts[from];
}

int history_move(struct history *history, struct err *err)
{
    void *v;
    int rc = map_beside(history, sizeof *history->to, history->to, &v, err);
    history->to = v;
    return rc;
}

int history_name(struct history *history, struct err *err)
{
    void *v;
    int rc = map_beside(history, sizeof *history->texts, history->texts, &v, err);
    history->texts = v;
    return rc;
}

int history_act(struct history *history, struct err *err)
{
    void *v;
    int rc = map_beside(history, sizeof *history->deeds, history->deeds, &v, err);
    history->deeds = v;
    return rc;
}

int history_bind(struct history *history, struct err *err)
{
    size_t count = (HISTORY_AGENTS_MAX + 1) * HISTORY_PHASES_MAX;
    if (!history->bounds)
        history->bounds = calloc(count, sizeof *history->bounds);
    return history->bounds ? 0 : err_set(err, ERR_MEMORY, "no room for the bounds of clocks");
}

static void unmap(const struct history *history, void *v, size_t size)
{
    if (v)
        munmap(v, history->room * size);
}

void history_free(struct history *history)
{
    unmap(history, history->to, sizeof *history->to);
    unmap(history, history->texts, sizeof *history->texts);
    unmap(history, history->deeds, sizeof *history->deeds);
    unmap(history, history->orders, sizeof *history->orders);
    if (history->lines > 1)
        unmap(history, history->more, sizeof *history->more * (history->lines - 1));
    unmap(history, history->decided, sizeof *history->decided);
    unmap(history, history->v, sizeof *history->v);
    free(history->bounds);
    *history = (struct history){0};
}

bool request_answered(const struct request *request)
{
    bool decided = request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED;
    return (request->status || decided) && request->done && request->released;
}

static const char *const class_names[CLASS_COUNT] = {
    [CLASS_SKIPPED] = "skipped", [CLASS_ACCEPTED] = "accepted", [CLASS_REJECTED] = "rejected",
    [CLASS_FAILED] = "failed",   [CLASS_UNKNOWN] = "unknown",   [CLASS_LIMITED] = "limited",
};

static const char *const cause_names[CAUSE_COUNT] = {
    [CAUSE_NONE] = "none",
    [CAUSE_UNCLASSIFIED] = "unclassified",
    [CAUSE_SERVER_ERROR] = "server_error",
    [CAUSE_NO_DECISION] = "no_decision",
    [CAUSE_REFUSED] = "refused",
    [CAUSE_CONNECT] = "connect",
    [CAUSE_RESET] = "reset",
    [CAUSE_CLOSED] = "closed",
    [CAUSE_TIMEOUT] = "timeout",
    [CAUSE_GARBAGE] = "garbage",
    [CAUSE_UNDECIDED] = "undecided",
    [CAUSE_STOPPED] = "stopped",
    [CAUSE_LATE] = "late",
    [CAUSE_OTHER] = "other",
    [CAUSE_AMBIGUOUS] = "ambiguous",
    [CAUSE_PENDING] = "pending",
    [CAUSE_UNREAD] = "unread",
    [CAUSE_ANOTHER] = "another_user",
    [CAUSE_ANOTHER_YES] = "yes_for_another",
    [CAUSE_UNPROCESSED] = "unprocessed",
    [CAUSE_IN_PROGRESS] = "in_progress",
    [CAUSE_KEY_REUSED] = "key_reused",
};

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

const char *request_class_name(enum request_class cls)
{
    return cls < CLASS_COUNT ? class_names[cls] : "?";
}

const char *request_cause_name(enum request_cause cause)
{
    return cause < CAUSE_COUNT ? cause_names[cause] : "?";
}

int request_class_find(const char *name)
{
    return find(class_names, CLASS_COUNT, name);
}

int request_cause_find(const char *name)
{
    return find(cause_names, CAUSE_COUNT, name);
}
