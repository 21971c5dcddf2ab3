#include "load/http/rules_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "base/json_pointer.h"
#include "load/http/rules_own.h"
#include "model/uuid.h"

/* One that names the user is tried with somebody: whether it is an expression at all. */
static int compile_pattern(const char *text, struct pattern **ret_pattern, struct err *err)
{
    if (!strstr(text, OWN_PLACEHOLDER))
        return pattern_compile(text, ret_pattern, err);
    struct pattern *trial = NULL;
    _cleanup_free_ char *filled = own_pattern(text, &(struct rules_user){0});
    int rc = filled ? pattern_compile(filled, &trial, err)
                    : err_set(err, ERR_USAGE, "'%.200s' is too long", text);
    pattern_free(trial);
    return rc;
}

int rule_compile(struct rule *rule, struct err *err)
{
    const struct spec_rule *spec = rule->spec;
    rule->patterns = calloc(spec->matches_count + 1U, sizeof(struct pattern *));
    int rc = rule->patterns ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < spec->matches_count && !rc; i++)
        rc = compile_pattern(spec->matches[i], &rule->patterns[i], err);
    return rc;
}

void rule_free(struct rule *rule)
{
    for (unsigned i = 0; rule->patterns && i < rule->spec->matches_count; i++)
        pattern_free(rule->patterns[i]);
    free(rule->patterns);
    rule->patterns = NULL;
}

/* Where users are UUIDs, their spelling does not matter. */
static bool is_same_uuid(const struct json_value *value, const struct rules_user *who)
{
    char id[ROSTER_TEXT], text[ROSTER_TEXT];
    struct uuid wanted, found;
    size_t length = roster_text(who->roster, who->user, id);
    return uuid_parse(id, length, &wanted) && json_value_text(value, text, sizeof text) &&
           uuid_parse(text, strlen(text), &found) && wanted.high == found.high &&
           wanted.low == found.low;
}

struct json_value rule_find(const struct response *response, const char *pointer)
{
    if (!response->body_whole)
        return (struct json_value){0};
    return json_pointer_find(response->body, response->body_length, pointer);
}

bool rule_has_status(const struct spec_rule *rule, int32_t status)
{
    for (unsigned i = 0; i < rule->status_count; i++)
        if (rule->status[i] == status)
            return true;
    return rule->status_count == 0;
}

static bool has_code(const struct spec_rule *rule, int code)
{
    for (unsigned i = 0; i < rule->grpc_count; i++)
        if (rule->grpc[i] == code)
            return true;
    return rule->grpc_count == 0;
}

static bool has_event(const struct spec_rule *rule, const char *event)
{
    for (unsigned i = 0; event && i < rule->event_count; i++)
        if (!strcmp(rule->event[i], event))
            return true;
    return rule->event_count == 0;
}

/* ---- conditions on the body ---- */

bool rule_value_equals(const struct json_value *value, const char *wanted,
                       const struct rules_user *who)
{
    char room[RULES_EXPANDED];
    const char *text = own_expand(wanted, who, room, sizeof room);
    bool whole = !strcmp(wanted, OWN_PLACEHOLDER);
    return (text && json_value_equals(value, text)) ||
           (whole && roster_is_uuids(who->roster) && is_same_uuid(value, who));
}

static bool json_match(const struct spec_rule *rule, const struct response *response)
{
    for (unsigned i = 0; i < rule->json_count; i++) {
        struct json_value value = rule_find(response, rule->json[i].name);
        if (!rule_value_equals(&value, rule->json[i].value, &response->who))
            return false;
    }
    return true;
}

static bool pattern_matches(const struct rule *rule, unsigned index,
                            const struct response *response)
{
    const struct pattern *pattern = rule->patterns[index];
    struct pattern *own = NULL;
    _cleanup_free_ char *filled =
        pattern ? NULL : own_pattern(rule->spec->matches[index], &response->who);
    if (!pattern && (!filled || pattern_compile(filled, &own, NULL)))
        return false;
    bool found =
        pattern_find(pattern ? pattern : own, response->body, response->body_length, NULL, NULL);
    pattern_free(own);
    return found;
}

static bool texts_match(const struct rule *rule, const struct response *response)
{
    for (unsigned i = 0; i < rule->spec->text_count; i++)
        if (!own_holds(response->body, response->body_length, rule->spec->text[i], &response->who))
            return false;
    for (unsigned i = 0; i < rule->spec->matches_count; i++)
        if (!pattern_matches(rule, i, response))
            return false;
    return true;
}

/* A number, or a text that is one; of anything else nothing is known. */
static bool is_beyond(const struct response *response, const struct spec_pair *bound, int beyond)
{
    char text[64];
    int order;
    struct json_value value = rule_find(response, bound->name);
    if (value.type == JSON_TYPE_WORD || !json_value_text(&value, text, sizeof text) ||
        !decimal_compare(text, strlen(text), bound->value, strlen(bound->value), &order))
        return true;
    return order == beyond;
}

static bool numbers_match(const struct spec_rule *rule, const struct response *response)
{
    for (unsigned i = 0; i < rule->least_count; i++)
        if (is_beyond(response, &rule->least[i], -1))
            return false;
    for (unsigned i = 0; i < rule->most_count; i++)
        if (is_beyond(response, &rule->most[i], 1))
            return false;
    return true;
}

bool rule_matches_head(const struct spec_rule *rule, const struct response *response,
                       unsigned first_header)
{
    if (!rule_has_status(rule, response->status) || !has_code(rule, response->grpc) ||
        !has_event(rule, response->event))
        return false;
    for (unsigned i = 0; i < rule->header_count; i++)
        if (!(response->headers_hit >> (first_header + i) & 1))
            return false;
    return true;
}

bool rule_matches_body(const struct rule *rule, const struct response *response)
{
    if (!spec_rule_reads(rule->spec))
        return true;
    return response->body_whole && json_match(rule->spec, response) &&
           texts_match(rule, response) && numbers_match(rule->spec, response);
}
