/* What prepares the stores: programs that end, and statements, before the first process and in each
 * round. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "stack/inside.h"
#include "stack/resets.h"

/* A step that is a program, as a process that the scenario waits for. */
struct step {
    struct spec_process spec;
    struct spec_ready ready;
    struct process process;
    bool made;
};

struct steps {
    struct step *v; /* owned; one a step, whether it is a program or not */
    unsigned count;
};

static int make_step(struct stack *stack, unsigned index, struct step *step, struct err *err)
{
    const struct spec_setup *setup = &stack->scenario->setup[index];
    char name[32];
    snprintf(name, sizeof name, "setup.%u", index + 1);
    step->ready = (struct spec_ready){.ended = true, .timeout = setup->timeout};
    step->spec = (struct spec_process){.name = strdup(name),
                                       .run = setup->run,
                                       .run_count = setup->run_count,
                                       .env = setup->env,
                                       .env_count = setup->env_count,
                                       .dir = setup->dir,
                                       .ready = &step->ready,
                                       .once = true,
                                       .count = 1};
    if (!step->spec.name)
        return err_set(err, ERR_MEMORY, "out of memory");
    step->made = true;
    return process_init(&step->process, &step->spec, 1, &stack->place, err);
}

int setup_make(struct stack *stack, struct err *err)
{
    unsigned count = stack->scenario->setup_count;
    struct steps *steps = stack->steps = calloc(1, sizeof *steps);
    if (!steps || !(steps->v = calloc(count + 1U, sizeof *steps->v)))
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = 0;
    for (; !rc && steps->count < count; steps->count++)
        if (stack->scenario->setup[steps->count].run_count)
            rc = make_step(stack, steps->count, &steps->v[steps->count], err);
    return rc;
}

static int each_program(struct stack *stack, const struct surroundings *around,
                        int (*resolve)(struct process *, const struct surroundings *, struct err *),
                        struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; !rc && i < stack->steps->count; i++)
        if (stack->steps->v[i].made)
            rc = resolve(&stack->steps->v[i].process, around, err);
    return rc;
}

int setup_resolve(struct stack *stack, const struct surroundings *around, struct err *err)
{
    return each_program(stack, around, process_resolve, err);
}

int setup_renew(struct stack *stack, const struct surroundings *around, struct err *err)
{
    return each_program(stack, around, process_renew, err);
}

void setup_free(struct steps *steps)
{
    for (unsigned i = 0; steps && i < steps->count; i++) {
        struct step *step = &steps->v[i];
        if (!step->made)
            continue;
        process_free(&step->process);
        free(step->spec.name);
    }
    if (steps)
        free(steps->v);
    free(steps);
}

/* ---- statements ---- */

static int read_file(const struct stack *stack, const char *name, char **ret_text, struct err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : stack->scenario_dir,
             name[0] == '/' ? "" : "/", name);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    size_t size = 0;
    *ret_text = NULL;
    ssize_t got = file ? getdelim(ret_text, &size, '\0', file) : -1;
    if (got >= 0)
        return 0;
    free(*ret_text);
    *ret_text = NULL;
    return err_set(err, ERR_USAGE,
                   "%s cannot be read, or is empty; what a scenario names is looked "
                   "for beside the scenario's file",
                   path);
}

static int run_statements(struct stack *stack, const struct spec_setup *setup, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    const char *store = setup->postgres ? "postgres"
                        : setup->mysql  ? "mysql"
                        : setup->redis  ? "redis"
                                        : spec_sql_server(&stack->scenario->stack);
    _cleanup_free_ char *url = NULL;
    const char *given = setup->postgres ? setup->postgres
                        : setup->mysql  ? setup->mysql
                                        : setup->redis;
    /* A file is as it is: a dollar in it is SQL's. */
    int rc = setup->file ? read_file(stack, setup->file, &text, err)
                         : stack_expand(stack, given, &text, err);
    if (!rc)
        rc = stack_reset_address(stack, store, &url, err);
    if (rc)
        return rc;
    if (!url)
        return err_set(err, ERR_USAGE, "there is no %s: stack.%s is none", store, store);
    return resets_execute(&stack->place, store, url, text, err);
}

int setup_run(struct stack *stack, struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; !rc && i < stack->scenario->setup_count; i++) {
        const struct spec_setup *setup = &stack->scenario->setup[i];
        ns_t begun = clock_now();
        rc = halt_check(&stack->halt, "preparing the stores", err);
        if (!rc)
            rc = setup->run_count ? process_start(&stack->steps->v[i].process, err)
                                  : run_statements(stack, setup, err);
        if (rc)
            return err_prefix(err, "setup.%u", i);
        log_info("stack", "setup.%u done after %.1f ms", i + 1,
                 (double)(clock_now() - begun) / NS_PER_MS);
    }
    return rc;
}
