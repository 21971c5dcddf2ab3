/* What a process wrote to its log last. */
#include <stdio.h>
#include <string.h>

#include "stack/inside.h"
#include "stack/logfile.h"
#include "stack/process.h"
#include "stack/stack.h"

static bool refers_to(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; (at = strstr(at, "${")); at += 2)
        if (!strncmp(at + 2, name, length) && (at[2 + length] == '}' || at[2 + length] == '.'))
            return true;
    return false;
}

const char *stack_last_words(const struct stack *stack, const char *url, char *ret_text,
                             size_t size)
{
    for (unsigned i = 0; i < stack->processes_count; i++) {
        const struct process *process = &stack->processes[i];
        if (!refers_to(url, process->spec->name))
            continue;
        logfile_tail(process->child.log, process->child.log_from, ret_text, size);
        return process->spec->name;
    }
    return NULL;
}
