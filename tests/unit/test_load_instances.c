/* links: load Threads::Threads */
/* Several instances of a service: who gets which request, whatever the phase and the gate. */
#include <criterion/criterion.h>

#include "load_rig.h"

enum { INSTANCES = 3 };

struct several {
    struct rig_target *targets[INSTANCES];
    char texts[INSTANCES][128];
    char *urls[INSTANCES];
    struct rig *rig;
};

static void begin(struct several *several)
{
    for (int i = 0; i < INSTANCES; i++) {
        several->targets[i] = rig_target_start(RIG_ANSWERS, 0);
        snprintf(several->texts[i], sizeof several->texts[i],
                 "http://127.0.0.1:%d/apply?userId={{user}}", several->targets[i]->port);
        several->urls[i] = several->texts[i];
    }
    several->rig = rig_new(several->targets[0]->port);
    several->rig->scenario.request.urls = several->urls;
    several->rig->scenario.request.urls_count = INSTANCES;
}

static void end(struct several *several)
{
    rig_free(several->rig);
    for (int i = 0; i < INSTANCES; i++)
        rig_target_end(several->targets[i]);
}

/* Each record is where its user and attempt say, and each target has had just those. */
static void expect_turns(const struct several *several)
{
    const struct rig *rig = several->rig;
    int sent[INSTANCES] = {0};
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        int64_t place = r->user - rig->scenario.users.first;
        cr_assert_eq(r->instance, (place + r->attempt - 1) % INSTANCES + 1, "user %d, attempt %d",
                     (int)r->user, r->attempt);
        cr_assert(r->cls == CLASS_ACCEPTED || r->cls == CLASS_REJECTED);
        sent[r->instance - 1]++;
    }
    for (int i = 0; i < INSTANCES; i++)
        cr_assert_eq(atomic_load(&several->targets[i]->complete), sent[i], "instance %d", i + 1);
}

Test(load_instances, every_gate_and_phase_takes_turns)
{
    static const struct spec_phase phases[] = {
        {LOAD_BURST, .burst = {60, GATE_CORKED, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {60, GATE_LAST_BYTE, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {60, GATE_CONNECTED, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {60, GATE_NONE, 5 * NS_PER_S, NULL}},
        {LOAD_BURST, .burst = {60, GATE_COLD, 5 * NS_PER_S, NULL}},
        {LOAD_CLOSED, .closed = {.connections = 7, .requests = 301}},
        {LOAD_WAVES, .waves = {.waves = 5, .size = 8, .every = 5 * NS_PER_MS}},
        {LOAD_RATE, .rate = {.rate = 500, .requests = 60, .connections = 10}},
    };
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        for (int64_t repeat = 1; repeat <= 3; repeat++) {
            struct several several = {0};
            begin(&several);
            several.rig->phases[0] = phases[i];
            several.rig->scenario.users.repeat = repeat;
            cr_assert_eq(rig_run(several.rig), 0, "phase %zu: %s", i, several.rig->err.message);
            expect_turns(&several);
            end(&several);
        }
}

/* Who asks again asks the next one. */
Test(load_instances, a_second_phase_turns_to_the_next)
{
    struct several several = {0};
    begin(&several);
    several.rig->phases[1] = several.rig->phases[0];
    several.rig->phases[1].again = true;
    several.rig->scenario.load_count = 2;
    cr_assert_eq(rig_run(several.rig), 0, "%s", several.rig->err.message);
    cr_assert_eq(several.rig->history.count, 100);
    expect_turns(&several);
    end(&several);
}

/* A closed phase keeps its connections to each of them. */
Test(load_instances, connections_are_kept)
{
    struct several several = {0};
    begin(&several);
    several.rig->phases[0] =
        (struct spec_phase){LOAD_CLOSED, .closed = {.connections = 5, .requests = 900}};
    cr_assert_eq(rig_run(several.rig), 0, "%s", several.rig->err.message);
    for (int i = 0; i < INSTANCES; i++)
        cr_assert_leq(atomic_load(&several.targets[i]->accepted), 5);
    end(&several);
}

/* Behind one address they are known by what they say; each worker met them in another order. */
Test(load_instances, a_header_names_who_answered)
{
    struct rig_target *target = rig_target_start(RIG_SAYS, 0);
    target->says = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nX-Pod:  a-7 \r\n\r\n";
    target->says_length = strlen(target->says);
    struct rig *rig = rig_new(target->port);
    rig->scenario.responses.instance = (char *)"x-pod";
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    struct answers answers;
    load_answers(rig->load, &answers);
    cr_assert_eq(answers.served.count, 1);
    cr_assert_str_eq(answers.served.names[0], "a-7");
    for (size_t i = 0; i < rig->history.count; i++)
        cr_assert_eq(rig->history.v[i].instance, 1);
    rig_free(rig);
    rig_target_end(target);
}

Test(load_instances, all_speak_tls_or_none)
{
    struct several several = {0};
    begin(&several);
    snprintf(several.texts[1], sizeof several.texts[1], "https://127.0.0.1:%d/?userId={{user}}",
             several.targets[1]->port);
    cr_assert_eq(rig_run(several.rig), -(int)ERR_USAGE);
    cr_assert(strstr(several.rig->err.message, "all instances"), "%s", several.rig->err.message);
    end(&several);
}
