/* The quick flags about requests and answers. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "scenario/emit.h"
#include "scenario/quick_parts.h"
#include "scenario/quick_writer.h"
#include "scenario/tree.h"

static bool has_header(const struct quick *quick, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < quick->headers.count; i++)
        if (!strncasecmp(quick->headers.items[i], name, length) &&
            quick->headers.items[i][length] == ':')
            return true;
    return false;
}

/* "X-Api-Key" is kept in ${X_API_KEY}. */
static void variable_of(const char *name, char *ret_variable, size_t size)
{
    size_t used = 0;
    for (; *name && used + 1 < size; name++) {
        bool letter = isalpha((unsigned char)*name) || (used && isdigit((unsigned char)*name));
        ret_variable[used++] = letter ? (char)toupper((unsigned char)*name) : '_';
    }
    ret_variable[used] = '\0';
}

static int write_header(struct quick_writer *writer, const char *given)
{
    _cleanup_free_ char *text = NULL;
    int rc = parts_read("header", given, &text, writer->err);
    if (rc)
        return rc;
    char *colon = strchr(text, ':');
    if (!colon || colon == text)
        return err_set(writer->err, ERR_USAGE, "--header: '%.100s'; allowed: 'Name: value'", text);
    *colon = '\0';
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    char variable[64];
    variable_of(text, variable, sizeof variable);
    (void)buf_adds(writer->out, "    - {name: ");
    (void)emit_text(text, writer->out);
    (void)buf_adds(writer->out, ", value: ");
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, TREE_BYTES_MAX);
    if (writer->commented && mask_is_secret(text) && *value != '$' && !mask_value(value, &masked) &&
        strcmp(buf_text(&masked), value) != 0) {
        (void)buf_addf(writer->out, "\"${%s}\"", variable);
        (void)buf_addf(&writer->secrets, "#   export %s='%s'\n", variable, buf_text(&masked));
    } else {
        (void)emit_text(value, writer->out);
    }
    (void)buf_adds(writer->out, "}\n");
    return 0;
}

static int write_headers(struct quick_writer *writer, const char *body)
{
    const struct quick *quick = writer->quick;
    bool json = body && (*body == '{' || *body == '[') && !has_header(quick, "Content-Type");
    if (!json && !quick->headers.count)
        return 0;
    (void)buf_adds(writer->out, "  headers:\n");
    if (json)
        (void)buf_adds(writer->out, "    - {name: Content-Type, value: application/json}\n");
    for (size_t i = 0; i < quick->headers.count; i++) {
        bool twin = false;
        for (size_t j = 0; j < i; j++)
            twin = twin || !strcmp(quick->headers.items[i], quick->headers.items[j]);
        int rc = twin ? 0 : write_header(writer, quick->headers.items[i]);
        if (rc)
            return rc;
    }
    return 0;
}

/* "users.csv;id" is a column of a file, everything else what all ids are formed by. */
static int write_ids(struct quick_writer *writer)
{
    _cleanup_(parts_free) struct parts parts = {0};
    int rc = parts_split(writer->quick->ids, 2, &parts, writer->err);
    if (rc)
        return rc;
    (void)buf_adds(writer->out, "  ids: ");
    if (parts.count == 1)
        (void)emit_text(parts.v[0], writer->out);
    for (unsigned i = 0; parts.count == 2 && i < 2; i++) {
        (void)buf_adds(writer->out, i ? ", column: " : "{feeder: ");
        (void)emit_text(parts.v[i], writer->out);
    }
    return buf_adds(writer->out, parts.count == 2 ? "}\n" : "\n");
}

static int write_users(struct quick_writer *writer)
{
    const struct quick *quick = writer->quick;
    bool first = quick->first_user > 1 || quick->first_user < 0;
    if (first || quick->anonymous || quick->ids)
        quick_writer_section(writer, "users");
    int rc = quick->ids ? write_ids(writer) : 0;
    if (rc)
        return rc;
    if (first)
        (void)buf_addf(writer->out, "  first: %" PRId64 "\n", quick->first_user);
    if (quick->anonymous)
        (void)buf_adds(writer->out, "  anonymous: true\n");
    return 0;
}

int quick_writer_request(struct quick_writer *writer)
{
    const struct quick *quick = writer->quick;
    quick_writer_section(writer, "request");
    quick_writer_put(writer, 2, "method", NULL, quick->method ? quick->method : "POST");
    quick_writer_put(writer, 2, "url", "TARGET_URL", quick->url);
    if (quick->socket)
        quick_writer_put(writer, 2, "unix", NULL, quick->socket);
    _cleanup_free_ char *body = NULL;
    int rc = quick->body ? parts_read("body", quick->body, &body, writer->err) : 0;
    if (!rc)
        rc = write_headers(writer, body);
    if (rc)
        return rc;
    if (body && *body)
        quick_writer_put(writer, 2, "body", "REQUEST_BODY", body);
    if (quick->insecure)
        (void)buf_adds(writer->out, "  insecure: true\n");
    if (quick->timeout)
        (void)buf_addf(writer->out, "  timeout: %" PRId64 "ns\n", quick->timeout);
    return write_users(writer);
}

/* ---- responses ---- */

static int write_rules(struct quick_writer *writer, const char *class, const struct opt_list *rules)
{
    if (!rules->count)
        return 0;
    (void)buf_addf(writer->out, "  %s:\n", class);
    for (size_t i = 0; i < rules->count; i++) {
        bool twin = false;
        for (size_t j = 0; j < i; j++)
            twin = twin || !strcmp(rules->items[i], rules->items[j]);
        if (twin)
            continue;
        (void)buf_adds(writer->out, "    - ");
        int rc = parts_rule(class, rules->items[i], writer->out, writer->err);
        if (rc)
            return rc;
        (void)buf_adds(writer->out, "\n");
    }
    return 0;
}

/* What nobody told us about is not held against the service. */
int quick_writer_responses(struct quick_writer *writer)
{
    const struct quick *quick = writer->quick;
    bool yes = quick->accepted.count, no = quick->rejected.count, same = quick->undecided.count;
    quick_writer_section(writer, "responses");
    int rc = write_rules(writer, "accepted", &quick->accepted);
    if (!rc)
        rc = write_rules(writer, "rejected", &quick->rejected);
    if (!rc)
        rc = write_rules(writer, "limited", &quick->limited);
    if (!rc)
        rc = write_rules(writer, "undecided", &quick->undecided);
    if (rc)
        return rc;
    if (!yes && !no && !same)
        quick_writer_explain(
            writer, 2,
            "No rule was given: every answer is taken as undecided, and the stores alone "
            "decide");
    /* Nothing but a rule makes a no of an answer: with --accepted alone the others are shown, with
     * the options that say what they mean. */
    const char *otherwise = yes || same ? "failed" : "undecided";
    quick_writer_explain(writer, 2, "responses.otherwise");
    quick_writer_put(writer, 2, "otherwise", NULL, otherwise);
    return 0;
}
