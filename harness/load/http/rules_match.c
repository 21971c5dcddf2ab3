#include "load/http/rules_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json_pointer.h"
#include "model/uuid.h"

int rule_compile(struct rule *rule, struct err *err)
{
    const struct spec_rule *spec = rule->spec;
    rule->patterns = calloc(spec->matches_count + 1U, sizeof(struct pattern *));
    int rc = rule->patterns ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < spec->matches_count && !rc; i++)
        rc = pattern_compile(spec->matches[i], &rule->patterns[i], err);
    return rc;
}

void rule_free(struct rule *rule)
{
    for (unsigned i = 0; rule->patterns && i < rule->spec->matches_count; i++)
        pattern_free(rule->patterns[i]);
    free(rule->patterns);
    rule->patterns = NULL;
}

/* ---- {{user}} ---- */

static const char user_name[] = "{{user}}";

const char *rule_expand(const char *wanted, const struct rules_user *who, char *room, size_t size)
{
    const char *at = strstr(wanted, user_name);
    char id[ROSTER_TEXT];
    size_t used = 0, length = at ? roster_text(who->roster, who->user, id) : 0;
    if (!at)
        return wanted;
    for (; at; wanted = at + strlen(user_name), at = strstr(wanted, user_name)) {
        size_t before = (size_t)(at - wanted);
        if (used + before + length >= size)
            return NULL;
        memcpy(room + used, wanted, before);
        memcpy(room + used + before, id, length);
        used += before + length;
    }
    if (used + strlen(wanted) >= size)
        return NULL;
    strcpy(room + used, wanted);
    return room;
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

/* ---- conditions on the body ---- */

static bool json_match(const struct spec_rule *rule, const struct response *response)
{
    char room[RULE_EXPANDED];
    for (unsigned i = 0; i < rule->json_count; i++) {
        struct json_value value = rule_find(response, rule->json[i].name);
        const char *wanted = rule_expand(rule->json[i].value, &response->who, room, sizeof room);
        bool whole = !strcmp(rule->json[i].value, user_name);
        if ((!wanted || !json_value_equals(&value, wanted)) &&
            !(whole && roster_is_uuids(response->who.roster) &&
              is_same_uuid(&value, &response->who)))
            return false;
    }
    return true;
}

static bool texts_match(const struct rule *rule, const struct response *response)
{
    char room[RULE_EXPANDED];
    for (unsigned i = 0; i < rule->spec->text_count; i++) {
        const char *wanted = rule_expand(rule->spec->text[i], &response->who, room, sizeof room);
        if (!wanted || !memmem(response->body, response->body_length, wanted, strlen(wanted)))
            return false;
    }
    for (unsigned i = 0; i < rule->spec->matches_count; i++)
        if (!pattern_find(rule->patterns[i], response->body, response->body_length, NULL, NULL))
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
    if (!rule_has_status(rule, response->status))
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
