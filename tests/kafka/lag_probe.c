/* lag-probe BROKERS TOPIC GROUP: one sample of the harness's probe, as lines "topic partition
 * committed end"; "-" for no committed offset. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "probe/probe.h"

static void print_partition(const char *topic, const struct lane_reading *reading)
{
    printf("%s %" PRId32 " ", topic, reading->lane);
    if (reading->committed == COMMITTED_UNDEFINED)
        printf("- %" PRId64 "\n", reading->end);
    else
        printf("%" PRId64 " %" PRId64 "\n", reading->committed, reading->end);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: lag-probe BROKERS TOPIC GROUP\n", stderr);
        return 3;
    }
    struct spec_pipeline pipeline = {
        .queues = &argv[2], .queues_count = 1, .group = argv[3], .read_committed = true};
    struct scenario scenario = {.evidence.pipeline = &pipeline};
    const struct probe_targets targets = {.v = {{"kafka", argv[1]}}, .count = 1};
    struct run *run = calloc(1, sizeof *run);
    struct evidence evidence = {0};
    struct sample sample = {0};
    struct probes *probes;
    struct err err = {0};
    ns_t deadline = clock_now() + 10 * NS_PER_S;
    if (!run || probes_open(&scenario, &targets, run, &probes, &err) ||
        probes_baseline(probes, &evidence, deadline, &err)) {
        fprintf(stderr, "lag-probe: %s\n", err.message);
        return 4;
    }
    probes_sample(probes, PROBE_PIPELINE, deadline, &sample);
    for (uint32_t i = 0; i < sample.lanes_count; i++)
        print_partition(argv[2], &sample.lanes[i]);
    int code = sample.lanes_count == 0 || sample.flags & SAMPLE_PIPELINE_BLOCKED ? 4 : 0;
    probes_close(probes);
    evidence_free(&evidence);
    free(run);
    return code;
}
