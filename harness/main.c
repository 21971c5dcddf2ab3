/* rushproof: the program. Finds the subcommand and hands over. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "model/power.h"
#include "report/console.h"
#include "scenario/secrets.h"
#include "session.h"
#include "version.h"

static const struct command *const commands[] = {
    &cmd_run,    &cmd_agent,  &cmd_check,  &cmd_explore,     &cmd_list,
    &cmd_init,   &cmd_verify, &cmd_report, &cmd_compare,     &cmd_selftest,
    &cmd_doctor, &cmd_schema, &cmd_man,    &cmd_completions,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

volatile bool command_stop;

const struct command *command_table(size_t *ret_count)
{
    static struct command table[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        table[i] = *commands[i];
    *ret_count = COMMANDS;
    return table;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

const char *command_program_dir(void)
{
    static char dir[PATH_MAX];
    if (*dir)
        return dir;
    ssize_t length = readlink("/proc/self/exe", dir, sizeof dir - 1);
    if (length <= 0)
        return ".";
    dir[length] = '\0';
    char *slash = strrchr(dir, '/');
    if (slash)
        *slash = '\0';
    return dir;
}

int command_read_sure(const char *text, int64_t *ret_rounds, struct err *err)
{
    char *end;
    double p = text ? strtod(text, &end) : 0;
    *ret_rounds = 0;
    if (!text)
        return 0;
    if (!*text || *end || !(p >= 0.00001 && p <= 0.5))
        return err_set(err, ERR_USAGE, "--until-sure: '%s'; allowed: 0.00001 to 0.5", text);
    *ret_rounds = power_rounds(p);
    return 0;
}

int command_fail(const struct err *err, const char *what_to_try)
{
    console_error(err, what_to_try);
    return (int)exit_code_of_error(err->code);
}

static int run(const struct command *command, int argc, char **argv)
{
    const struct opts *opts = command->options();
    struct command_call call = {
        .settings = calloc(1, command->settings_size), .argv = argv, .argc = argc};
    struct err err = {0};
    int rest, exit_code = EXIT_PASS;
    int rc = call.settings ? opts_parse(opts, argc, argv, call.settings, &rest, &err)
                           : err_set(&err, ERR_MEMORY, "out of memory");
    if (rc) {
        exit_code = command_fail(&err, "");
    } else if (*((const bool *)call.settings + command->help)) {
        opts_print_help(opts, stdout);
    } else {
        call.arguments = argv + rest;
        call.count = argc - rest;
        exit_code = command->run(&call);
    }
    if (call.settings)
        opts_release(opts, call.settings);
    free(call.settings);
    return exit_code;
}

static void print_help(FILE *out)
{
    fputs("Usage: rushproof COMMAND [OPTION…] [ARGUMENT…]\n\n"
          "Proves that a first-come-first-served endpoint survives the rush: fires a simultaneous\n"
          "burst, waits on evidence until the pipeline behind it has drained, and checks user by\n"
          "user what really happened.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->options()->brief);
    fputs("\n  -h, --help     print this help; 'rushproof COMMAND --help' tells more\n"
          "  -V, --version  print the versions of rushproof and its libraries\n"
          "\nExit codes: 0 pass, 1 fail, 2 unknown or invalid run, 3 usage or scenario error,\n"
          "4 environment (a server did not start, target unreachable), 130 interrupted.\n",
          out);
}

static void on_signal(int number)
{
    /* The second time the user means it: the stack's watchdog clears up after us. */
    if (command_stop && number != SIGHUP) /* a closed terminal sends it more than once */
        _exit(EXIT_INTERRUPTED);
    command_stop = true;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction before; /* nohup wants it to go on */
    if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL); /* the terminal was closed, the connection broke */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
}

/* A stream that the caller closed would be the next file that is opened: a report, a socket. What
 * is written onto these is an error instead. */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            _exit(EXIT_ENVIRONMENT);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
        print_help(stdout);
        return EXIT_PASS;
    }
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        version_print(stdout);
        return EXIT_PASS;
    }
    const struct command *command = command_find(word);
    if (!command) {
        struct err err = {0};
        err_set(&err, ERR_USAGE, "there is no command '%s'", word);
        return command_fail(&err, "rushproof --help lists the commands");
    }
    return run(command, argc - 1, argv + 1);
}

/* Why stdout has failed: the errno of an earlier write is gone by now. */
static int output_errnum(void)
{
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (errno)
        return errno;
    return poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR) ? EPIPE : EIO;
}

/* What was printed is only printed when the last byte has been taken. */
static int finish_output(int exit_code)
{
    errno = 0;
    if (!fflush(stdout) && !ferror(stdout))
        return exit_code;
    struct err err = {0};
    int number = output_errnum();
    err_errno(&err, ERR_ENVIRONMENT, number, "cannot write the output");
    /* A reader that has seen enough (| head) wants no complaint. */
    int own = number == EPIPE ? EXIT_ENVIRONMENT : command_fail(&err, "is the disk full?");
    return session_worse(exit_code, own);
}

int main(int argc, char **argv)
{
    hold_streams();
    catch_signals();
    secrets_learn_environment();
    secrets_learn_words((const char *const *)argv + 1, argc > 1 ? (size_t)argc - 1 : 0);
    return finish_output(dispatch(argc, argv));
}
