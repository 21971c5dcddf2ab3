#include "proxy/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "proxy/relay.h"

#define WORDS_MAX 12

static void fail(struct control *control, const char *message)
{
    fprintf(control->out, "error: %s\n", message);
}

static void run_listen(struct control *control, char **words, unsigned count)
{
    struct err err;
    if (control->doors_count == DOORS_MAX)
        return fail(control, "there are 255 listeners already");
    struct door **door = &control->doors[control->doors_count];
    if (door_open(control->gate, (uint8_t)control->doors_count, words + 1, count - 1, door, &err))
        return fail(control, err.message);
    control->doors_count++;
    fprintf(control->out, "ok %s\n", (*door)->text);
}

static void run_shapes(struct control *control, char **words, unsigned count)
{
    const struct gate *gate = control->gate;
    (void)words;
    (void)count;
    for (unsigned i = 0; i < shapes_count(gate->shapes); i++) {
        const struct shape *shape = shapes_get(gate->shapes, i);
        const struct shape_counts *n = &gate->counts[i];
        if (n->statements)
            fprintf(control->out,
                    "shape %u %s statements=%" PRIu64 " failed=%" PRIu64 " unanswered=%" PRIu64
                    " mean_us=%" PRIu64 " max_us=%" PRIu64 " at_once=%u: %s\n",
                    i, shape_kind_name(shape->kind), n->statements, n->failed, n->unanswered,
                    (uint64_t)(n->time / NS_PER_US) / n->statements,
                    (uint64_t)(n->longest / NS_PER_US), n->most, shape->text);
    }
    fprintf(control->out, "ok\n");
}

/* Connections that came by this listener and are there now. */
static unsigned count_open(const struct gate *gate, unsigned door)
{
    unsigned count = 0;
    for (unsigned i = 0; i < gate->relays_room; i++)
        count += gate->relays[i] && gate->relays[i]->door == door;
    return count;
}

static void run_stats(struct control *control, char **words, unsigned count)
{
    const struct gate *gate = control->gate;
    const struct hold_counts *hold = hold_counts(gate->hold);
    (void)words;
    (void)count;
    fprintf(control->out,
            "connections opened=%" PRIu64 " open=%" PRIu64 " most=%" PRIu64 "\n"
            "statements at_once=%u other_shapes=%" PRIu64 " records=%" PRIu64 "\n",
            gate->opened, gate->open, gate->most_open, gate->most_inside,
            shapes_refused(gate->shapes), gate->journal.records);
    for (unsigned i = 0; i < control->doors_count; i++)
        fprintf(control->out, "listener %s %s unreachable=%" PRIu64 " open=%u\n",
                control->doors[i]->name, control->doors[i]->text, control->doors[i]->refused,
                count_open(gate, i));
    fprintf(control->out,
            "hold answers=%" PRIu64 " passed=%" PRIu64 " most=%u serialised=%" PRIu64
            " given_up=%d",
            hold->answers, hold->passed, hold->most, hold->serialised, hold->given_up);
    for (int i = 0; i < HOLD_REASONS; i++)
        fprintf(control->out, " %s=%" PRIu64, hold_reason_name((enum hold_reason)i),
                hold->groups[i]);
    fputc('\n', control->out);
    for (unsigned i = 0; i < gate->notes_count; i++)
        fprintf(control->out, "%s %" PRIu64 ": %s\n", gate->notes[i].what, gate->notes[i].count,
                gate->notes[i].reason);
    fprintf(control->out, "ok\n");
}

