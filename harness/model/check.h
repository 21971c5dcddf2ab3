/* The checks by name: what each holds, when it runs, what it needs and which parameters of `expect`
 * it takes. This is the one place: reading and printing of scenarios, their schema and the tables
 * in scenarios/README.md go by it, and verify joins each row with its judge. To add a check: a row
 * in check_rows.h and its judge, a file in verify/checks/. Pure; read-only. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* Evidence that a check cannot do without. */
enum check_needs {
    NEEDS_COUPONS = 1,
    NEEDS_PARKED = 2,
    NEEDS_COUNTER = 4,
    NEEDS_PRODUCED = 8,
    NEEDS_TIMELINE = 16,
    NEEDS_DECISIONS = 32, /* accepts and rejects can be told apart */
    NEEDS_BYSTANDER = 64,
    NEEDS_REST =
        128, /* the pipeline had come to rest, or the scenario did not want to wait for it */
    NEEDS_PROOF = 256,       /* what was not there by then will not come: see verify/sources.h */
    NEEDS_ROW_SAMPLES = 512, /* samples that counted the rows, whoever they belong to */
    NEEDS_PROOF_OF_ONE =
        1024,           /* the same as NEEDS_PROOF of a user who had no row before, by name */
    NEEDS_STOCK = 4096, /* what is left of each item */
    NEEDS_ITEMS = 8192, /* there are items */
    NEEDS_NAMES = 2048, /* rows and records tell whose they are */
};

struct check {
    const char *name;
    const char *also;   /* the field's name for it, which scenarios may say instead; "": none */
    const char *title;  /* the field's term, for people; beside the name, which scripts keep */
    bool by_default;    /* runs even when `expect` does not name it */
    bool spoiled;       /* by answers that are held back: what is not well then is shown only */
    unsigned needs;     /* all of these, or there is nothing to judge */
    unsigned needs_one; /* and one of these; 0: nothing more */
    /* What each claim rests on, as far as it is given: */
    unsigned passes_on;       /* a pass */
    unsigned fails_on;        /* a fail that says that something was there, beyond `needs` */
    unsigned absent_on;       /* a fail that says that something was not there */
    const char *const *takes; /* parameters of `expect`; NULL: none */
    const char *const *asks;  /* of which one at least must be given; NULL: none must */
    const char *help;         /* one sentence: "accepted users have a coupon row" */
};

/* In the order of reports: was it a fair test, then what it showed. */
const struct check *checks_table(size_t *ret_count);
const struct check *checks_find(const char *name); /* NULL: no such check */
const char *checks_title(const char *name);        /* "": no such check, or none */
const char *checks_help(const char *name);         /* likewise */

/* Their names, and by the same places what they are also called, or ""; ended by NULL. */
extern const char *const check_words[], *const check_also[];

#endif
