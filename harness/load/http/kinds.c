#include "load/http/kinds.h"

#include <stdio.h>
#include <string.h>

#include "base/json_pointer.h"
#include "base/mask.h"
#include "base/printable.h"

enum {
    VALUE_MAX = 40,    /* a longer one is prose, not a decision */
    SAMPLE_SHOWN = 400 /* of sizeof sample: a secret that was cut at the end is cut off with it */
};

/* ---- shape ---- */

struct shape {
    const struct rules *rules;
    char *text;
    size_t size, used;
};

static void put(struct shape *shape, const char *bytes, size_t length)
{
    if (shape->used < shape->size)
        printable(bytes, length, shape->text + shape->used, shape->size - shape->used);
    shape->used += strlen(shape->text + shape->used);
}

static void put_separator(struct shape *shape)
{
    if (shape->used > 1 && shape->used + 3 < shape->size) {
        memcpy(shape->text + shape->used, ", ", 3);
        shape->used += 2;
    }
}

static void put_value(struct shape *shape, const struct json_value *value)
{
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
    put_separator(shape);
    put(shape, name->bytes, name->length < VALUE_MAX ? name->length : VALUE_MAX);
    bool named = json_value_text(name, plain, sizeof plain);
    bool simple = value->type != JSON_TYPE_OBJECT && value->type != JSON_TYPE_ARRAY;
    if (value->type == JSON_TYPE_WORD || (simple && named && rules_look_at(shape->rules, plain)))
        put_value(shape, value);
}

/* What rules look at deeper in the body: "/data/won=true". */
static void put_deeper(struct shape *shape, const struct response *response)
{
    const char *pointer;
    for (unsigned i = 0; (pointer = rules_pointer(shape->rules, i)); i++) {
        if (!strchr(pointer + (*pointer == '/'), '/'))
            continue;
        struct json_value value = json_pointer_find(response->body, response->body_length, pointer);
        if (value.type == JSON_TYPE_NONE)
            continue;
        put_separator(shape);
        put(shape, pointer, strlen(pointer));
        put_value(shape, &value);
    }
}

static void make_shape(const struct rules *rules, const struct response *response,
                       struct answer_kind *kind)
{
    struct shape shape = {rules, kind->shape, sizeof kind->shape - 1, 0};
    put(&shape, "{", 1);
    if (!response->body_whole ||
        !json_pointer_members(response->body, response->body_length, put_member, &shape)) {
        kind->shape[0] = '\0';
        return;
    }
    put_deeper(&shape, response);
    memcpy(kind->shape + shape.used, "}", 2);
}

/* ---- the rule that somebody could type ---- */

/* A value that fits between quotes on a command line and between commas of a rule. */
static bool add_condition(struct answer_kind *kind, const char *pointer,
                          const struct json_value *value)
{
    char text[VALUE_MAX + 1];
    size_t used = strlen(kind->rule), room = sizeof kind->rule - used;
    if (!json_value_text(value, text, sizeof text) || !*text || strpbrk(text, "'\\,\r\n\t") ||
        strpbrk(pointer, "'\\,="))
        return false;
    int length = snprintf(kind->rule + used, room, ",json:%s%s=%s", *pointer == '/' ? "" : "/",
                          pointer, text);
    if ((size_t)length < room)
        return true;
    kind->rule[used] = '\0';
    return false;
}

struct candidate {
    struct answer_kind *kind;
    const struct response *response;
    enum json_type type;
    bool done;
};

static bool names_user(const struct candidate *candidate, const char *text)
{
    char user[24];
    snprintf(user, sizeof user, "%lld", (long long)candidate->kind->user);
    return strstr(text, user) != NULL;
}

static void try_member(void *context, const struct json_value *name, const struct json_value *value)
{
    struct candidate *candidate = context;
    char pointer[VALUE_MAX + 2] = "/", text[VALUE_MAX + 1];
    if (candidate->done || value->type != candidate->type ||
        !json_value_text(name, pointer + 1, sizeof pointer - 1) || strpbrk(pointer + 1, "/~") ||
        !json_value_text(value, text, sizeof text) || names_user(candidate, text))
        return;
    candidate->done = add_condition(candidate->kind, pointer, value);
}

static bool try_members(struct answer_kind *kind, const struct response *response,
                        enum json_type type)
{
    struct candidate candidate = {kind, response, type, false};
    json_pointer_members(response->body, response->body_length, try_member, &candidate);
    return candidate.done;
}

/* By what the rules look at; else by a member that says yes or no; else, where the status alone may
 * also be a yes, by a short text. */
static void make_rule(const struct rules *rules, const struct response *response,
                      struct answer_kind *kind)
{
    snprintf(kind->rule, sizeof kind->rule, "status=%d", response->status);
    if (!response->body_whole)
        return;
    bool any = false;
    const char *pointer;
    for (unsigned i = 0; (pointer = rules_pointer(rules, i)); i++) {
        struct json_value value = json_pointer_find(response->body, response->body_length, pointer);
        any = (value.type != JSON_TYPE_NONE && add_condition(kind, pointer, &value)) || any;
    }
    if (!any && !try_members(kind, response, JSON_TYPE_WORD) &&
        rules_accept_status(rules, response->status))
        try_members(kind, response, JSON_TYPE_TEXT);
}

/* ---- kinds ---- */

static bool decides(const struct request *record)
{
    return record->cause != CAUSE_NO_DECISION && record->cause != CAUSE_SERVER_ERROR;
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
        size_t cut = SAMPLE_SHOWN;
        while (cut && ((unsigned char)kind->sample[cut] & 0xc0) == 0x80)
            cut--;
        snprintf(kind->sample + cut, sizeof kind->sample - cut, " …");
    }
}
