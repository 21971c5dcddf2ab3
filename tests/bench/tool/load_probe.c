/* load-probe: one load phase against a URL, without scenario files, stores or checks. What the
 * benches use, and handy to look at a gate by itself. Prints the tally; --csv writes the records.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/opts.h"
#include "base/units.h"
#include "load/load.h"
#include "load/phases/phases.h"
#include "model/gate.h"
#include "model/tally.h"

struct settings {
    bool help, insecure, http2, h2c, line;
    const char *phase, *gate, *method, *body, *ca, *csv, *ids;
    int64_t requests, streams, connections, rate, waves, workers, release_threads, rounds,
        first_user;
    ns_t duration, every, jitter, timeout, deadline;
};

#define AT(member) offsetof(struct settings, member)

static const struct opt table[] = {
    {"phase", 'p', OPT_CHOICE, "KIND", "burst", NULL, "burst|closed|rate|waves", 0, 0,
     "what to run", AT(phase)},
    {"gate", 'g', OPT_CHOICE, "GATE", "auto", NULL,
     "auto|corked|last-byte|connected|cold|none|one-write|last-frame", 0, 0, "gate of a burst",
     AT(gate)},
    {"requests", 'n', OPT_INT, "N", "1000", NULL, NULL, 1, 100000000,
     "requests of a burst, a closed or a rate phase; size of a wave", AT(requests)},
    {"connections", 'c', OPT_INT, "N", "100", NULL, NULL, 1, 60000, "connections (closed, rate)",
     AT(connections)},
    {"duration", 't', OPT_DURATION, "SPAN", "0", NULL, NULL, 0, 0,
     "instead of a number of requests (closed, rate)", AT(duration)},
    {"rate", 'r', OPT_INT, "N", "1000", NULL, NULL, 1, 10000000, "requests a second", AT(rate)},
    {"waves", 0, OPT_INT, "N", "10", NULL, NULL, 1, 1000000, "how many waves", AT(waves)},
    {"every", 0, OPT_DURATION, "SPAN", "20ms", NULL, NULL, 0, 0, "from wave to wave", AT(every)},
    {"jitter", 0, OPT_DURATION, "SPAN", "0", NULL, NULL, 0, 0, "of a wave's requests", AT(jitter)},
    {"workers", 'w', OPT_INT, "N", "2", NULL, NULL, 1, 64, "load threads", AT(workers)},
    {"release-threads", 0, OPT_INT, "N", "1", NULL, NULL, 1, 8, "threads that open the gate",
     AT(release_threads)},
    {"rounds", 'R', OPT_INT, "N", "1", NULL, NULL, 1, 10000, "do it so often", AT(rounds)},
    {"first-user", 0, OPT_INT, "N", "1", NULL, NULL, 0, INT64_MAX, "number of the first user",
     AT(first_user)},
    {"ids", 0, OPT_TEXT, "FORM", NULL, NULL, NULL, 0, 0, "what users are called: uuid, user-{{n}}",
     AT(ids)},
    {"timeout", 0, OPT_DURATION, "SPAN", "10s", NULL, NULL, 0, 0, "of a request", AT(timeout)},
    {"deadline", 0, OPT_DURATION, "SPAN", "10s", NULL, NULL, 0, 0, "of staging", AT(deadline)},
    {"method", 'X', OPT_TEXT, "METHOD", "POST", NULL, NULL, 0, 0, "HTTP method", AT(method)},
    {"body", 'd', OPT_TEXT, "TEXT", NULL, NULL, NULL, 0, 0, "request body", AT(body)},
    {"ca", 0, OPT_TEXT, "FILE", NULL, NULL, NULL, 0, 0, "CA certificates", AT(ca)},
    {"insecure", 'k', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "accept any certificate",
     AT(insecure)},
    {"http2", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "offer HTTP/2", AT(http2)},
    {"h2c", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "HTTP/2 in clear", AT(h2c)},
    {"streams", 'm', OPT_INT, "N", "0", NULL, NULL, 0, 10000,
     "requests on a connection at once (HTTP/2); 0: what suits", AT(streams)},
    {"csv", 0, OPT_TEXT, "FILE", NULL, NULL, NULL, 0, 0, "write one line a request", AT(csv)},
    {"line", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "figures in one line of name=value",
     AT(line)},
    {"help", 'h', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "this text", AT(help)},
};

static const struct opts options = {
    .program = "load-probe",
    .usage = "[OPTION…] URL",
    .brief =
        "Runs one load phase against a URL and prints what came of it. 2xx is accepted, 409 and "
        "410 are rejected.",
    .table = table,
    .count = sizeof table / sizeof *table,
};

/* The scenario's parts that the phase points to. */
struct parts {
    struct scenario scenario;
    struct spec_phase phase;
    struct spec_rule accepted, rejected;
};

