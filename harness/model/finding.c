#include "model/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [VERDICT_PASS] = "pass", [VERDICT_UNKNOWN] = "unknown", [VERDICT_FAIL] = "fail"};

const char *verdict_name(enum verdict verdict)
{
    return names[verdict];
}

int verdict_find(const char *name)
{
    for (int i = VERDICT_PASS; i <= VERDICT_FAIL; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

enum verdict verdict_merge(enum verdict a, enum verdict b)
{
    return a > b ? a : b;
}

struct finding *findings_add(struct findings *findings, const char *check)
{
    if (findings->count == findings->room) {
        size_t room = findings->room ? findings->room * 2 : 32;
        struct finding *v = realloc(findings->v, room * sizeof *v);
        if (!v)
            return NULL;
        findings->v = v;
        findings->room = room;
    }
    struct finding *finding = &findings->v[findings->count++];
    *finding = (struct finding){.check = check};
    return finding;
}

void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->v[i].witnesses);
    free(findings->v);
    *findings = (struct findings){0};
}

enum verdict findings_verdict(const struct findings *findings)
{
    enum verdict verdict = findings->count ? VERDICT_PASS : VERDICT_UNKNOWN;
    for (size_t i = 0; i < findings->count; i++)
        verdict = verdict_merge(verdict, findings->v[i].verdict);
    return verdict;
}

const struct finding *findings_find(const struct findings *findings, const char *check)
{
    for (size_t i = 0; i < findings->count; i++)
        if (!strcmp(findings->v[i].check, check))
            return &findings->v[i];
    return NULL;
}

#define FORMAT_INTO(member)                                                                        \
    do {                                                                                           \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        vsnprintf(finding->member, sizeof finding->member, format, args);                          \
        va_end(args);                                                                              \
    } while (0)

bool finding_untested(const struct finding *finding)
{
    return finding->untested && finding->verdict == VERDICT_PASS;
}

const char *finding_name(const struct finding *finding, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%s%s%s", finding->check, finding->label[0] ? ": " : "",
             finding->label);
    return ret_text;
}

void finding_set(struct finding *finding, enum verdict verdict, const char *format, ...)
{
    finding->verdict = verdict;
    FORMAT_INTO(message);
}

void finding_expect(struct finding *finding, const char *format, ...)
{
    FORMAT_INTO(expected);
}

void finding_actual(struct finding *finding, const char *format, ...)
{
    FORMAT_INTO(actual);
}

void finding_count(struct finding *finding, int64_t value)
{
    finding->value = maybe_of(value);
    finding_actual(finding, "%" PRId64, value);
}

void finding_range(struct finding *finding, int64_t least, int64_t most)
{
    finding->least = maybe_of(least);
    finding->most = maybe_of(most);
    if (least == most)
        finding_expect(finding, "%" PRId64, least);
    else
        finding_expect(finding, "%" PRId64 " to %" PRId64, least, most);
}

void finding_hint(struct finding *finding, const char *format, ...)
{
    FORMAT_INTO(hint);
}

struct witness *finding_witness(struct finding *finding, const char *what)
{
    if (finding->witnesses_count == finding->witnesses_room) {
        size_t room = finding->witnesses_room ? finding->witnesses_room * 2 : 16;
        struct witness *v = realloc(finding->witnesses, room * sizeof *v);
        if (!v)
            return NULL;
        finding->witnesses = v;
        finding->witnesses_room = room;
    }
    struct witness *witness = &finding->witnesses[finding->witnesses_count++];
    *witness = (struct witness){.what = what, .lane = -1};
    return witness;
}

static double ms(ns_t instant, ns_t origin)
{
    return (double)(instant - origin) / (double)NS_PER_MS;
}

static int add_times(struct buf *text, ns_t released, ns_t done, ns_t origin)
{
    int rc = 0;
    if (released)
        rc |= buf_addf(text, " (released %.2f ms", ms(released, origin));
    if (released && done)
        rc |= buf_addf(text, ", done %.2f ms)", ms(done, origin));
    else if (released)
        rc |= buf_adds(text, ", never answered)");
    return rc;
}

int witness_describe(const struct witness *w, const struct roster *roster, ns_t origin,
                     struct buf *text)
{
    char id[ROSTER_TEXT];
    int rc = 0;
    if (w->user.known) {
        roster_text(roster, w->user.value, id);
        rc |= buf_addf(text, "user %s", id);
        if (w->instance.known)
            rc |= buf_addf(text, " at instance %" PRId64, w->instance.value);
        rc |= add_times(text, w->released, w->done, origin);
        rc |= buf_adds(text, ": ");
    }
    rc |= buf_adds(text, w->what);
    if (w->other.known) {
        roster_text(roster, w->other.value, id);
        rc |= buf_addf(text, " user %s", id);
        rc |= add_times(text, w->other_released, w->other_done, origin);
    }
    if (w->item[0])
        rc |= buf_addf(text, ", %s", w->item);
    if (w->row.known)
        rc |= buf_addf(text, ", row %" PRId64, w->row.value);
    if (w->lane >= 0)
        rc |= buf_addf(text, ", partition %" PRId32, w->lane);
    if (w->offset.known)
        rc |= buf_addf(text, ", offset %" PRId64, w->offset.value);
    if (w->at)
        rc |= buf_addf(text, ", seen at %.2f ms", ms(w->at, origin));
    return rc ? -(int)ERR_MEMORY : 0;
}
