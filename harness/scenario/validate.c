#include "scenario/validate.h"

#include <stdarg.h>
#include <stdio.h>

#include "scenario/judge.h"
#include "scenario/references.h"

int judge_refuse(const struct judge *judge, const char *path, const char *format, ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int line = node_nearest(judge->tree->root, path)->line;
    return tree_error(judge->name, line, judge->err, "%s: %s", path, what);
}

struct judge_path judge_path(const char *list, unsigned number, const char *rest)
{
    struct judge_path path;
    snprintf(path.text, sizeof path.text, "%s.%u%s", list, number, rest);
    return path;
}

int validate_scenario(const struct scenario *scenario, const struct tree *tree, const char *name,
                      struct err *err)
{
    static int (*const judges[])(const struct judge *) = {
        judge_stack,    judge_processes, judge_request, judge_responses, judge_load,
        judge_evidence, judge_drain,     judge_expect,  judge_faults,
    };
    struct judge judge = {.scenario = scenario, .tree = tree, .name = name, .err = err};
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
        int rc = judges[i](&judge);
        if (rc)
            return rc;
    }
    return references_check(scenario, tree, name, err);
}
