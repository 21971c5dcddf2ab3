/* The grammar: rows that say what may stand in a scenario and where it is kept. Reading, defaults,
 * printing, freeing, the JSON Schema, the table of keys in scenarios/README.md, the comments of
 * `rushproof init` and the words of --set all go by them, so that a new key is one row.
 *
 * A shape is the rows of one mapping and the struct that it becomes; a row may hold another shape,
 * and several rows the same one. A path names keys, and `*` for any entry of a list:
 * "load.*.burst.requests". Pure; read-only. */
#ifndef SCENARIO_GRAMMAR_H
#define SCENARIO_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_kind {
    RULE_MAP,      /* a mapping with the keys of shape */
    RULE_LIST,     /* a list; one entry alone is a list of one. low, high: entries */
    RULE_PAIRS,    /* struct spec_pair: a mapping of name: value, or a list of {name, value} */
    RULE_TEXT,     /* low, high: length in bytes, when high > 0 */
    RULE_POINTER,  /* a JSON pointer; "name" alone means "/name" */
    RULE_WORD,     /* one of words, kept as text */
    RULE_CHOICE,   /* one of words, kept as its place among them: an enum */
    RULE_BOOL,     /* bool */
    RULE_INT,      /* int64_t or int32_t; low, high */
    RULE_DURATION, /* ns_t; low, high in ns */
    RULE_INSTANT,  /* ns_t: a duration, or two as in 10ms..300ms; other: the second, or 0 */
    RULE_WAIT,     /* one of words, or a duration in other: then the place behind the last word */
    RULE_ALIAS,    /* another spelling of the key that allowed names */
    RULE_KIND_COUNT,
};

enum rule_flags {
    RULE_REQUIRED = 1,
    RULE_APART = 2,     /* a mapping behind a pointer, NULL when the scenario does not give it;
                           others are part of the outer struct, and filled with their defaults */
    RULE_ARM = 4,       /* a mapping in a union: exactly one of a shape's arms is given */
    RULE_SCALAR = 8,    /* text: numbers and booleans are meant as they are written */
    RULE_POINTERS = 16, /* pairs: the names are JSON pointers */
    RULE_SEVERAL = 32,  /* pairs: a list of values means the name once for each */
    RULE_BARE = 128,    /* list: one entry is printed as that entry alone */
    RULE_OPEN = 256,    /* pairs: a value is no secret, whatever its name says */
    RULE_TREE = 512,    /* text: a mapping is taken as well, and kept as JSON */
    RULE_QUIET = 64,    /* its default is not printed: it means something here and there only */
};

#define GRAMMAR_KEYS_MAX 40 /* in one mapping */

struct shape;

struct rule {
    const char *key; /* NULL: an entry of a list */
    enum rule_kind kind;
    size_t offset; /* of the member in the shape's struct */
    size_t size;   /* of the member; of a list: of an entry */
    size_t other;  /* offset of what belongs to it: the unsigned count of a list or of pairs, … */
    unsigned flags;
    int64_t low, high;
    const char *def; /* default as it would be written; NULL: none, the member is 0 */
    const char *help;
    const char *allowed;      /* in words, for people; needed with a pattern */
    const char *pattern;      /* POSIX extended expression, also valid in ECMAScript; NULL: any */
    const char *const *words; /* ended by NULL */
    const char *const *also;  /* by the place of words: another spelling, or "" */
    const struct shape *shape;
    const struct rule *entry; /* of a list */
};

struct shape {
    const char *name; /* in the JSON Schema */
    size_t size;      /* of the struct */
    const struct rule *v;
    size_t count;
    const char *key; /* a plain text alone means {key: text}; NULL: it means nothing */
    const char
        *rest; /* a mapping of none of these keys means {rest: that mapping}; NULL: nothing */
    const char *arms; /* what RULE_ARM rows are, for people: "phases"; NULL: there are none */
    size_t tag;       /* offset of the enum that says which arm it is, in the order of the rows */
};

extern const struct rule grammar; /* the whole scenario */

/* One step of a path: the row of a key, or of an entry. NULL: there is none, or rule is NULL. */
const struct rule *grammar_step(const struct rule *rule, const char *word, size_t length);

/* The row of a path (with `*`, never with numbers); NULL: there is none. */
const struct rule *grammar_find(const char *path);

/* The row of a key; NULL: no such key. */
const struct rule *grammar_find_key(const struct shape *shape, const char *key);

/* "a, b, c": the keys of a shape, or its arms alone; cut short when they do not fit. Returns
 * ret_text. */
char *grammar_spell_keys(const struct shape *shape, unsigned flags, char *ret_text, size_t size);

/* The place of an arm among the arms of its shape, from 1: 0 is none of them. */
int grammar_arm(const struct shape *shape, const struct rule *rule);

/* False for the arms that a struct of that shape does not hold. */
bool grammar_is_there(const struct shape *shape, const struct rule *rule, const void *object);

/* The key that is most like what was written, or NULL when none is close. */
const char *grammar_suggest(const struct shape *shape, const char *written);

#endif
