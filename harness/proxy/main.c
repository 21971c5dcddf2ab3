/* rushproof-proxy: stands between a service and its stores for as long as its
 * standard input is open, and obeys the commands of control.c. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/opts.h"
#include "proxy/control.h"
#include "proxy/loop.h"

struct settings {
    const char *journal;
    struct opt_list listen;
    bool help, man, version;
};

static const struct opt table[] = {
    {"listen", 'l', OPT_LIST, "NAME,PROTOCOL,LISTEN,UPSTREAM[,tls=MODE…]", NULL, NULL, NULL, 0, 0,
     "Where clients come in, and their store; may be given again.",
     offsetof(struct settings, listen)},
    {"journal", 'j', OPT_TEXT, "FILE", NULL, NULL, NULL, 0, 0, "Write what was seen there.",
     offsetof(struct settings, journal)},
    OPTS_PROGRAM_ROWS(struct settings),
};

static const struct opts opts = {
    .program = "rushproof-proxy",
    .usage = "[OPTION…]",
    .brief = "A gate between a service and its stores: Redis, Postgres, MySQL.",
    .details =
        "It ends when its standard input does. PROTOCOL is resp, "
        "postgres or mysql; LISTEN "
        "and UPSTREAM are /a/socket or HOST:PORT. With tls=require, verify-ca or verify-full "
        "the store is spoken to by TLS; ca=FILE, cert=FILE, key=FILE, host=NAME.",
    .table = table,
    .count = sizeof table / sizeof table[0],
};

/* As many connections as the system lets us have. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* The options are commands, whose answers are the same. */
static bool listen_all(struct control *control, const struct settings *settings)
{
    for (size_t i = 0; i < settings->listen.count; i++) {
        char line[1024];
        unsigned before = control->doors_count;
        snprintf(line, sizeof line, "listen %s", settings->listen.items[i]);
        for (char *comma; (comma = strchr(line, ','));)
            *comma = ' ';
        control_run(control, line);
        if (control->doors_count == before)
            return false;
    }
    return true;
}

/* Bytes that come wake it, but do not preempt who runs (sched(7), SCHED_BATCH): where there are
 * fewer processors than programs, whoever it has just sent something to goes on with that, and more
 * is at hand when it is its turn. It keeps its share of the processor; refused, it serves as well.
 */
static void preempt_nobody(void)
{
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
}

static int serve(const struct settings *settings)
{
    static struct control control;
    uint8_t key[16];
    struct err err;
    preempt_nobody();
    if (getrandom(key, sizeof key, 0) != sizeof key)
        return 4;
    struct gate *gate = loop_open(key);
    if (!gate || !control_open(&control, gate, STDIN_FILENO, stdout)) {
        fputs("rushproof-proxy: cannot watch its standard input\n", stderr);
        loop_close(gate);
        return 4;
    }
    int result = 0;
    if (settings->journal && journal_open(&gate->journal, settings->journal, &err)) {
        fprintf(stderr, "rushproof-proxy: %s\n", err.message);
        result = 4;
    } else if (!listen_all(&control, settings)) {
        result = 4;
    } else {
        loop_serve(gate, &control.stop);
    }
    control_close(&control);
    loop_close(gate);
    return result;
}

static int print_about(const struct settings *settings)
{
    if (settings->help) {
        opts_print_help(&opts, stdout);
        puts("\nCommands on standard input, each answered by ok or error:");
        control_help(stdout);
    } else if (settings->man) {
        opts_print_man(&opts, "rushproof-proxy", RUSHPROOF_VERSION, stdout);
        puts(".SH COMMANDS\nOn standard input, each answered by ok or error:\n.nf");
        control_help(stdout);
        puts(".fi");
    } else {
        printf("rushproof-proxy %s\n", RUSHPROOF_VERSION);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct err err;
    int rest = argc;
    if (opts_parse(&opts, argc, argv, &settings, &rest, &err) || rest < argc) {
        fprintf(stderr, "rushproof-proxy: %s\n",
                rest < argc ? "it takes no operands" : err.message);
        return 3;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_limit();
    bool about = settings.help || settings.man || settings.version;
    int result = about ? print_about(&settings) : serve(&settings);
    opts_release(&opts, &settings);
    return result;
}
