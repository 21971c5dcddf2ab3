/* That what a scenario writes can be carried out and read at all, before anything is started: the
 * commands of a reset, and records in which users of that kind can stand. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "scenario/fits.h"

static const char blanks[] = " \t\r\n";

/* As a command is split for Redis: does every quote that opens a word close? */
static bool quotes_close(const char *text)
{
    for (const char *p = text + strspn(text, blanks); *p; p += strspn(p, blanks)) {
        char quote = *p == '"' || *p == '\'' ? *p++ : '\0';
        p = quote ? strchr(p, quote) : p + strcspn(p, blanks);
        if (!p)
            return false;
        p += quote != '\0';
    }
    return true;
}

static bool begins_with(const char *text, const char *word)
{
    size_t length = strlen(word);
    text += strspn(text, blanks);
    return !strncasecmp(text, word, length) &&
           !strchr("_abcdefghijklmnopqrstuvwxyz", text[length] | 0x20);
}

/* Each command is a statement of its own: a transaction that nothing ends undoes what follows. */
static bool opens(const char *text)
{
    return begins_with(text, "BEGIN") || begins_with(text, "START TRANSACTION");
}

static bool ends(const char *text)
{
    return begins_with(text, "COMMIT") || begins_with(text, "END");
}

static bool is_left_open(const struct spec_stack *stack, unsigned at)
{
    const char *text = stack->reset[at].value, *behind = strchr(text, ';');
    if (!opens(text) || (behind && (strcasestr(behind, "commit") || strcasestr(behind, "end"))))
        return false;
    for (unsigned i = at + 1; i < stack->reset_count; i++)
        if (!strcmp(stack->reset[i].name, stack->reset[at].name) && ends(stack->reset[i].value))
            return false;
    return true;
}

static int refuse_reset(const struct fits *fits, unsigned at, const char *what)
{
    const struct spec_pair *reset = &fits->scenario->stack.reset[at];
    char path[64];
    snprintf(path, sizeof path, "stack.reset.%s", reset->name);
    return fits_refuse(fits, path, "'%.100s' %s", reset->value, what);
}

static int check_reset(const struct fits *fits, unsigned at)
{
    const struct spec_pair *reset = &fits->scenario->stack.reset[at];
    bool redis = !strcmp(reset->name, "redis");
    if (!reset->value[strspn(reset->value, blanks)])
        return refuse_reset(fits, at,
                            redis ? "is empty; allowed: a command, as in DEL coupon_count"
                                  : "is empty; allowed: a statement, as in DELETE FROM coupon");
    if (redis && !quotes_close(reset->value))
        return refuse_reset(fits, at,
                            "opens a quote that nothing closes; allowed: a command with "
                            "its words in whole quotes");
    if (!redis && is_left_open(&fits->scenario->stack, at))
        return refuse_reset(fits, at,
                            "begins a transaction that nothing commits, so all of it "
                            "would be undone; allowed: with a COMMIT after it, or "
                            "without BEGIN");
    return 0;
}

/* Eight bytes hold no text; what a file lists may be numbers. */
static int check_records(const struct fits *fits)
{
    static const char what[] =
        "int64 (the default) is a number of eight bytes, and users.ids are texts; allowed: text, "
        "json with %spointer";
    const struct spec_pipeline *pipeline = fits->scenario->evidence.pipeline;
    enum user_ids ids = spec_ids_kind(&fits->scenario->users.ids);
    bool texts = ids == USER_IDS_UUID || ids == USER_IDS_PATTERN;
    if (!pipeline || !pipeline_kind(pipeline)->records || !texts)
        return 0;
    if (pipeline->value == VALUE_INT64)
        return fits_refuse(fits, "evidence.pipeline.value", what, "");
    if (pipeline->dead_letter && pipeline->dead_letter_value == VALUE_INT64)
        return fits_refuse(fits, "evidence.pipeline.dead_letter_value", what, "dead_letter_");
    return 0;
}

/* Who has ended answers nobody. */
static int check_ended(const struct fits *fits, unsigned at)
{
    const struct spec_ready *ready = fits->scenario->processes[at].ready;
    if (!ready || !ready->ended || (!ready->http && !ready->tcp))
        return 0;
    return fits_refuse(fits, fits_path("processes", at, ".ready").text,
                       "who has ended answers nothing on %s; allowed: ended without http and tcp",
                       ready->http ? "http" : "tcp");
}

int fits_readable(const struct fits *fits)
{
    int rc = 0;
    for (unsigned i = 0; i < fits->scenario->stack.reset_count && !rc; i++)
        rc = check_reset(fits, i);
    for (unsigned i = 0; i < fits->scenario->processes_count && !rc; i++)
        rc = check_ended(fits, i);
    if (!rc)
        rc = check_records(fits);
    return rc ? rc : fits_prepare(fits);
}
