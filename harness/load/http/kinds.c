#include "load/http/kinds.h"

#include <stdio.h>
#include <string.h>

#include "base/json_pointer.h"
#include "base/mask.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "load/http/rules_match.h"
#include "load/http/rules_own.h"
#include "model/roster.h"

enum {
    VALUE_MAX = 40,    /* a longer one is prose, not a decision */
    POINTER_MAX = 128, /* of a member that is looked at unasked, and how deep */
    DEPTH_MAX = 4,
    SAMPLE_SHOWN = 400 /* of sizeof sample: a secret that was cut at the end is cut off with it */
};

/* ---- members, and members of members ---- */

struct walk {
    void (*visit)(void *context, const char *pointer, const struct json_value *value);
    void *context;
    char pointer[POINTER_MAX];
    unsigned depth;
};

static void walk_member(void *context, const struct json_value *name,
                        const struct json_value *value)
{
    struct walk *walk = context;
    char plain[VALUE_MAX + 1];
    size_t used = strlen(walk->pointer);
    if (!json_value_text(name, plain, sizeof plain) || strpbrk(plain, "/~") ||
        used + strlen(plain) + 2 > sizeof walk->pointer)
        return;
    snprintf(walk->pointer + used, sizeof walk->pointer - used, "/%s", plain);
    walk->visit(walk->context, walk->pointer, value);
    if (value->type == JSON_TYPE_OBJECT && walk->depth < DEPTH_MAX) {
        walk->depth++;
        json_pointer_members(value->bytes, value->length, walk_member, walk);
        walk->depth--;
    }
    walk->pointer[used] = '\0';
}

static void walk_members(const struct response *response, void *context,
                         void (*visit)(void *context, const char *pointer,
                                       const struct json_value *value))
{
    struct walk walk = {.visit = visit, .context = context, .depth = 1};
    json_pointer_members(response->body, response->body_length, walk_member, &walk);
}

/* ---- shape ---- */

struct shape {
    const struct rules *rules;
    char *text;
    size_t size, used;
    const struct rules_user *who;
    bool brief; /* only what tells a yes from a no: all names do not fit */
    bool cut;
};

static void put(struct shape *shape, const char *bytes, size_t length)
{
    shape->cut |= !printable(bytes, length, shape->text + shape->used, shape->size - shape->used);
    shape->used += strlen(shape->text + shape->used);
}

static void put_separator(struct shape *shape)
{
    if (shape->used + 3 >= shape->size) {
        shape->cut = true;
    } else if (shape->used > 1) {
        memcpy(shape->text + shape->used, ", ", 3);
        shape->used += 2;
    }
}

/* "={{user}}" where a rule asks for the user, so that all who are told of themselves are of one
 * kind, and "≠{{user}}" for those who are told of somebody else. */
static void put_value(struct shape *shape, const char *pointer, const struct json_value *value)
{
    const char *wanted = rules_user_at(shape->rules, pointer);
    if (wanted) {
        const char *sign = rule_value_equals(value, wanted, shape->who) ? "=" : "≠";
        put(shape, sign, strlen(sign));
        put(shape, wanted, strlen(wanted));
        return;
    }
    bool text = value->type == JSON_TYPE_TEXT;
    put(shape, text ? "=\"" : "=", text ? 2 : 1);
    put(shape, value->bytes, value->length < VALUE_MAX ? value->length : VALUE_MAX);
    put(shape, "\"", text);
}

/* Members by name. A value is part of the shape when it is true, false or null, or when a rule
 * looks at it: others differ from user to user. */
static void put_member(void *context, const struct json_value *name, const struct json_value *value)
{
    struct shape *shape = context;
    char plain[VALUE_MAX + 1];
    bool named = json_value_text(name, plain, sizeof plain);
    bool simple = value->type != JSON_TYPE_OBJECT && value->type != JSON_TYPE_ARRAY;
    bool tells =
        value->type == JSON_TYPE_WORD || (simple && named && rules_look_at(shape->rules, plain));
    if (shape->brief && !tells)
        return;
    put_separator(shape);
    put(shape, name->bytes, name->length < VALUE_MAX ? name->length : VALUE_MAX);
    if (tells)
        put_value(shape, named ? plain : "", value);
}

/* Deeper in the body what is true, false or null: "/data/won=true". */
static void put_word(void *context, const char *pointer, const struct json_value *value)
{
    struct shape *shape = context;
    if (value->type != JSON_TYPE_WORD || !strchr(pointer + 1, '/') ||
        rules_look_at(shape->rules, pointer + 1))
        return;
    put_separator(shape);
    put(shape, pointer, strlen(pointer));
    put_value(shape, pointer, value);
}

/* And what rules look at. */
static void put_deeper(struct shape *shape, const struct response *response)
{
    const char *pointer;
    walk_members(response, shape, put_word);
    for (unsigned i = 0; (pointer = rules_pointer(shape->rules, i)); i++) {
        if (!strchr(pointer + (*pointer == '/'), '/'))
            continue;
        struct json_value value = json_pointer_find(response->body, response->body_length, pointer);
        if (value.type == JSON_TYPE_NONE)
            continue;
        put_separator(shape);
        put(shape, pointer, strlen(pointer));
        put_value(shape, pointer, &value);
    }
}

/* False: the body is no object. */
static bool put_all(struct shape *shape, const struct response *response)
{
    put(shape, shape->brief ? "{…" : "{", shape->brief ? strlen("{…") : 1);
    if (!json_pointer_members(response->body, response->body_length, put_member, shape))
        return false;
    put_deeper(shape, response);
    memcpy(shape->text + shape->used, "}", 2);
    return true;
}

