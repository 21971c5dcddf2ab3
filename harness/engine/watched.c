#include "engine/inside.h"

/* What passed between the processes and their stores. */
int watched(struct engine *engine, struct err *err)
{
    struct run *run = engine->run;
    if (!stack_watches(engine->stack))
        return 0;
    pthread_mutex_lock(&engine->stack_lock);
    int rc = stack_trace(engine->stack, &run->trace, err);
    pthread_mutex_unlock(&engine->stack_lock);
    return rc ? rc : observed_make(&run->trace, run->history.origin, &run->observed, err);
}
