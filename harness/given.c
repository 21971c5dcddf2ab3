#include "given.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command.h"
#include "scenario/identity.h"
#include "scenario/library.h"
#include "scenario/scenario.h"

#define DEFAULT_FILE "rushproof.yaml"

const char *given_default(void)
{
    return access(DEFAULT_FILE, F_OK) ? NULL : DEFAULT_FILE;
}

size_t given_options(const struct opt *own, size_t own_count, struct opt *ret_rows)
{
    size_t quick_count;
    const struct opt *quick = quick_options(&quick_count);
    memcpy(ret_rows, own, (own_count - 1) * sizeof *ret_rows);
    memcpy(ret_rows + own_count - 1, quick, quick_count * sizeof *ret_rows);
    ret_rows[own_count - 1 + quick_count] = own[own_count - 1];
    return own_count + quick_count;
}

/* A command's name in the place of a scenario's is no slip of the pen. */
static int not_found(const char *name, struct err *err)
{
    struct err cause = *err;
    if (command_find(name))
        return err_set(err, ERR_USAGE, "there is no scenario '%s'; it is a command: rushproof %s",
                       name, name);
    return err_set(err, cause.code, "%s; rushproof list shows what there is", cause.message);
}

static int load_file(const char *name, const char *const *sets, size_t sets_count,
                     struct given *given, struct err *err)
{
    _cleanup_free_ char *path = NULL;
    char absolute[PATH_MAX];
    if (library_find(command_program_dir(), name, &path, err))
        return not_found(name, err);
    int rc = scenario_load(path, sets, sets_count, &given->scenario, err);
    if (!rc)
        rc = identity_check(given->scenario, path, err);
    if (!realpath(path, absolute))
        snprintf(absolute, sizeof absolute, "%s", path);
    snprintf(given->name, sizeof given->name, "%s", name);
    snprintf(given->path, sizeof given->path, "%s", path);
    const char *told = rc ? NULL : given->scenario->dir;
    snprintf(given->dir, sizeof given->dir, "%s", told ? told : dirname(absolute));
    return rc;
}

/* The user has never seen the lines that the flags became. */
static void drop_line(struct err *err)
{
    static const char place[] = "(flags):";
    if (strncmp(err->message, place, sizeof place - 1) != 0)
        return;
    const char *rest = err->message + sizeof place - 1;
    rest += strspn(rest, "0123456789: ");
    memmove(err->message, rest, strlen(rest) + 1);
}

static int load_text(const char *text, const char *const *sets, size_t sets_count,
                     struct scenario **ret_scenario, struct err *err)
{
    int rc = scenario_load_text("(flags)", text, sets, sets_count, ret_scenario, err);
    if (!rc)
        rc = identity_check(*ret_scenario, "(flags)", err);
    if (rc)
        drop_line(err);
    return rc;
}

static int load_flags(const struct quick *quick, const char *const *sets, size_t sets_count,
                      struct given *given, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    int rc = quick_to_yaml(quick, false, &text, err);
    if (!rc)
        rc = quick_check(quick, err);
    if (!rc)
        rc = load_text(buf_text(&text), sets, sets_count, &given->scenario, err);
    if (!rc)
        given->scenario->by_flags = true;
    snprintf(given->dir, sizeof given->dir, ".");
    return rc;
}

static int check(const struct quick *quick, bool beginning, struct err *err)
{
    struct scenario *scenario = NULL;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    int rc = quick_to_yaml(quick, false, &text, err);
    if (!rc)
        rc = scenario_load_resolved("(flags)", buf_text(&text), NULL, 0, &scenario, err);
    if (!rc && !beginning)
        rc = identity_check(scenario, "(flags)", err);
    if (rc)
        drop_line(err);
    scenario_free(scenario);
    return rc;
}

int given_check(const struct quick *quick, struct err *err)
{
    return check(quick, false, err);
}

int given_check_beginning(const struct quick *quick, struct err *err)
{
    return check(quick, true, err);
}

int given_load(const char *name, const struct quick *quick, const char *const *sets,
               size_t sets_count, struct given *ret_given, struct err *err)
{
    struct given given = {0};
    int rc = name ? load_file(name, sets, sets_count, &given, err)
                  : load_flags(quick, sets, sets_count, &given, err);
    if (rc)
        given_free(&given);
    else
        *ret_given = given;
    return rc;
}

int given_text(const struct given *given, const struct quick *quick, struct buf *ret_text,
               struct err *err)
{
    return *given->path ? scenario_read(given->path, ret_text, err)
                        : quick_to_yaml(quick, false, ret_text, err);
}

void given_free(struct given *given)
{
    scenario_free(given->scenario);
    given->scenario = NULL;
}
