#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "base/tail.h"
#include "base/units.h"
#include "verify/checks/judges.h"
#include "verify/gone.h"

/* "12ms after the last answer" */
static const char *when(const struct case_file *facts, ns_t at, char *ret_text, size_t size)
{
    const struct run *run = facts->run;
    ns_t last = run->tally.last_response, origin = run->history.origin;
    bool answered = last && at >= last, released = origin && at >= origin;
    char span[32];
    units_format_duration(answered ? at - last : released ? at - origin : 0, span, sizeof span);
    snprintf(ret_text, size, "%s%s", answered || released ? span : "",
             answered   ? " after the last answer"
             : released ? " after the first release"
                        : "before the first release");
    return ret_text;
}

/* What an end that nobody asked for says. A server of the run's own that is gone says nothing about
 * the service; an orderly exit may have been meant. */
static enum verdict verdict_of(const struct case_file *facts, const struct process_info *process)
{
    if (process->unexpected && !process->server && (process->signal || process->exit_code > 0))
        return VERDICT_FAIL;
    bool seen = process->ended || process->looked > facts->run->tally.last_response;
    bool fine = !process->unexpected && strcmp(process->asked, "supervisor") != 0 && seen;
    return fine ? VERDICT_PASS : VERDICT_UNKNOWN;
}

static void say_unknown(const struct case_file *facts, const struct process_info *process,
                        struct finding *finding)
{
    char how[64], instant[64];
    if (!strcmp(process->asked, "supervisor")) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "rushproof-keeper was ended from outside, and every process with it");
        finding_hint(finding, "who killed it? the kernel's log tells when memory ran out");
    } else if (!process->unexpected) {
        finding_set(finding, VERDICT_UNKNOWN, "%s was not looked at after the last answer",
                    process->name);
    } else {
        finding_set(finding, VERDICT_UNKNOWN, "%s ended by itself with %s, %s", process->name,
                    gone_how_ended(process, how, sizeof how),
                    when(facts, process->ended, instant, sizeof instant));
        finding_hint(finding,
                     process->server ? "see logs/%s.log: nothing is known without it"
                                     : "when %s may end by itself, write once: true",
                     process->name);
    }
}

static void say_fail(const struct case_file *facts, const struct process_info *process,
                     unsigned others, struct finding *finding)
{
    char how[64], instant[64], more[32] = "";
    if (others)
        snprintf(more, sizeof more, "; and %u more", others);
    finding_set(finding, VERDICT_FAIL, "%s ended by itself: %s, %s%s", process->name,
                gone_how_ended(process, how, sizeof how),
                when(facts, process->ended, instant, sizeof instant), more);
    char lines[200], words[200];
    tail_lines(process->log, lines, sizeof lines);
    printable(lines, strlen(lines), words, sizeof words);
    if (*words)
        finding_hint(finding, "the end of logs/%s.log: %s", process->name, words);
    else
        finding_hint(finding, "it wrote nothing to logs/%s.log", process->name);
}

/* The service that the run did not start: gone at the verdict, although it had answered. Nothing
 * tells when or how it went, so nobody is convicted. */
static bool is_gone(const struct case_file *facts)
{
    const struct target_info *target = &facts->run->target;
    return target->looked && *target->refusal && facts->answered;
}

static void say_gone(const struct case_file *facts, struct finding *finding)
{
    const struct target_info *target = &facts->run->target;
    char instant[64];
    finding_actual(finding, "nothing listens");
    finding_set(finding, VERDICT_UNKNOWN, "nothing listens on %s any more, %s: %s", target->place,
                when(facts, target->looked, instant, sizeof instant), target->refusal);
    finding_hint(
        finding,
        "the service answered in this run and is gone: see its log, start it and run again; "
        "`processes` lets the run start it, and tell how it ended");
}

/* Of what was watched: the programs of the run, the service that it did not start. */
static void say_watched(const struct run *run, struct finding *finding)
{
    bool listens = run->target.looked && !*run->target.refusal;
    if (run->processes_count)
        finding_actual(finding, "%u ran%s", run->processes_count,
                       listens ? ", the service listens" : "");
    else
        finding_actual(finding, "%s", listens ? "the service listens" : "no process");
}

static const struct process_info *find_worst(const struct case_file *facts, unsigned *ret_failures)
{
    const struct run *run = facts->run;
    const struct process_info *worst = NULL;
    for (unsigned i = 0; i < run->processes_count; i++) {
        const struct process_info *process = &run->processes[i];
        enum verdict verdict = verdict_of(facts, process);
        *ret_failures += verdict == VERDICT_FAIL;
        if (verdict > (worst ? verdict_of(facts, worst) : VERDICT_PASS))
            worst = process;
    }
    return worst;
}

static void say_worst(const struct case_file *facts, const struct process_info *worst,
                      unsigned failures, struct finding *finding)
{
    char how[64];
    if (worst->ended) {
        finding_actual(finding, "%s: %s", worst->name, gone_how_ended(worst, how, sizeof how));
        struct witness *witness = finding_witness(finding, "ended by itself");
        if (witness)
            witness->at = worst->ended;
    }
    if (failures)
        say_fail(facts, worst, failures - 1, finding);
    else
        say_unknown(facts, worst, finding);
}

void judge_processes(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    (void)expect;
    const struct run *run = facts->run;
    unsigned failures = 0;
    const struct process_info *worst = find_worst(facts, &failures);
    finding_expect(finding, "nobody ends unasked");
    say_watched(run, finding);
    if (worst) {
        say_worst(facts, worst, failures, finding);
    } else if (is_gone(facts)) {
        say_gone(facts, finding);
    } else if (run->processes_count || (run->target.looked && facts->answered)) {
        finding_set(finding, VERDICT_PASS, "no process ended unasked");
    } else {
        finding_set(finding, VERDICT_UNKNOWN, "the run started no process, so none was watched");
        finding_hint(finding, "`processes` starts the service with the run");
    }
}
