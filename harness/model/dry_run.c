#include "model/dry_run.h"

#include <stdarg.h>
#include <stdio.h>

void dry_run_problem(struct dry_run *dry, enum exit_code code, const char *advice,
                     const char *format, ...)
{
    va_list arguments;
    if (dry->problems_count == DRY_PROBLEMS_MAX)
        return;
    struct dry_problem *problem = &dry->problems[dry->problems_count++];
    problem->code = code;
    snprintf(problem->advice, sizeof problem->advice, "%s", advice);
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
}

void dry_run_unshown(struct dry_run *dry, const char *format, ...)
{
    va_list arguments;
    if (dry->unshown_count == DRY_UNSHOWN_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(dry->unshown[dry->unshown_count++], sizeof dry->unshown[0], format, arguments);
    va_end(arguments);
}
