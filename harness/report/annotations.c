#include "report/annotations.h"

#include <string.h>

#include "base/cleanup.h"
#include "report/text.h"

enum { USERS_NAMED = 5 };

/* What would end a line, a property or an escape is escaped. */
static void print_escaped(FILE *out, const char *text, bool property)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, 1 << 16);
    text_add(&clean, TEXT_TERMINAL, text);
    for (const char *at = buf_text(&clean); *at; at++) {
        bool special =
            *at == '%' || *at == '\r' || *at == '\n' || (property && (*at == ':' || *at == ','));
        if (special)
            fprintf(out, "%%%02X", (unsigned char)*at);
        else
            fputc(*at, out);
    }
}

/* "users 7, 12, 40 and more" */
static void name_users(const struct run *run, const struct finding *finding, struct buf *text)
{
    int64_t named[USERS_NAMED];
    size_t count = 0;
    bool more = false;
    for (size_t i = 0; i < finding->witnesses_count; i++) {
        const struct witness *witness = &finding->witnesses[i];
        bool known = !witness->user.known;
        for (size_t k = 0; k < count && !known; k++)
            known = named[k] == witness->user.value;
        more = more || (!known && count == USERS_NAMED);
        if (!known && count < USERS_NAMED)
            named[count++] = witness->user.value;
    }
    for (size_t i = 0; i < count; i++) {
        struct roster_name name;
        buf_addf(text, "%s%s",
                 i           ? ", "
                 : count > 1 ? "; users "
                             : "; user ",
                 roster_name(run->roster, named[i], &name));
    }
    buf_adds(text, more ? " and more" : "");
}

static void write_line(const struct run *run, const char *level, const char *what, const char *text,
                       FILE *out)
{
    fprintf(out, "::%s title=", level);
    print_escaped(out, run->scenario ? run->scenario->name : "run", true);
    print_escaped(out, ": ", true);
    print_escaped(out, what, true);
    fputs("::", out);
    print_escaped(out, text, false);
    fputc('\n', out);
}

void annotations_write(const struct run *run, unsigned *left, FILE *out)
{
    for (size_t i = 0; i < run->findings.count && *left; i++) {
        const struct finding *finding = &run->findings.v[i];
        char name[FINDING_NAME];
        if (finding->verdict != VERDICT_FAIL)
            continue;
        _cleanup_(buf_free) struct buf text;
        buf_init(&text, 1 << 16);
        buf_adds(&text, finding->message);
        name_users(run, finding, &text);
        write_line(run, "error", finding_name(finding, name, sizeof name), buf_text(&text), out);
        --*left;
    }
    if (run->verdict != VERDICT_UNKNOWN || !*left)
        return;
    write_line(run, "error", "unknown", run->error[0] ? run->error : run->explanation, out);
    --*left;
}
