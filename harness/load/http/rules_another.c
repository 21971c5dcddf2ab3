#include "load/http/rules_another.h"

#include <stdint.h>
#include <string.h>

#include "load/http/rules_own.h"

/* Reads whom an id names; false: nobody, or who asked. */
static bool read_other(const struct rules_user *who, const char *id, size_t length,
                       int64_t *ret_user)
{
    /* Strangers that an answer names are noted, under the roster's own lock. */
    struct roster *roster = (struct roster *)(uintptr_t)who->roster;
    return roster_read(roster, id, length, ret_user) && *ret_user != who->user;
}

static bool matches_for(const struct rule *rule, const struct response *response, int64_t user)
{
    struct response other = *response;
    other.who.user = user;
    return rule_matches_body(rule, &other);
}

static bool is_member(const struct response *response, int64_t user)
{
    return roster_place(response->who.roster, user) < roster_members(response->who.roster);
}

static bool named_in_json(const struct rule *rule, const struct response *response,
                          bool *ret_surely)
{
    char id[ROSTER_TEXT];
    int64_t user;
    for (unsigned i = 0; i < rule->spec->json_count; i++) {
        const struct spec_pair *pair = &rule->spec->json[i];
        struct json_value value = rule_find(response, pair->name);
        bool names = value.type == JSON_TYPE_TEXT || value.type == JSON_TYPE_NUMBER;
        if (strcmp(pair->value, OWN_PLACEHOLDER) != 0 || !names ||
            !json_value_text(&value, id, sizeof id) ||
            !read_other(&response->who, id, strlen(id), &user) ||
            !matches_for(rule, response, user))
            continue;
        *ret_surely = is_member(response, user) && (!roster_is_numbers(response->who.roster) ||
                                                    strcasestr(pair->name, "user") != NULL);
        return true;
    }
    return false;
}

/* What stands where the condition has the user: up to a blank or what ends a value. */
static const char *find_id(const struct response *response, const char *wanted, size_t *ret_length)
{
    size_t before = (size_t)(strstr(wanted, OWN_PLACEHOLDER) - wanted);
    const char *end = response->body + response->body_length, *at = response->body;
    at = before ? memmem(at, response->body_length, wanted, before) : NULL;
    if (!at)
        return NULL;
    at += before;
    const char *stop = at;
    while (stop < end && !strchr(" \t\r\n\"'<>,;!", *stop))
        stop++;
    while (stop > at && stop[-1] == '.')
        stop--;
    *ret_length = (size_t)(stop - at);
    return at;
}

static bool named_in_text(const struct rule *rule, const struct response *response,
                          bool *ret_surely)
{
    for (unsigned i = 0; i < rule->spec->text_count; i++) {
        const char *wanted = rule->spec->text[i];
        size_t length = 0;
        const char *id =
            strstr(wanted, OWN_PLACEHOLDER) ? find_id(response, wanted, &length) : NULL;
        int64_t user;
        if (!id || !read_other(&response->who, id, length, &user) ||
            !matches_for(rule, response, user))
            continue;
        *ret_surely = is_member(response, user) && !roster_is_numbers(response->who.roster);
        return true;
    }
    return false;
}

bool another_matches(const struct rule *rule, const struct response *response,
                     unsigned first_header, bool *ret_surely)
{
    *ret_surely = false;
    return response->body_whole && !roster_is_nameless(response->who.roster) &&
           rule_matches_head(rule->spec, response, first_header) &&
           (named_in_json(rule, response, ret_surely) || named_in_text(rule, response, ret_surely));
}
