#include "load/http/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_pointer.h"

enum { GROUPS = 3, POINTERS_MAX = 16 };

/* One list of the scenario: what a match of any of its rules means. */
struct group {
    const struct spec_rule *rules;
    unsigned count;
    enum request_class cls;
    enum request_cause cause;
};

struct rules {
    struct group groups[GROUPS];
    const struct spec_pair *headers[RULES_HEADERS_MAX]; /* in the order of the rules */
    unsigned headers_count;
    const char *pointers[POINTERS_MAX]; /* of json conditions, each once; what does not fit is only
                                           not shown */
    unsigned pointers_count;
    bool read_body;
    enum otherwise otherwise;
};

static const char *without_slash(const char *pointer)
{
    return pointer + (*pointer == '/');
}

static void add_pointer(struct rules *rules, const char *pointer)
{
    for (unsigned i = 0; i < rules->pointers_count; i++)
        if (!strcmp(without_slash(rules->pointers[i]), without_slash(pointer)))
            return;
    if (rules->pointers_count < POINTERS_MAX)
        rules->pointers[rules->pointers_count++] = pointer;
}

static int collect(struct rules *rules, const struct group *group, struct err *err)
{
    for (unsigned i = 0; i < group->count; i++) {
        const struct spec_rule *rule = &group->rules[i];
        rules->read_body = rules->read_body || rule->json_count || rule->rank;
        for (unsigned j = 0; j < rule->json_count; j++)
            add_pointer(rules, rule->json[j].name);
        for (unsigned j = 0; j < rule->header_count; j++) {
            if (rules->headers_count == RULES_HEADERS_MAX)
                return err_set(err, ERR_USAGE, "responses: more than %d header conditions",
                               RULES_HEADERS_MAX);
            rules->headers[rules->headers_count++] = &rule->header[j];
        }
    }
    return 0;
}

int rules_compile(const struct spec_responses *responses, struct rules **ret_rules, struct err *err)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return err_set(err, ERR_MEMORY, "out of memory");
    const struct group groups[GROUPS] = {
        {responses->accepted, responses->accepted_count, CLASS_ACCEPTED, CAUSE_NONE},
        {responses->rejected, responses->rejected_count, CLASS_REJECTED, CAUSE_NONE},
        {responses->undecided, responses->undecided_count, CLASS_UNKNOWN, CAUSE_UNDECIDED},
    };
    memcpy(rules->groups, groups, sizeof groups);
    rules->otherwise = responses->otherwise;
    for (int i = 0; i < GROUPS; i++) {
        int rc = collect(rules, &groups[i], err);
        if (rc) {
            rules_free(rules);
            return rc;
        }
    }
    *ret_rules = rules;
    return 0;
}

void rules_free(struct rules *rules)
{
    free(rules);
}

bool rules_read_body(const struct rules *rules)
{
    return rules->read_body;
}

bool rules_read_headers(const struct rules *rules)
{
    return rules->headers_count > 0;
}

uint64_t rules_header(const struct rules *rules, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (!colon)
        return 0;
    const char *value = colon + 1, *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && strchr("\r\n \t", end[-1]))
        end--;
    size_t name_length = (size_t)(colon - line), value_length = (size_t)(end - value);
    uint64_t hit = 0;
    for (unsigned i = 0; i < rules->headers_count; i++) {
        const struct spec_pair *wanted = rules->headers[i];
        if (strlen(wanted->name) == name_length && !strncasecmp(wanted->name, line, name_length) &&
            strlen(wanted->value) == value_length && !memcmp(wanted->value, value, value_length))
            hit |= UINT64_C(1) << i;
    }
    return hit;
}

static bool status_matches(const struct spec_rule *rule, int32_t status)
{
    for (unsigned i = 0; i < rule->status_count; i++)
        if (rule->status[i] == status)
            return true;
    return rule->status_count == 0;
}

static struct json_value find(const struct response *response, const char *pointer)
{
    if (!response->body_whole)
        return (struct json_value){0};
    return json_pointer_find(response->body, response->body_length, pointer);
}

static bool rule_matches(const struct spec_rule *rule, const struct response *response,
                         unsigned first_header)
{
    if (!status_matches(rule, response->status))
        return false;
    for (unsigned i = 0; i < rule->header_count; i++)
        if (!(response->headers_hit >> (first_header + i) & 1))
            return false;
    for (unsigned i = 0; i < rule->json_count; i++) {
        struct json_value value = find(response, rule->json[i].name);
        if (!json_value_equals(&value, rule->json[i].value))
            return false;
    }
    return true;
}

