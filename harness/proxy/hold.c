#include "proxy/hold.h"

#include <stdlib.h>
#include <string.h>

/* What is known of a connection. */
struct link {
    unsigned waiting; /* statements of the shape, sent on and without a whole answer */
    unsigned whole;   /* answers of the shape that are whole, behind the cut */
    bool cut;
    bool ready;     /* its first answer is whole: it counts as held */
    ns_t since;     /* when it was cut */
    ns_t spent;     /* of its budget, in this round */
    unsigned place; /* in the list of cuts */
};

struct hold {
    struct hold_events events;
    struct hold_rule rule;
    bool on;
    unsigned step;                  /* whose answers are held now */
    uint8_t steps[HOLD_SHAPES_MAX]; /* by shape: its step + 1; 0: none */
    struct link *links;             /* by connection; owned */
    unsigned room;
    unsigned *cuts; /* connections that are cut, oldest first; owned */
    unsigned cuts_count, cuts_room;
    unsigned held;    /* cuts whose first answer is whole */
    unsigned behind;  /* whole answers behind these */
    unsigned waiting; /* statements without a whole answer, on connections without
                         a cut */
    ns_t first, last; /* when the first and the last held one of this group came */
    struct hold_counts counts;
};

static const char *const reason_names[HOLD_REASONS] = {"full", "calm", "late", "cancelled",
                                                       "stopped"};

const char *hold_reason_name(enum hold_reason reason)
{
    return reason_names[reason];
}

struct hold *hold_open(const struct hold_events *events)
{
    struct hold *hold = calloc(1, sizeof *hold);
    if (hold)
        hold->events = *events;
    return hold;
}

void hold_close(struct hold *hold)
{
    if (!hold)
        return;
    free(hold->links);
    free(hold->cuts);
    free(hold);
}

const struct hold_counts *hold_counts(const struct hold *hold)
{
    return &hold->counts;
}

/* The connection's entry; NULL: no memory, and then nothing is held on it. */
static struct link *link_of(struct hold *hold, unsigned connection)
{
    if (connection < hold->room)
        return &hold->links[connection];
    unsigned room = hold->room ? hold->room : 64;
    while (room <= connection && room < HOLD_CONNECTIONS_MAX)
        room *= 2;
    if (connection >= room)
        return NULL;
    struct link *links = realloc(hold->links, room * sizeof *links);
    if (!links)
        return NULL;
    for (unsigned i = hold->room; i < room; i++)
        links[i] = (struct link){0};
    hold->links = links;
    hold->room = room;
    return &links[connection];
}

static bool cut_add(struct hold *hold, unsigned connection)
{
    if (hold->cuts_count == hold->cuts_room) {
        unsigned room = hold->cuts_room ? 2 * hold->cuts_room : 64;
        unsigned *cuts = realloc(hold->cuts, room * sizeof *cuts);
        if (!cuts)
            return false;
        hold->cuts = cuts;
        hold->cuts_room = room;
    }
    hold->links[connection].place = hold->cuts_count;
    hold->cuts[hold->cuts_count++] = connection;
    return true;
}

/* Opens one cut; what it held back is answered as far as it is whole. */
static void open_cut(struct hold *hold, unsigned connection, ns_t now)
{
    struct link *link = &hold->links[connection];
    for (unsigned i = link->place; i + 1 < hold->cuts_count; i++) {
        hold->cuts[i] = hold->cuts[i + 1];
        hold->links[hold->cuts[i]].place = i;
    }
    hold->cuts_count--;
    hold->held -= link->ready;
    hold->behind -= link->whole ? link->whole - 1 : 0;
    hold->waiting += link->waiting;
    link->spent += now - link->since;
    link->cut = link->ready = false;
    link->whole = 0;
    hold->events.let_go(hold->events.context, connection);
}

static unsigned inside(const struct hold *hold)
{
    return hold->held + hold->behind;
}

unsigned hold_held(const struct hold *hold)
{
    return inside(hold);
}

/* A shape that is alone again and again makes a queue of a rush: it is held no
 * longer. Where the store makes others wait there is nothing to be gained by
 * waiting either. */
static void count(struct hold *hold, const struct hold_group *group)
{
    struct hold_counts *counts = &hold->counts;
    unsigned all = group->held + group->behind;
    counts->groups[group->reason]++;
    if (all > counts->most)
        counts->most = all;
    counts->serialised += all == 1 && group->serialised;
    if (all >= 2)
        counts->alone = 0;
    else if (group->reason == HOLD_LATE && ++counts->alone >= hold->rule.alone_max)
        counts->given_up = true;
}

/* What was asked of the step before is nobody's to wait for any more. */
static void next_step(struct hold *hold)
{
    hold->step++;
    hold->waiting = 0;
    for (unsigned i = 0; i < hold->room; i++)
        hold->links[i].waiting = 0;
}

static void let_all_go(struct hold *hold, enum hold_reason reason, ns_t now)
{
    if (hold->cuts_count == 0)
        return;
    bool last = hold->step + 1 >= hold->rule.steps;
    const struct hold_group group = {.reason = reason,
                                     .held = hold->held,
                                     .behind = hold->behind,
                                     .serialised = hold->waiting > 0,
                                     .first = hold->first,
                                     .last = hold->last};
    if (last) {
        count(hold, &group);
        if (hold->events.group)
            hold->events.group(hold->events.context, &group);
    }
    while (hold->cuts_count)
        open_cut(hold, hold->cuts[hold->cuts_count - 1], now);
    hold->first = hold->last = 0;
    if (!last)
        next_step(hold);
}

