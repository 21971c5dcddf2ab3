#include "stack/team.h"

#include <stddef.h>

static void *run(void *context)
{
    struct team_member *member = context;
    member->result = member->start(member->what, &member->err);
    if (member->result)
        atomic_store(&member->halt->abandoned, true);
    return NULL;
}

static void begin(struct team_member *member, struct halt *halt)
{
    member->halt = halt;
    member->running = !pthread_create(&member->thread, NULL, run, member);
    if (member->running)
        return;
    member->result = err_set(&member->err, ERR_ENVIRONMENT, "cannot start a thread");
    atomic_store(&halt->abandoned, true);
}

/* Whoever was made to give up is not the cause. */
static const struct team_member *first_cause(const struct team_member *members, unsigned count)
{
    const struct team_member *cause = NULL;
    for (unsigned i = 0; i < count; i++) {
        if (members[i].result && (!cause || cause->err.code == ERR_INTERRUPTED))
            cause = &members[i];
    }
    return cause;
}

int team_run(struct team_member *members, unsigned count, struct halt *halt, struct err *err)
{
    if (count == 1)
        return members[0].start(members[0].what, err);
    for (unsigned i = 0; i < count; i++)
        begin(&members[i], halt);
    for (unsigned i = 0; i < count; i++) {
        if (members[i].running)
            pthread_join(members[i].thread, NULL);
    }
    atomic_store(&halt->abandoned, false);
    const struct team_member *cause = first_cause(members, count);
    if (cause && err)
        *err = cause->err;
    return cause ? cause->result : 0;
}
