/* The smallest violation as a scenario that people can run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/aside.h"
#include "base/cleanup.h"
#include "explore/explore_inside.h"
#include "report/text.h"
#include "scenario/scenario.h"

#define TEXT_MAX ((size_t)1 << 20)

/* What is said before a key. */
static const struct {
    const char *key, *comment;
} comments[] = {
    {"dir:", "Relative paths and ${scenario.dir} mean this directory."},
    {"limit:", "The smallest limit at which it fails."},
    {"hold:",
     "Answers to these statements are kept back until so many requests have one (together), "
     "or for so long (deadline): then all of them have seen the same."},
    {"load:", "All places but one are sold one after the other, where there are several; then come "
              "the fewest requests that race."},
    {"faults:", "The process ends while the answer to it is held, and is started again."},
};

static void put_comment(FILE *out, const char *line)
{
    for (size_t i = 0; i < sizeof comments / sizeof *comments; i++)
        if (!strncmp(line, comments[i].key, strlen(comments[i].key)))
            fprintf(out, "\n# %s\n", comments[i].comment);
}

static void put_line(FILE *out, const char *text)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, TEXT_MAX);
    if (text[0] && !text_add(&clean, TEXT_CLEAN, text))
        fprintf(out, "# %s\n", buf_text(&clean));
}

static void put_head(const struct explore *explore, const struct explore_violation *violation,
                     bool masked, FILE *out)
{
    const struct explore_smallest *smallest = &violation->smallest;
    char text[1024];
    fprintf(out,
            "# The smallest that `rushproof explore` made of a violation; `rushproof run` of this "
            "file\n"
            "# %s.\n#\n",
            explore_smallest_text(smallest, text, sizeof text));
    put_line(out, explore_round_text(explore->result, &smallest->round, text, sizeof text));
    snprintf(text, sizeof text, "It was found as %s: %.480s", violation->checks,
             violation->message);
    put_line(out, text);
    put_line(out, violation->said[0]);
    put_line(out, violation->said[1]);
    if (masked)
        fputs("#\n# Secrets are masked as ****: fill them in, or write ${NAME} for what the "
              "environment has.\n",
              out);
    fputc('\n', out);
}

static int print(const struct explore *explore, struct buf *ret_text, struct err *err)
{
    struct scenario scenario = explore->plan.scenario;
    char name[65], description[256], *dir;
    dir = realpath(explore->settings->engine.scenario_dir, NULL);
    snprintf(name, sizeof name, "%.55s-smallest", scenario.name);
    snprintf(description, sizeof description, "The smallest violation of %.200s", scenario.name);
    scenario.name = name;
    scenario.description = description;
    scenario.dir = dir;
    int rc = scenario_print(&scenario, ret_text, err);
    free(dir);
    return rc;
}

int explore_save_smallest(struct explore *explore, const struct explore_violation *violation,
                          struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TEXT_MAX);
    int rc = print(explore, &text, err);
    if (!rc)
        rc = aside_open(&aside, NULL, violation->smallest.file, err);
    if (rc)
        return rc;
    put_head(explore, violation, strstr(buf_text(&text), "****") != NULL, aside.file);
    for (const char *line = buf_text(&text); *line;) {
        size_t length = strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
        put_comment(aside.file, line);
        fwrite(line, 1, length, aside.file);
        line += length;
    }
    return aside_commit(&aside, err);
}