static void make_phase(const struct settings *settings, struct parts *parts)
{
    bool timed = settings->duration > 0;
    int64_t requests = timed ? 0 : settings->requests;
    struct spec_phase *phase = &parts->phase;
    switch (settings->phase[0]) {
    case 'b':
        *phase = (struct spec_phase){LOAD_BURST, .burst = {settings->requests,
                                                           (enum gate)gate_find(settings->gate),
                                                           settings->deadline, NULL}};
        break;
    case 'c':
        *phase = (struct spec_phase){
            LOAD_CLOSED, .closed = {settings->connections, settings->duration, requests}};
        break;
    case 'r':
        *phase = (struct spec_phase){LOAD_RATE, .rate = {settings->rate, settings->duration,
                                                         requests, settings->connections}};
        break;
    default:
        *phase = (struct spec_phase){LOAD_WAVES, .waves = {.waves = settings->waves,
                                                           .size = settings->requests,
                                                           .every = settings->every,
                                                           .jitter = settings->jitter}};
    }
}

static void make_scenario(const struct settings *settings, char *url, struct parts *parts)
{
    static int32_t yes[] = {200, 201, 202, 204}, no[] = {409, 410};
    struct scenario *scenario = &parts->scenario;
    parts->accepted = (struct spec_rule){.status = yes, .status_count = 4};
    parts->rejected = (struct spec_rule){.status = no, .status_count = 2};
    scenario->responses = (struct spec_responses){.accepted = &parts->accepted,
                                                  .accepted_count = 1,
                                                  .rejected = &parts->rejected,
                                                  .rejected_count = 1};
    scenario->request = (struct spec_request){
        .method = (char *)settings->method,
        .url = url,
        .body = (char *)settings->body,
        .timeout = settings->timeout,
        .ca = (char *)settings->ca,
        .insecure = settings->insecure,
        .http2 = settings->h2c     ? HTTP2_KNOWN
                 : settings->http2 ? HTTP2_OFFERED
                                   : HTTP2_OFF,
        .streams = settings->streams,
    };
    scenario->users = (struct spec_users){
        .ids = {.form = (char *)settings->ids}, .first = settings->first_user, .repeat = 1};
    scenario->seed = 1;
    scenario->workers = settings->workers;
    scenario->release_threads = settings->release_threads;
    scenario->load = &parts->phase;
    scenario->load_count = 1;
    make_phase(settings, parts);
}