static void make_shape(const struct rules *rules, const struct response *response,
                       struct answer_kind *kind)
{
    struct shape shape = {
        .rules = rules, .text = kind->shape, .size = sizeof kind->shape - 1, .who = &response->who};
    bool object = response->body_whole && put_all(&shape, response);
    if (object && shape.cut) {
        shape.used = 0;
        shape.brief = true;
        put_all(&shape, response);
    }
    if (!object)
        kind->shape[0] = '\0';
    if (kind->cause == CAUSE_UNREAD)
        snprintf(kind->shape, sizeof kind->shape, "longer than %d KB, or encoded otherwise",
                 ANSWERS_BODY_KB);
}

/* ---- the rule that somebody could type ---- */

/* A value that fits between quotes on a command line and between commas of a rule. */
static bool add_text(struct answer_kind *kind, const char *pointer, const char *text)
{
    size_t used = strlen(kind->rule), room = sizeof kind->rule - used;
    if (!*text || strpbrk(text, "'\\,\r\n\t") || strpbrk(pointer, "'\\,="))
        return false;
    int length = snprintf(kind->rule + used, room, ",json:%s%s=%s", *pointer == '/' ? "" : "/",
                          pointer, text);
    if ((size_t)length < room)
        return true;
    kind->rule[used] = '\0';
    return false;
}

static bool add_condition(struct answer_kind *kind, const char *pointer,
                          const struct json_value *value)
{
    char text[VALUE_MAX + 1];
    return json_value_text(value, text, sizeof text) && add_text(kind, pointer, text);
}

struct candidate {
    struct answer_kind *kind;
    const struct response *response;
    bool done;
};

static bool names_user(const struct candidate *candidate, const char *text)
{
    return own_holds(text, strlen(text), OWN_PLACEHOLDER, &candidate->response->who);
}

/* All of them: which one tells a yes from a no is seen beside other kinds (answers_sharpen). */
static void try_word(void *context, const char *pointer, const struct json_value *value)
{
    struct candidate *candidate = context;
    if (value->type == JSON_TYPE_WORD)
        candidate->done |= add_condition(candidate->kind, pointer, value);
}

static void try_text(void *context, const char *pointer, const struct json_value *value)
{
    struct candidate *candidate = context;
    char text[VALUE_MAX + 1];
    if (candidate->done || value->type != JSON_TYPE_TEXT || strchr(pointer + 1, '/') ||
        !json_value_text(value, text, sizeof text) || names_user(candidate, text))
        return;
    candidate->done = add_condition(candidate->kind, pointer, value);
}

/* By what the rules look at; else by the members that say yes or no; else, where the status alone
 * may also be a yes, by a short text. */
static void make_rule(const struct rules *rules, const struct response *response,
                      struct answer_kind *kind)
{
    struct candidate candidate = {kind, response, false};
    snprintf(kind->rule, sizeof kind->rule, "status=%d", response->status);
    if (!response->body_whole)
        return;
    const char *pointer;
    for (unsigned i = 0; (pointer = rules_pointer(rules, i)); i++) {
        struct json_value value = json_pointer_find(response->body, response->body_length, pointer);
        const char *user = rules_user_at(rules, pointer);
        if (user && rule_value_equals(&value, user, &response->who))
            candidate.done |= add_text(kind, pointer, user);
        else if (!user && value.type != JSON_TYPE_NONE)
            candidate.done |= add_condition(kind, pointer, &value);
    }
    if (!candidate.done)
        walk_members(response, &candidate, try_word);
    if (!candidate.done && rules_accept_status(rules, response->status))
        walk_members(response, &candidate, try_text);
}

/* ---- kinds ---- */

static bool decides(const struct request *record)
{
    return record->cause != CAUSE_ANOTHER && record->cause != CAUSE_ANOTHER_YES &&
           record->cause != CAUSE_NO_DECISION && record->cause != CAUSE_SERVER_ERROR;
}

static void add_first(struct answers *answers, const struct rules *rules,
                      const struct response *response, struct answer_kind *kind, bool decision)
{
    if (response && response->body_length)
        printable(response->body, response->body_length, kind->sample, sizeof kind->sample);
    if (response && decision)
        make_rule(rules, response, kind);
    answers_add(answers, kind);
}

void kinds_note(struct answers *answers, const struct rules *rules, const struct request *record,
                const struct response *response)
{
    struct answer_kind kind = {.status = record->status,
                               .cls = record->cls,
                               .cause = record->cause,
                               .count = 1,
                               .user = record->user};
    if (response) {
        snprintf(kind.type, sizeof kind.type, "%s", response->type);
        make_shape(rules, response, &kind);
    }
    if (answers_count(answers, &kind))
        return;
    if (answers->count == ANSWERS_MAX)
        answers->others++;
    else
        add_first(answers, rules, response, &kind, decides(record));
}

void kinds_finish(struct answers *answers)
{
    for (unsigned i = 0; i < answers->count; i++) {
        struct answer_kind *kind = &answers->v[i];
        mask_apply_here(kind->sample, sizeof kind->sample);
        mask_apply_here(kind->shape, sizeof kind->shape);
        mask_apply_here(kind->rule, sizeof kind->rule);
        if (strlen(kind->sample) <= SAMPLE_SHOWN)
            continue;
        size_t cut = utf8_cut(kind->sample, SAMPLE_SHOWN);
        snprintf(kind->sample + cut, sizeof kind->sample - cut, " …");
    }
}
