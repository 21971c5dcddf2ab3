#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proxy/hash.h"
#include "proxy/redis_command.h"
#include "proxy/shape_inside.h"

/* Words behind the key that say how, not what. */
static const char *const options[] = {"NX",  "XX",   "GT",    "LT",    "CH",      "INCR",      "EX",
                                      "PX",  "EXAT", "PXAT",  "GET",   "KEEPTTL", "LIMIT",     "ON",
                                      "OFF", "SKIP", "BLOCK", "COUNT", "MAXLEN",  "WITHSCORES"};

static bool is_option(const struct shape_word *word)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strlen(options[i]) == word->length &&
            strncasecmp(options[i], word->bytes, word->length) == 0)
            return true;
    }
    return false;
}

static void add_upper(struct draft *draft, const struct shape_word *word)
{
    for (uint32_t i = 0; i < word->kept && i < 32; i++)
        draft_add(draft, (char)toupper((unsigned char)word->bytes[i]));
}

/* The first digits of the script's SHA-1, which is what EVALSHA names it by; any other word by a
 * hash. */
static void add_script(struct draft *draft, const struct shape_word *word)
{
    char name[24];
    bool sum = word->kept == 40 && word->length == 40;
    for (uint32_t i = 0; sum && i < word->kept; i++)
        sum = isxdigit((unsigned char)word->bytes[i]);
    if (!sum)
        snprintf(name, sizeof name, " %08x",
                 (unsigned)hash_bytes(word->bytes, word->kept) ^ (unsigned)word->length);
    else
        snprintf(name, sizeof name, " %.8s", word->bytes);
    for (char *at = name; *at; at++)
        draft_add(draft, (char)tolower((unsigned char)*at));
}

/* Whether a client sends the whole script or its sum differs from time to time. */
static void add_name(struct draft *draft, const struct redis_command *command,
                     const struct shape_word *word)
{
    if (command->special == REDIS_SCRIPT)
        draft_adds(draft, command->kind == SHAPE_READ ? "EVAL_RO" : "EVAL");
    else
        add_upper(draft, word);
}

/* One '?' for any number of values in a row. */
static void add_value(struct draft *draft)
{
    size_t used = draft->used;
    if (used >= 2 && memcmp(draft->text + used - 2, " ?", 2) == 0)
        draft_adds(draft, "..");
    else if (used < 2 || memcmp(draft->text + used - 2, "..", 2) != 0)
        draft_adds(draft, " ?");
}

static void add_word(struct draft *draft, const struct redis_command *command,
                     const struct shape_word *word, uint64_t place, const struct value_rules *rules,
                     struct values *values)
{
    if (place == 1 && command->special == REDIS_SCRIPT) {
        add_script(draft, word);
    } else if (place < command->words) {
        draft_add(draft, ' ');
        add_upper(draft, word);
    } else if (place == command->key) {
        draft_add(draft, ' ');
        draft_name(draft, word->bytes, word->kept, rules, values);
    } else if (place > command->key && is_option(word)) {
        draft_add(draft, ' ');
        add_upper(draft, word);
    } else {
        values_add(values, value_of_text(rules, word->bytes, word->kept));
        add_value(draft);
    }
}

unsigned shape_redis(struct shapes *shapes, const struct redis_command *command,
                     const struct shape_word *words, uint64_t count,
                     const struct value_rules *rules, struct values *ret_values)
{
    struct draft draft;
    draft.used = 0;
    if (command->special == REDIS_SECRET) {
        draft_adds(&draft, command->name);
        return shapes_intern(shapes, draft.text, draft.used, command->kind);
    }
    add_name(&draft, command, &words[0]);
    uint64_t shown = count < SHAPE_WORDS_MAX ? count : SHAPE_WORDS_MAX;
    for (uint64_t i = 1; i < shown; i++)
        add_word(&draft, command, &words[i], i, rules, ret_values);
    if (count > shown)
        add_value(&draft);
    return shapes_intern(shapes, draft.text, draft.used, command->kind);
}