static double us(ns_t span)
{
    return (double)span / (double)NS_PER_US;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
           (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static void write_csv(const struct history *history, const char *path)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");
    if (!file) {
        perror(path);
        return;
    }
    fprintf(file, "seq,user,class,cause,status,planned,released,first_byte,done\n");
    for (size_t i = 0; i < history->count; i++) {
        const struct request *r = &history->v[i];
        fprintf(file,
                "%" PRIu32 ",%" PRId64 ",%s,%s,%u,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
                "\n",
                r->seq, r->user, request_class_name(r->cls), request_cause_name(r->cause),
                r->status, r->planned, r->released, r->first_byte, r->done);
    }
}

static void print_causes(const struct tally *tally)
{
    for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
        if (tally->causes[i])
            printf(" %s=%" PRId64, request_cause_name((enum request_cause)i), tally->causes[i]);
}

static void print_figures(const struct settings *settings, const struct tally *tally,
                          const struct load_phase_info *info, const struct history *history,
                          const struct load_memory *memory, double cpu)
{
    static struct hist scheduled, sent;
    hist_init(&scheduled);
    hist_init(&sent);
    tally_latency(history, TALLY_ALL_PHASES, &scheduled, &sent);
    char end = settings->line ? ' ' : '\n';
    printf("planned=%" PRId64 " sent=%" PRId64 " skipped=%" PRId64 " accepted=%" PRId64
           " rejected=%" PRId64 " failed=%" PRId64 " unknown=%" PRId64,
           tally->planned, tally->sent, tally->skipped, tally->accepted, tally->rejected,
           tally->failed, tally->unknown);
    print_causes(tally);
    printf("%cgate=%s staged_us=%.0f spread_us=%.1f p5_p95_us=%.1f peak=%" PRId64
           " before_first_answer=%" PRId64 " late_stamps=%" PRId64 "%c",
           end, info->gate[0] ? info->gate : "-", us(info->staged_in), us(tally->spread),
           us(tally->spread_p5_p95), tally->peak_in_flight, tally->before_first_answer,
           info->late_stamps, end);
    double seconds = (double)tally->elapsed / (double)NS_PER_S;
    printf(
        "elapsed_s=%.4f per_second=%.0f cpu_s=%.3f per_cpu_second=%.0f bytes_a_connection=%" PRId64
        "%c",
        seconds, seconds > 0 ? (double)tally->sent / seconds : 0, cpu,
        cpu > 0 ? (double)tally->sent / cpu : 0, memory->bytes_a_connection, end);
    printf("scheduled_us p50=%.0f p99=%.0f max=%.0f sent_us p50=%.0f p99=%.0f max=%.0f\n",
           us(hist_quantile(&scheduled, 0.5)), us(hist_quantile(&scheduled, 0.99)),
           us(scheduled.max), us(hist_quantile(&sent, 0.5)), us(hist_quantile(&sent, 0.99)),
           us(sent.max));
    if (!settings->line && info->gate_reason[0])
        printf("gate: %s\n", info->gate_reason);
    fflush(stdout);
}

static int run_phase(struct load *load, struct load_phase_info *info, struct err *err)
{
    int rc = load_stage(load, 0, info, err);
    if (!rc)
        rc = load_release(load, 0, err);
    return rc ? rc : load_settle(load, err);
}

static void cleanup_roster(struct roster **roster)
{
    roster_free(*roster);
}

static void cleanup_load(struct load **load)
{
    load_free(*load);
}

static int run(const struct settings *settings, char *url, struct err *err)
{
    struct parts parts = {0};
    make_scenario(settings, url, &parts);
    _cleanup_(history_free) struct history history = {0};
    _cleanup_(cleanup_roster) struct roster *roster = NULL;
    int rc = load_people(&parts.scenario, ".", &roster, err);
    if (rc)
        return rc;
    _cleanup_(cleanup_load) struct load *load = NULL;
    struct progress progress = {0};
    struct load_phase_info info;
    struct load_memory memory;
    struct tally tally;
    const struct load_settings load_settings = {
        .scenario = &parts.scenario,
        .roster = roster,
        .request = &parts.scenario.request,
        .dir = ".",
        .history = &history,
        .progress = &progress,
    };
    rc = history_init(&history, phases_room(&parts.scenario), err);
    if (!rc)
        rc = load_open(&load_local, &load_settings, &load, err);
    double cpu = cpu_seconds();
    if (!rc)
        rc = run_phase(load, &info, err);
    cpu = cpu_seconds() - cpu;
    if (!rc)
        rc = tally_make(&history, TALLY_ALL_PHASES, &tally, err);
    if (rc)
        return rc;
    load_memory(load, &memory);
    print_figures(settings, &tally, &info, &history, &memory, cpu);
    if (settings->csv)
        write_csv(&history, settings->csv);
    return 0;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct err err = {0};
    int rest = 0;
    int rc = opts_parse(&options, argc, argv, &settings, &rest, &err);
    if (!rc && settings.help) {
        opts_print_help(&options, stdout);
        return 0;
    }
    if (!rc && rest + 1 != argc)
        rc = err_set(&err, ERR_USAGE, "one URL is needed; try 'load-probe --help'");
    for (int64_t round = 0; !rc && round < settings.rounds; round++)
        rc = run(&settings, argv[rest], &err);
    opts_release(&options, &settings);
    if (rc)
        fprintf(stderr, "load-probe: %s\n", err.message);
    return rc ? (err.code == ERR_USAGE ? 3 : 4) : 0;
}
