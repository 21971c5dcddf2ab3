#include "scenario/bind.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libcyaml says while it reads: one line with the mistake, then where, innermost first:
 *   "Load: Invalid … value: 'x'", "Backtrace:", "  in mapping field 'limit' (line: 3, column: 5)"
 */
struct story {
    char what[256];
    char path[256];
    size_t line; /* in the canonical text; 0: not told */
};

static void note_place(struct story *story, const char *said)
{
    const char *line = strstr(said, "(line: ");
    if (line && story->line == 0)
        story->line = strtoull(line + strlen("(line: "), NULL, 10);
    const char *quote = strchr(said, '\'');
    const char *end = quote ? strchr(quote + 1, '\'') : NULL;
    if (!end)
        return;
    char outer[sizeof story->path];
    snprintf(outer, sizeof outer, "%.*s%s%.100s", (int)(end - quote - 1), quote + 1,
             *story->path ? "." : "", story->path);
    memcpy(story->path, outer, sizeof outer);
}

static void listen(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct story *story = context;
    char said[256];
    vsnprintf(said, sizeof said, format, args);
    said[strcspn(said, "\n")] = '\0';
    if (strstr(said, "in mapping field") || strstr(said, "in sequence entry"))
        note_place(story, said);
    else if (level >= CYAML_LOG_ERROR && !*story->what)
        memcpy(story->what, said, sizeof said);
}

static cyaml_config_t make_config(struct story *story)
{
    return (cyaml_config_t){
        .log_fn = listen,
        .log_ctx = story,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_DEFAULT,
    };
}

static int explain(cyaml_err_t code, const struct story *story, const struct canonical *canonical,
                   const char *name, struct err *err)
{
    if (code == CYAML_ERR_OOM)
        return err_set(err, ERR_MEMORY, "out of memory");
    const char *what = *story->what ? story->what : cyaml_strerror(code);
    return tree_error(name, canonical_line(canonical, story->line), err, "%s: %s",
                      *story->path ? story->path : "scenario", what);
}

int bind_load(const struct canonical *canonical, const char *name, struct scenario **ret_scenario,
              struct err *err)
{
    struct story story = {0};
    cyaml_config_t config = make_config(&story);
    cyaml_data_t *data = NULL;
    cyaml_err_t code = cyaml_load_data((const uint8_t *)buf_text(&canonical->text),
                                       canonical->text.used, &config, bind_schema(), &data, NULL);
    if (code != CYAML_OK)
        return explain(code, &story, canonical, name, err);
    *ret_scenario = (struct scenario *)data;
    return 0;
}

void bind_free(struct scenario *scenario)
{
    struct story story = {0};
    cyaml_config_t config = make_config(&story);
    (void)cyaml_free(&config, bind_schema(), scenario, 0);
}

int bind_save(const struct scenario *scenario, struct tree *tree, struct err *err)
{
    struct story story = {0};
    cyaml_config_t config = make_config(&story);
    char *text = NULL;
    size_t length = 0;
    cyaml_err_t code =
        cyaml_save_data(&text, &length, &config, bind_schema(), (cyaml_data_t *)scenario, 0);
    char *ended = code == CYAML_OK ? strndup(text, length) : NULL;
    if (code == CYAML_OK)
        config.mem_fn(NULL, text, 0);
    if (!ended)
        return err_set(err, ERR_MEMORY, "the scenario cannot be written: %s", cyaml_strerror(code));
    int rc = tree_parse(tree, "scenario", ended, false, &tree->root, err);
    free(ended);
    return rc;
}
