/* What a process wrote to its log last. */
#include <stdio.h>
#include <string.h>

#include "stack/inside.h"
#include "stack/logfile.h"
#include "stack/process.h"
#include "stack/stack.h"

const char *stack_last_words(const struct stack *stack, char *ret_text, size_t size)
{
    for (unsigned i = 0; i < stack->processes_count; i++) {
        const struct process *process = &stack->processes[i];
        if (!process->faces_load)
            continue;
        logfile_tail(process->child.log, process->child.log_from, ret_text, size);
        return process->child.name;
    }
    return NULL;
}
