#include "scenario/quick_writer.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "scenario/emit.h"
#include "scenario/grammar.h"
#include "scenario/tree.h"

void quick_writer_explain(const struct quick_writer *writer, int indent, const char *text)
{
    const struct rule *rule = grammar_find(text);
    if (writer->commented)
        (void)buf_addf(writer->out, "%*s# %s.\n", indent, "", rule ? rule->help : text);
}

void quick_writer_section(const struct quick_writer *writer, const char *key)
{
    (void)buf_adds(writer->out, writer->commented ? "\n" : "");
    quick_writer_explain(writer, 0, key);
    (void)buf_addf(writer->out, "%s:\n", key);
}

/* A value that holds a password becomes ${NAME} in a file that people keep. */
static void put_value(struct quick_writer *writer, const char *variable, const char *value)
{
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, TREE_BYTES_MAX);
    (void)mask_text(value, &masked);
    if (!writer->commented || !variable || !strcmp(buf_text(&masked), value)) {
        (void)emit_text(value, writer->out);
        return;
    }
    (void)buf_addf(writer->out, "${%s}", variable);
    char line[160];
    snprintf(line, sizeof line, "#   export %s=", variable);
    if (!strstr(buf_text(&writer->secrets), line))
        (void)buf_addf(&writer->secrets, "%s'%s'\n", line, buf_text(&masked));
}

void quick_writer_put(struct quick_writer *writer, int indent, const char *key,
                      const char *variable, const char *value)
{
    (void)buf_addf(writer->out, "%*s%s: ", indent, "", key);
    put_value(writer, variable, value);
    (void)buf_adds(writer->out, "\n");
}