static bool take_number(const char *word, uint64_t most, uint64_t *ret_number)
{
    char *end;
    errno = 0;
    *ret_number = strtoull(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && !errno && *ret_number <= most;
}

static void forget_wanted(struct gate *gate)
{
    gate->wanted_count = 0;
    memset(gate->looked, 0, sizeof gate->looked);
}

static void run_answers(struct control *control, char **words, unsigned count)
{
    struct gate *gate = control->gate;
    (void)count;
    if (gate->wanted_count == HOLD_STEPS_MAX)
        return fail(control, "more answers than can be held one after the other");
    if (strlen(words[1]) >= sizeof gate->wanted[0])
        return fail(control, "answers takes a shape's text, as `shapes` shows it");
    strcpy(gate->wanted[gate->wanted_count++], words[1]);
    fprintf(control->out, "ok\n");
}

static void begin_hold(struct gate *gate, const struct hold_rule *rule, uint64_t shape)
{
    hold_begin(gate->hold, rule, gate->now);
    if (!gate->wanted_count)
        hold_bind(gate->hold, (uint16_t)shape, 0);
    memset(gate->looked, 0, sizeof gate->looked);
    for (unsigned i = 0; i < shapes_count(gate->shapes); i++)
        gate_look(gate, (uint16_t)i);
}

static void run_hold(struct control *control, char **words, unsigned count)
{
    struct gate *gate = control->gate;
    uint64_t shape = 0, k,
             us[3] = {HOLD_QUIET / NS_PER_US, HOLD_DEADLINE / NS_PER_US, HOLD_BUDGET / NS_PER_US};
    bool named = !strcmp(words[1], "answers");
    if (named ? !gate->wanted_count
              : !take_number(words[1], shapes_count(gate->shapes) - 1, &shape))
        return fail(control, "the first word of hold is the number of a shape that was seen, or "
                             "`answers` for those that were listed");
    if (!take_number(words[2], HOLD_CONNECTIONS_MAX, &k) || k < 2)
        return fail(control, "the second word of hold is how many to wait for, at least 2");
    for (unsigned i = 3; i < count; i++) {
        if (!take_number(words[i], 60 * 1000 * 1000, &us[i - 3]))
            return fail(control, "quiet, deadline and budget are microseconds");
    }
    if (!named)
        forget_wanted(gate);
    const struct hold_rule rule = {.steps = named ? gate->wanted_count : 1,
                                   .k = (unsigned)k,
                                   .quiet = (ns_t)us[0] * NS_PER_US,
                                   .deadline = (ns_t)us[1] * NS_PER_US,
                                   .budget = (ns_t)us[2] * NS_PER_US,
                                   .alone_max = HOLD_ALONE_MAX};
    begin_hold(gate, &rule, shape);
    fprintf(control->out, "ok\n");
}

static void run_held(struct control *control, char **words, unsigned count)
{
    (void)words;
    (void)count;
    fprintf(control->out, "ok %u\n", hold_held(control->gate->hold));
}

static void run_release(struct control *control, char **words, unsigned count)
{
    (void)words;
    (void)count;
    forget_wanted(control->gate);
    hold_begin(control->gate->hold, NULL, control->gate->now);
    fprintf(control->out, "ok\n");
}

static void run_flush(struct control *control, char **words, unsigned count)
{
    struct err err;
    (void)words;
    (void)count;
    if (journal_flush(&control->gate->journal, &err))
        return fail(control, err.message);
    fprintf(control->out, "ok %" PRIu64 "\n", control->gate->journal.records);
}

static void run_quit(struct control *control, char **words, unsigned count)
{
    (void)words;
    (void)count;
    control->stop = true;
    fprintf(control->out, "ok\n");
}

static const struct command {
    const char *name, *words, *help;
    unsigned least, most; /* words, the name among them; text: the second is all that is left */
    bool text;
    void (*run)(struct control *control, char **words, unsigned count);
} commands[] = {
    {"listen", "NAME PROTOCOL LISTEN UPSTREAM", "a place for clients; more: tls=…", 5, 10, false,
     run_listen},
    {"shapes", "", "the shapes of statements seen so far", 1, 1, false, run_shapes},
    {"stats", "", "counts, and what was not read", 1, 1, false, run_stats},
    {"answers", "TEXT", "whose, for hold; several: in order", 2, 2, true, run_answers},
    {"hold", "WHAT K [QUIET DEADLINE BUDGET]", "a shape's, or `answers`, until K; us", 3, 6, false,
     run_hold},
    {"held", "", "answers how many are held now", 1, 1, false, run_held},
    {"release", "", "hold nothing", 1, 1, false, run_release},
    {"flush", "", "write the journal; answers its length", 1, 1, false, run_flush},
    {"quit", "", "end", 1, 1, false, run_quit},
};

void control_help(FILE *out)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-8s%-32s%s\n", commands[i].name, commands[i].words, commands[i].help);
}

static const struct command *command_of(const char *line)
{
    size_t length = strcspn(line, " \t\r");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i].name) == length && !strncmp(line, commands[i].name, length))
            return &commands[i];
    return NULL;
}

/* The last of the words has all that is left. */
static unsigned split(char *line, char **ret_words, unsigned most)
{
    unsigned count = 0;
    for (char *word; count < most - 1 && (word = strsep(&line, " \t\r"));) {
        if (*word)
            ret_words[count++] = word;
    }
    if (line && *line)
        ret_words[count++] = line;
    return count;
}

void control_run(struct control *control, char *line)
{
    char *words[WORDS_MAX + 1];
    line += strspn(line, " \t\r");
    const struct command *command = command_of(line);
    unsigned count = command ? split(line, words, command->text ? 2 : WORDS_MAX + 1) : 0;
    if (!command)
        fail(control, "no such command: listen, shapes, stats, answers, hold, held, release, "
                      "flush, quit");
    else if (count < command->least || count > command->most)
        fprintf(control->out, "error: %s %s\n", command->name, command->words);
    else
        command->run(control, words, count);
    fflush(control->out);
}

static void ready(struct watcher *watcher, uint32_t events)
{
    struct control *control = (struct control *)watcher;
    (void)events;
    ssize_t got =
        read(control->in, control->line + control->used, sizeof control->line - 1 - control->used);
    if (got <= 0) {
        control->stop = control->stop || got == 0 || (errno != EINTR && errno != EAGAIN);
        return;
    }
    control->used += (size_t)got;
    control->line[control->used] = '\0';
    for (char *end; !control->stop && (end = strchr(control->line, '\n'));) {
        *end = '\0';
        control_run(control, control->line);
        control->used -= (size_t)(end + 1 - control->line);
        memmove(control->line, end + 1, control->used + 1);
    }
    if (control->used == sizeof control->line - 1)
        control->used = 0; /* no command is that long */
}

bool control_open(struct control *control, struct gate *gate, int in, FILE *out)
{
    *control = (struct control){.watcher = {ready}, .gate = gate, .in = in, .out = out};
    return gate_watch(gate, in, &control->watcher, EPOLLIN);
}

void control_close(struct control *control)
{
    for (unsigned i = 0; i < control->doors_count; i++)
        door_close(control->doors[i]);
}
