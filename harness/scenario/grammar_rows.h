/* How the rows of the grammar are written: macros for grammar_*.c. A row
 * names the member of its struct, and its key is the member's name. */
#ifndef SCENARIO_GRAMMAR_ROWS_H
#define SCENARIO_GRAMMAR_ROWS_H

#include "base/clock.h"
#include "base/words.h"
#include "model/grpc_status.h"
#include "model/spec.h"
#include "scenario/grammar.h"

/* The shapes of grammar_service.c and grammar_between.c. */
extern const struct shape grammar_stack, grammar_process, grammar_request, grammar_users,
    grammar_responses, grammar_items, grammar_demand, grammar_idempotency, grammar_decide,
    grammar_setup, grammar_prepare, grammar_preparing, grammar_between, grammar_hold,
    grammar_action, grammar_act;

#define MANY                                                                                       \
    INT64_C(100000000) /* requests: 64 bytes each make 6.4 GB, more is a slip of the hand */
#define SPAN   (INT64_C(24) * 3600 * NS_PER_S)
#define NEEDED RULE_REQUIRED

#define MEMBER(type, member)                                                                       \
    .offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
#define ROW(type, member, rule)    .key = #member, .kind = rule, MEMBER(type, member)
#define RANGE(least, most)         .low = least, .high = most
#define LISTED(type, member, rule) LISTED_AS(#member, type, member, rule)
#define LISTED_AS(word, type, member, rule)                                                        \
    .key = word, .kind = rule, .offset = offsetof(struct type, member),                            \
    .size = sizeof(*((struct type *)0)->member), .other = offsetof(struct type, member##_count)

#define MAP(type, member, rows, bits, text)                                                        \
    {                                                                                              \
        ROW(type, member, RULE_MAP), .shape = &rows, .flags = bits, .help = text                   \
    }
#define LIST(type, member, bits, least, most, of, text)                                            \
    {                                                                                              \
        LISTED(type, member, RULE_LIST), .entry = of, .flags = bits, RANGE(least, most),           \
                                         .help = text                                              \
    }
#define PAIRS(type, member, bits, form, names, text)                                               \
    {                                                                                              \
        LISTED(type, member, RULE_PAIRS), .flags = bits, .high = 64, .pattern = form,              \
                                          .allowed = names, .help = text                           \
    }
#define TEXT(type, member, bits, least, most, value, text)                                         \
    {                                                                                              \
        ROW(type, member, RULE_TEXT), .flags = bits, RANGE(least, most), .def = value,             \
                                      .help = text                                                 \
    }
/* form: a pattern, and what it allows in words. */
#define FORM_OF(form, people) .pattern = form, .allowed = people
#define FORM(type, member, bits, most, form, value, text)                                          \
    {                                                                                              \
        ROW(type, member, RULE_TEXT), .flags = bits, RANGE(1, most), form, .def = value,           \
                                      .help = text                                                 \
    }
#define POINTER(type, member, text)                                                                \
    {                                                                                              \
        ROW(type, member, RULE_POINTER), .help = text                                              \
    }
#define WORD(type, member, bits, list, value, text)                                                \
    {                                                                                              \
        ROW(type, member, RULE_WORD), .flags = bits, .words = list, .def = value, .help = text     \
    }
#define CHOICE(type, member, bits, list, value, text)                                              \
    {                                                                                              \
        ROW(type, member, RULE_CHOICE), .flags = bits, .words = list, .def = value, .help = text   \
    }
#define BOOL(type, member, value, text)                                                            \
    {                                                                                              \
        ROW(type, member, RULE_BOOL), .def = value, .help = text                                   \
    }
#define INT(type, member, bits, least, most, value, text)                                          \
    {                                                                                              \
        ROW(type, member, RULE_INT), .flags = bits, RANGE(least, most), .def = value, .help = text \
    }
#define SPANS(type, member, bits, least, value, text)                                              \
    {                                                                                              \
        ROW(type, member, RULE_DURATION), .flags = bits, RANGE(least, SPAN), .def = value,         \
                                          .help = text                                             \
    }
#define ALIAS(written, real)                                                                       \
    {                                                                                              \
        .key = written, .kind = RULE_ALIAS, .allowed = real, .help = "The same as " real           \
    }

/* Entries of lists. */
#define OF(...)             (&(const struct rule){__VA_ARGS__})
#define OF_MAPS(rows, text) OF(.kind = RULE_MAP, .shape = &rows, .help = text)
#define OF_CHECKS                                                                                  \
    OF(.kind = RULE_WORD, .words = check_words, .also = check_also, .allowed = "a check",          \
       .help = "Name of a check")

#define SHAPE_OF(what, type, ...)                                                                  \
    {                                                                                              \
        .name = #what, .size = sizeof(struct type), .v = what##_rows,                              \
        .count = sizeof what##_rows / sizeof *what##_rows, __VA_ARGS__                             \
    }
#define SHAPE(what, ...) static const struct shape what = SHAPE_OF(what, __VA_ARGS__)

#define BROKER  "([A-Z_]+://)?(\\[[0-9A-Fa-f:]+\\]|[A-Za-z0-9._-]+):[0-9]+"
#define BROKERS BROKER "(," BROKER ")*"
#define TOPIC   FORM_OF("^[A-Za-z0-9._-]+$", "letters, digits and . _ -")

#endif