static struct maybe read_rank(const struct spec_rule *rule, const struct response *response)
{
    struct maybe rank = {0};
    if (!rule->rank)
        return rank;
    struct json_value value = find(response, rule->rank);
    rank.known = json_value_int(&value, &rank.value);
    return rank;
}

const char *rules_pointer(const struct rules *rules, unsigned index)
{
    return index < rules->pointers_count ? rules->pointers[index] : NULL;
}

bool rules_look_at(const struct rules *rules, const char *name)
{
    for (unsigned i = 0; i < rules->pointers_count; i++)
        if (!strcmp(without_slash(rules->pointers[i]), name))
            return true;
    return false;
}

bool rules_accept_status(const struct rules *rules, int32_t status)
{
    const struct group *accepted = &rules->groups[0];
    for (unsigned i = 0; i < accepted->count; i++)
        if (status_matches(&accepted->rules[i], status))
            return true;
    return false;
}

/* ---- what no rule matches ---- */

static bool is_html(const struct response *response)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};
    static const char *const starts[] = {"<!doctype html", "<html"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strncasecmp(response->type, types[i], strlen(types[i])))
            return true;
    const char *at = response->body, *end = at + response->body_length;
    while (at < end && strchr(" \t\r\n\xef\xbb\xbf", *at)) /* and a byte order mark */
        at++;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if ((size_t)(end - at) >= strlen(starts[i]) &&
            !strncasecmp(at, starts[i], strlen(starts[i])))
            return true;
    return false;
}

/* Does it come from before the service's decision: from a proxy, a login, a limiter, a router? A
 * sold-out coupon is none of these, so nobody's "everything else is a no" can mean them. */
static bool is_no_decision(const struct response *response)
{
    static const int32_t statuses[] = {401, 403, 404, 405, 406, 407, 408, 411, 413,
                                       414, 415, 421, 425, 426, 428, 429, 431, 511};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i] == response->status)
            return true;
    return (response->status >= 300 && response->status < 400) || is_html(response);
}

static enum request_class classify_other(const struct rules *rules, const struct response *response,
                                         enum request_cause *ret_cause)
{
    static const struct {
        enum request_class cls;
        enum request_cause cause;
    } meanings[] = {
        [OTHERWISE_FAILED] = {CLASS_FAILED, CAUSE_UNCLASSIFIED},
        [OTHERWISE_REJECTED] = {CLASS_REJECTED, CAUSE_NONE},
        [OTHERWISE_UNDECIDED] = {CLASS_UNKNOWN, CAUSE_UNDECIDED},
    };
    bool server_error = response->status >= 500 && response->status < 600;
    bool no_decision = !server_error && is_no_decision(response);
    *ret_cause = server_error  ? CAUSE_SERVER_ERROR
                 : no_decision ? CAUSE_NO_DECISION
                               : meanings[rules->otherwise].cause;
    return server_error || no_decision ? CLASS_FAILED : meanings[rules->otherwise].cls;
}

enum request_class rules_classify(const struct rules *rules, const struct response *response,
                                  enum request_cause *ret_cause, struct maybe *ret_rank)
{
    const struct group *matched = NULL;
    int groups_matched = 0;
    struct maybe rank = {0};
    unsigned header = 0;
    for (const struct group *group = rules->groups; group < rules->groups + GROUPS; group++) {
        bool hit = false;
        for (unsigned i = 0; i < group->count; i++) {
            const struct spec_rule *rule = &group->rules[i];
            bool matches = rule_matches(rule, response, header);
            header += rule->header_count;
            if (matches && !rank.known)
                rank = read_rank(rule, response);
            hit = hit || matches;
        }
        if (hit) {
            matched = group;
            groups_matched++;
        }
    }
    *ret_rank = groups_matched == 1 ? rank : (struct maybe){0};
    if (groups_matched == 1) {
        *ret_cause = matched->cause;
        return matched->cls;
    }
    if (groups_matched == 0)
        return classify_other(rules, response, ret_cause);
    *ret_cause = CAUSE_AMBIGUOUS;
    return CLASS_UNKNOWN;
}
