/* The grammar: one table that says what may stand in a scenario. Validation, defaults, the JSON
 * Schema, the table of keys in scenarios/README.md and the comments of `rushproof init` are made
 * from its rows.
 *
 * A path names mapping keys, and `*` for any entry of a list: "load.*.burst.requests". The row of a
 * list stands for the list, path + ".*" for its entries. Pure; read-only. */
#ifndef SCENARIO_GRAMMAR_H
#define SCENARIO_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_kind {
    RULE_MAP,   /* a mapping; its keys are the rows below its path */
    RULE_LIST,  /* a list; one entry alone is a list of one. low, high: entries */
    RULE_PAIRS, /* a list of {name, value}, or a mapping of name: value */
    RULE_TEXT,  /* low, high: length in bytes, when high > 0 */
    RULE_INT,   /* low, high */
    RULE_BOOL,
    RULE_DURATION, /* low, high in ns, when high > 0 */
    RULE_CHOICE,   /* allowed: "a|b|c" */
    RULE_POINTER,  /* a JSON pointer; "name" alone means "/name" */
    RULE_CHECK,    /* the name of a check */
    RULE_WAIT,     /* drained | last_response | a duration | rows == limit */
    RULE_INSTANT,  /* a duration, or two as in 10ms..300ms */
    RULE_ALIAS,    /* another spelling of the key named by allowed */
    RULE_KIND_COUNT,
};

enum rule_flags {
    RULE_REQUIRED = 1,
    RULE_ALWAYS = 2,    /* a mapping that is there, empty, when the scenario does not give it */
    RULE_SCALAR = 4,    /* text: numbers and booleans are meant as they are written */
    RULE_DERIVED = 8,   /* made while loading; never written by people */
    RULE_POINTERS = 16, /* pairs: the names are JSON pointers */
    RULE_SEVERAL = 32,  /* pairs: a list of values means the name once for each */
};

struct rule {
    const char *path;
    enum rule_kind kind;
    unsigned flags;
    int64_t low, high;
    const char *allowed; /* choices; for texts and pairs what is allowed, in words */
    const char *pattern; /* texts: POSIX extended expression, also valid in ECMAScript; NULL: any */
    const char *def;     /* default as it would be written; NULL: none */
    const char *key;     /* RULE_LIST: a plain text as an entry means {key: text} */
    const char *help;
};

const struct rule *grammar_table(size_t *ret_count);

/* The row of a path (with `*`, never with numbers); NULL: there is none. */
const struct rule *grammar_find(const char *path);

/* The row of a key of the mapping at path; NULL: no such key. */
const struct rule *grammar_find_key(const char *path, const char *key);

/* The last name of a row's path when the row is a key of the mapping at path, else NULL. */
const char *grammar_key_of(const struct rule *rule, const char *path);

/* The key of path that is most like what was written, or NULL when none is close. */
const char *grammar_suggest(const char *path, const char *written);

/* True when value is one of the names in "a|b|c". */
bool grammar_is_choice(const char *choices, const char *value);

/* "a, b, c" from "a|b|c"; cut short when it does not fit. Returns ret_text. */
char *grammar_spell_choices(const char *choices, char *ret_text, size_t size);

/* The name in "a|b|c" that is most like what was written, or NULL; copies it into ret_name. */
const char *grammar_suggest_choice(const char *choices, const char *written, char *ret_name,
                                   size_t size);

#endif
