#include "load/prepare/failures.h"

#include <stdio.h>
#include <string.h>

void failures_add(struct failures *failures, const struct failure *failure)
{
    failures->count++;
    for (unsigned i = 0; i < failures->kinds; i++) {
        struct failure *kind = &failures->v[i];
        if (kind->step == failure->step && !strcmp(kind->cause, failure->cause)) {
            kind->count++;
            return;
        }
    }
    if (failures->kinds == FAILURES_KINDS)
        return;
    struct failure *kind = &failures->v[failures->kinds++];
    *kind = *failure;
    kind->count = 1;
}

const struct failure *failures_most(const struct failures *failures)
{
    const struct failure *most = NULL;
    for (unsigned i = 0; i < failures->kinds; i++)
        if (!most || failures->v[i].count > most->count)
            most = &failures->v[i];
    return most;
}

char *failures_spell(const struct failures *failures, char *ret_text, size_t size)
{
    size_t used = 0, named = 0;
    ret_text[0] = '\0';
    for (unsigned i = 0; i < failures->kinds && used < size; i++) {
        const struct failure *kind = &failures->v[i];
        used += (size_t)snprintf(ret_text + used, size - used, "%s%zu time%s prepare.%u: %s",
                                 i ? "; " : "", kind->count, kind->count == 1 ? "" : "s",
                                 kind->step, kind->cause);
        named += kind->count;
    }
    if (used < size && named < failures->count)
        snprintf(ret_text + used, size - used, "; %zu others", failures->count - named);
    return ret_text;
}
