#include "load/http/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_pointer.h"
#include "load/http/rules_another.h"
#include "load/http/rules_match.h"
#include "load/http/rules_own.h"

enum { GROUPS = 6, POINTERS_MAX = 16 };

/* One list of the scenario: what a match of any of its rules means. */
struct group {
    struct rule *rules; /* owned */
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

static int compile_rule(struct rules *rules, struct rule *rule, struct err *err)
{
    const struct spec_rule *spec = rule->spec;
    bool tells = spec->rank || spec->item || spec->units || spec->order;
    rules->read_body = rules->read_body || spec_rule_reads(spec) || tells;
    for (unsigned i = 0; i < spec->json_count; i++)
        add_pointer(rules, spec->json[i].name);
    for (unsigned i = 0; i < spec->header_count; i++) {
        if (rules->headers_count == RULES_HEADERS_MAX)
            return err_set(err, ERR_USAGE, "responses: more than %d header conditions",
                           RULES_HEADERS_MAX);
        rules->headers[rules->headers_count++] = &spec->header[i];
    }
    return rule_compile(rule, err);
}

static int compile_group(struct rules *rules, struct group *group, const struct spec_rule *specs,
                         unsigned count, struct err *err)
{
    group->rules = calloc(count + 1U, sizeof *group->rules);
    int rc = group->rules ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < count && !rc; i++) {
        group->rules[i].spec = &specs[i];
        group->count++;
        rc = compile_rule(rules, &group->rules[i], err);
    }
    return rc;
}

int rules_compile(const struct spec_responses *responses, struct rules **ret_rules, struct err *err)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return err_set(err, ERR_MEMORY, "out of memory");
    const struct {
        const struct spec_rule *v;
        unsigned count;
        enum request_class cls;
        enum request_cause cause;
    } groups[GROUPS] = {
        {responses->accepted, responses->accepted_count, CLASS_ACCEPTED, CAUSE_NONE},
        {responses->rejected, responses->rejected_count, CLASS_REJECTED, CAUSE_NONE},
        {responses->limited, responses->limited_count, CLASS_LIMITED, CAUSE_NONE},
        {responses->in_progress, responses->in_progress_count, CLASS_LIMITED, CAUSE_IN_PROGRESS},
        {responses->key_reused, responses->key_reused_count, CLASS_LIMITED, CAUSE_KEY_REUSED},
        {responses->undecided, responses->undecided_count, CLASS_UNKNOWN, CAUSE_UNDECIDED},
    };
    rules->otherwise = responses->otherwise;
    int rc = 0;
    for (int i = 0; i < GROUPS && !rc; i++) {
        rules->groups[i].cls = groups[i].cls;
        rules->groups[i].cause = groups[i].cause;
        rc = compile_group(rules, &rules->groups[i], groups[i].v, groups[i].count, err);
    }
    if (rc)
        rules_free(rules);
    else
        *ret_rules = rules;
    return rc;
}

void rules_free(struct rules *rules)
{
    for (int i = 0; rules && i < GROUPS; i++) {
        for (unsigned k = 0; k < rules->groups[i].count; k++)
            rule_free(&rules->groups[i].rules[k]);
        free(rules->groups[i].rules);
    }
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

uint64_t rules_header(const struct rules *rules, const char *line, size_t length,
                      const struct rules_user *who)
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
        const struct spec_pair *pair = rules->headers[i];
        if (strlen(pair->name) != name_length || strncasecmp(pair->name, line, name_length) != 0)
            continue;
        if (own_equals(value, value_length, pair->value, who))
            hit |= UINT64_C(1) << i;
    }
    return hit;
}

static struct maybe read_rank(const struct spec_rule *rule, const struct response *response)
{
    struct maybe rank = {0};
    if (!rule->rank)
        return rank;
    struct json_value value = rule_find(response, rule->rank);
    rank.known = json_value_int(&value, &rank.value);
    return rank;
}

/* The text there; 0: there is none. */
static size_t read_text(const struct response *response, const char *pointer, char *ret_text,
                        size_t size)
{
    if (!pointer)
        return 0;
    struct json_value value = rule_find(response, pointer);
    bool said = value.type != JSON_TYPE_WORD && json_value_text(&value, ret_text, size);
    return said ? strlen(ret_text) : 0;
}

/* {{line}} in a pointer is the line's place, from 0. */
static void read_units(const struct response *response, const struct items *items,
                       const char *pointer, unsigned line, struct order *order)
{
    char text[ROSTER_TEXT], of_line[256];
    const char *at = pointer ? strstr(pointer, RULES_LINE) : NULL;
    if (at)
        snprintf(of_line, sizeof of_line, "%.*s%u%s", (int)(at - pointer), pointer, line,
                 at + strlen(RULES_LINE));
    size_t length = read_text(response, at ? of_line : pointer, text, sizeof text);
    if (length)
        (void)items_amount(items->decimals, text, length, &order->units);
}