void hold_begin(struct hold *hold, const struct hold_rule *rule, ns_t now)
{
    let_all_go(hold, HOLD_STOPPED, now);
    hold->on = rule != NULL;
    hold->step = 0;
    memset(hold->steps, 0, sizeof hold->steps);
    hold->counts = (struct hold_counts){0};
    hold->waiting = 0;
    for (unsigned i = 0; i < hold->room; i++)
        hold->links[i] = (struct link){0};
    if (rule)
        hold->rule = *rule;
}

void hold_bind(struct hold *hold, uint16_t shape, unsigned step)
{
    if (shape < HOLD_SHAPES_MAX && step < hold->rule.steps)
        hold->steps[shape] = (uint8_t)(step + 1);
}

static struct link *concerned(struct hold *hold, unsigned connection, uint16_t shape)
{
    bool now = hold->on && shape < HOLD_SHAPES_MAX && hold->steps[shape] == hold->step + 1;
    return now ? link_of(hold, connection) : NULL;
}

void hold_statement(struct hold *hold, unsigned connection, uint16_t shape, ns_t now)
{
    struct link *link = concerned(hold, connection, shape);
    (void)now;
    if (!link)
        return;
    link->waiting++;
    hold->waiting += !link->cut;
}

static void look(struct hold *hold, ns_t now)
{
    if (inside(hold) >= hold->rule.k)
        let_all_go(hold, HOLD_FULL, now);
}

bool hold_answer_begun(struct hold *hold, unsigned connection, uint16_t shape, ns_t now)
{
    struct link *link = concerned(hold, connection, shape);
    if (!link || link->cut)
        return false;
    if (hold->counts.given_up || link->spent >= hold->rule.budget || !cut_add(hold, connection)) {
        hold->counts.passed++;
        return false;
    }
    link->cut = true;
    link->since = now;
    hold->waiting -= link->waiting < hold->waiting ? link->waiting : hold->waiting;
    return true;
}

/* The cut is taken back; nobody was held by it. */
static void drop_cut(struct hold *hold, unsigned connection, ns_t now)
{
    open_cut(hold, connection, now);
    if (hold->cuts_count == 0)
        hold->first = hold->last = 0;
}

void hold_answer_ended(struct hold *hold, unsigned connection, uint16_t shape, bool failed,
                       ns_t now)
{
    struct link *link = concerned(hold, connection, shape);
    if (!link)
        return;
    if (link->waiting) {
        link->waiting--;
        if (!link->cut && hold->waiting)
            hold->waiting--;
    }
    if (!link->cut)
        return;
    if (failed && !link->whole)
        return drop_cut(hold, connection, now);
    link->whole++;
    hold->held += !link->ready;
    hold->behind += link->ready;
    link->ready = true;
    hold->counts.answers++;
    hold->first = hold->first ? hold->first : now;
    hold->last = now;
    look(hold, now);
}

void hold_unanswered(struct hold *hold, unsigned connection, uint16_t shape, ns_t now)
{
    struct link *link = concerned(hold, connection, shape);
    (void)now;
    if (!link || !link->waiting)
        return;
    link->waiting--;
    if (!link->cut && hold->waiting)
        hold->waiting--;
}

void hold_cancel(struct hold *hold, unsigned connection, ns_t now)
{
    if (connection >= hold->room || !hold->links[connection].cut)
        return;
    hold->counts.groups[HOLD_CANCELLED]++;
    drop_cut(hold, connection, now);
}

void hold_forget(struct hold *hold, unsigned connection, ns_t now)
{
    hold_cancel(hold, connection, now);
    if (connection >= hold->room)
        return;
    struct link *link = &hold->links[connection];
    hold->waiting -= link->waiting < hold->waiting ? link->waiting : hold->waiting;
    *link = (struct link){0};
}

/* The first deadline, or the end of a budget, of those that are held. */
static ns_t latest(const struct hold *hold)
{
    ns_t latest = 0;
    for (unsigned i = 0; i < hold->cuts_count; i++) {
        const struct link *link = &hold->links[hold->cuts[i]];
        ns_t left = hold->rule.budget - link->spent;
        ns_t at = link->since + (left < hold->rule.deadline ? left : hold->rule.deadline);
        if (!latest || at < latest)
            latest = at;
    }
    return latest;
}

ns_t hold_next(const struct hold *hold)
{
    ns_t late = latest(hold);
    ns_t calm = inside(hold) >= 2 ? hold->last + hold->rule.quiet : late;
    return calm < late ? calm : late;
}

void hold_tick(struct hold *hold, ns_t now)
{
    if (hold->cuts_count == 0)
        return;
    if (inside(hold) >= 2 && now >= hold->last + hold->rule.quiet)
        let_all_go(hold, HOLD_CALM, now);
    else if (now >= latest(hold))
        let_all_go(hold, HOLD_LATE, now);
}