void rules_read_order(const struct rules *rules, const struct response *response,
                      const struct items *items, struct order *order, struct order *more,
                      struct order_text *name)
{
    const struct group *accepted = &rules->groups[0];
    char text[ROSTER_TEXT];
    int64_t item;
    unsigned header = 0;
    for (unsigned i = 0; i < accepted->count; i++) {
        const struct spec_rule *spec = accepted->rules[i].spec;
        bool said = (spec->item || spec->units || spec->order) &&
                    rule_matches_head(spec, response, header) &&
                    rule_matches_body(&accepted->rules[i], response);
        header += spec->header_count;
        if (!said)
            continue;
        size_t length = read_text(response, spec->item, text, sizeof text);
        if (length && items_read(items, text, length, &item))
            order->item = item < INT32_MAX ? (int32_t)item : INT32_MAX;
        read_units(response, items, spec->units, 0, order);
        *text = '\0';
        length = read_text(response, spec->order, text, sizeof text);
        order->id = order_id(text, length);
        for (unsigned line = 1; more && line < items->lines; line++) {
            more[line - 1].id = order->id;
            read_units(response, items, spec->units, line, &more[line - 1]);
        }
        if (name && length < sizeof name->text)
            memcpy(name->text, text, length + 1);
        return;
    }
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

const char *rules_user_at(const struct rules *rules, const char *pointer)
{
    for (const struct group *group = rules->groups; group < rules->groups + GROUPS; group++)
        for (unsigned i = 0; i < group->count; i++)
            for (unsigned k = 0; k < group->rules[i].spec->json_count; k++) {
                const struct spec_pair *pair = &group->rules[i].spec->json[k];
                if (strstr(pair->value, OWN_PLACEHOLDER) &&
                    !strcmp(without_slash(pair->name), without_slash(pointer)))
                    return pair->value;
            }
    return NULL;
}

bool rules_accept_status(const struct rules *rules, int32_t status)
{
    const struct group *accepted = &rules->groups[0];
    for (unsigned i = 0; i < accepted->count; i++)
        if (rule_has_status(accepted->rules[i].spec, status))
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

/* Of a class without rules its status tells. */
static enum request_class classify_status(const struct rules *rules,
                                          const struct response *response,
                                          enum request_cause *ret_cause)
{
    int32_t hundreds = response->status / 100;
    bool yes = hundreds == 2 && !rules->groups[0].count;
    bool no = hundreds == 4 && !rules->groups[1].count;
    *ret_cause = yes || no ? CAUSE_NONE : hundreds == 5 ? CAUSE_SERVER_ERROR : CAUSE_UNCLASSIFIED;
    return yes ? CLASS_ACCEPTED : no ? CLASS_REJECTED : CLASS_FAILED;
}

/* Said also by those who have lost the service on the way: it may have decided. */
static bool is_nobodys(int code)
{
    return code == GRPC_UNAVAILABLE || code == GRPC_DEADLINE_EXCEEDED || code == GRPC_CANCELLED;
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
    if (is_nobodys(response->grpc)) {
        *ret_cause = response->grpc == GRPC_DEADLINE_EXCEEDED ? CAUSE_TIMEOUT : CAUSE_SERVER_ERROR;
        return CLASS_UNKNOWN;
    }
    if (rules->otherwise == OTHERWISE_STATUS)
        return classify_status(rules, response, ret_cause);
    bool server_error = response->status >= 500 && response->status < 600;
    bool no_decision = !server_error && is_no_decision(response);
    *ret_cause = server_error  ? CAUSE_SERVER_ERROR
                 : no_decision ? CAUSE_NO_DECISION
                               : meanings[rules->otherwise].cause;
    return server_error || no_decision ? CLASS_FAILED : meanings[rules->otherwise].cls;
}

/* Does it tell somebody else yes or no? The first rule that would match says which. */
static bool speaks_of_another(const struct rules *rules, const struct response *response,
                              enum request_cause *ret_cause)
{
    unsigned header = 0;
    for (const struct group *group = rules->groups; group < rules->groups + GROUPS; group++)
        for (unsigned i = 0; i < group->count; i++) {
            bool surely;
            const struct rule *rule = &group->rules[i];
            if (another_matches(rule, response, header, &surely)) {
                bool yes = surely && group->cls == CLASS_ACCEPTED;
                *ret_cause = yes ? CAUSE_ANOTHER_YES : CAUSE_ANOTHER;
                return true;
            }
            header += rule->spec->header_count;
        }
    return false;
}

/* What the groups come to. unread: rules of other classes could not look into the body. */
struct matched {
    const struct group *group;
    int groups;
    bool unread;
    struct maybe rank;
};

static void match_group(const struct group *group, const struct response *response,
                        unsigned *header, struct matched *matched)
{
    bool hit = false, unread = false;
    for (unsigned i = 0; i < group->count; i++) {
        const struct rule *rule = &group->rules[i];
        bool head = rule_matches_head(rule->spec, response, *header);
        bool whole = head && rule_matches_body(rule, response);
        *header += rule->spec->header_count;
        if (whole && !matched->rank.known)
            matched->rank = read_rank(rule->spec, response);
        hit = hit || whole;
        unread = unread || (head && !response->body_whole && spec_rule_reads(rule->spec));
    }
    matched->unread = matched->unread || (unread && !hit);
    matched->groups += hit;
    matched->group = hit ? group : matched->group;
}

enum request_class rules_classify(const struct rules *rules, const struct response *response,
                                  enum request_cause *ret_cause, struct maybe *ret_rank)
{
    struct matched matched = {0};
    unsigned header = 0;
    for (const struct group *group = rules->groups; group < rules->groups + GROUPS; group++)
        match_group(group, response, &header, &matched);
    *ret_rank = matched.groups == 1 ? matched.rank : (struct maybe){0};
    if (matched.groups > 1 || matched.unread) {
        *ret_cause = matched.groups > 1 ? CAUSE_AMBIGUOUS : CAUSE_UNREAD;
        return CLASS_UNKNOWN;
    }
    if (!matched.groups && speaks_of_another(rules, response, ret_cause))
        return CLASS_FAILED;
    if (!matched.groups)
        return classify_other(rules, response, ret_cause);
    *ret_cause = matched.group->cause;
    return matched.group->cls;
}
