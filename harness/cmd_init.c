/* rushproof init: a commented scenario for somebody's own service. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command.h"
#include "given.h"
#include "interview.h"
#include "report/console.h"
#include "scenario/copied_places.h"
#include "scenario/quick.h"
#include "scenario/quick_parts.h"

enum { ROWS_MAX = 48 };

struct settings {
    struct quick quick; /* first: its option rows count their offsets from here */
    bool help, force, spend;
    const char *output, *curl, *user_in;
    struct opt_list allow_hosts;
};

static const struct opt own[] = {
    {"output", 'o', OPT_TEXT, "FILE", "rushproof.yaml", NULL, NULL, 0, 0,
     "the file to write; - is stdout", offsetof(struct settings, output)},
    {"curl", 0, OPT_TEXT, "COMMAND", NULL, NULL, NULL, 0, 0,
     "a request copied from a browser as cURL (bash or cmd) or as PowerShell; @FILE reads it, - is "
     "stdin. Credentials become ${NAME}, and their export lines are printed",
     offsetof(struct settings, curl)},
    {"user-in", 0, OPT_TEXT, "PLACE", NULL, NULL, NULL, 0, 0,
     "where the user's id is in it: query:NAME, form:NAME, json:/POINTER, path:N, header:NAME, or "
     "none",
     offsetof(struct settings, user_in)},
    {"spend", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "send the first user's own request, twice, and take --accepted and --rejected from the "
     "answers: what that user gets by it is gone",
     offsetof(struct settings, spend)},
    {"allow-host", 0, OPT_LIST, "HOST", NULL, NULL, NULL, 0, 0,
     "ask a service that is not on this machine", offsetof(struct settings, allow_hosts)},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "overwrite an existing file",
     offsetof(struct settings, force)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts *options(void)
{
    static struct opt rows[ROWS_MAX];
    static struct opts opts = {
        "rushproof init",
        "[OPTION…]",
        "Writes a commented scenario for your own service; asks for what is not given.",
        "Takes the flags of 'rushproof run --url …', or a request that a browser's developer "
        "tools\n"
        "have copied (--curl). On a terminal and without --url it asks, looks at each answer "
        "before "
        "the\n"
        "next question, tries the address as somebody who is no user, and may learn what a yes and "
        "a\n"
        "no look like from two real answers; elsewhere --url or --curl is needed, and --spend "
        "learns.",
        rows,
        0,
    };
    if (!opts.count) {
        size_t quick_count, own_count = sizeof own / sizeof *own;
        const struct opt *quick = quick_options(&quick_count);
        memcpy(rows, own, sizeof own);
        memcpy(rows + own_count, quick, quick_count * sizeof *rows);
        opts.count = own_count + quick_count;
    }
    return &opts;
}

static int write_out(const struct settings *settings, const char *text, struct err *err)
{
    if (!strcmp(settings->output, "-")) {
        fputs(text, stdout);
        return 0;
    }
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (settings->force ? O_TRUNC : O_EXCL);
    _cleanup_close_ int fd = open(settings->output, flags, 0666);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_USAGE, "%s is there already; --force overwrites it",
                       settings->output);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", settings->output);
    fprintf(stderr, "wrote %s; now: rushproof run %s\n", settings->output, settings->output);
    return 0;
}

/* ---- a copied request ---- */

static int read_command(const char *given, char **ret_text, struct err *err)
{
    bool from_stdin = !strcmp(given, "-");
    if (!from_stdin)
        return parts_read("curl", given, ret_text, err);
    size_t size = 0;
    *ret_text = NULL;
    if (getdelim(ret_text, &size, '\0', stdin) >= 0)
        return 0;
    return err_set(err, ERR_USAGE, "--curl: nothing came on stdin");
}

/* The place of the user's id: as given, as asked, or a refusal that says where it may be. */
static int choose_place(const struct settings *settings, const struct copied *copied,
                        char *ret_place, size_t size, struct err *err)
{
    _cleanup_(buf_free) struct buf likely;
    buf_init(&likely, 8192);
    copied_list_users(copied, &likely);
    if (settings->user_in) {
        snprintf(ret_place, size, "%s", settings->user_in);
        return 0;
    }
    if (!isatty(STDIN_FILENO) || (settings->curl && !strcmp(settings->curl, "-")))
        return err_set(err, ERR_USAGE,
                       "--user-in is missing: where the user's id is in the request (query:NAME, "
                       "form:NAME, json:/POINTER, path:N, header:NAME, or none)%s%s",
                       likely.used ? "; likely: " : "", buf_text(&likely));
    fprintf(stderr, "where is the user's id, as in query:userId%s%s? ",
            likely.used ? "; likely: " : "", buf_text(&likely));
    if (!fgets(ret_place, (int)size, stdin))
        return err_set(err, ERR_USAGE, "the question was not answered");
    ret_place[strcspn(ret_place, "\n")] = '\0';
    return 0;
}

static bool is_uuid(const char *text)
{
    size_t length = strlen(text);
    return length == 36 && strspn(text, "0123456789abcdefABCDEF-") == length && text[8] == '-';
}

/* What was copied as the flags that say the same; flags that are given go before it. */
static int take_copied(struct settings *settings, const struct copied *copied, struct err *err)
{
    struct quick *quick = &settings->quick;
    quick->url = quick->url ? quick->url : copied->url;
    quick->method = quick->method ? quick->method : copied->method;
    quick->body = quick->body ? quick->body : copied->body;
    quick->insecure = copied->insecure;
    if (!quick->socket)
        quick->socket = copied->socket;
    struct opt_list *headers = &quick->headers;
    const char **items =
        reallocarray(headers->items, headers->count + copied->headers_count + 1, sizeof *items);
    if (!items)
        return err_set(err, ERR_MEMORY, "out of memory");
    headers->items = items;
    for (unsigned i = 0; i < copied->headers_count; i++)
        headers->items[headers->count++] = copied->headers[i];
    return 0;
}

static int init_copied(struct settings *settings, struct copied *copied,
                       struct copied_exports *exports, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    char place[128], value[256] = "";
    int rc = read_command(settings->curl, &text, err);
    if (!rc)
        rc = copied_read(text, copied, err);
    if (!rc)
        rc = choose_place(settings, copied, place, sizeof place, err);
    if (!rc && strcmp(place, "none") != 0)
        rc = copied_set_user(copied, place, value, sizeof value, err);
    else if (!rc)
        settings->quick.anonymous = true;
    if (!rc && is_uuid(value) && !settings->quick.ids)
        settings->quick.ids = "uuid";
    if (!rc)
        rc = copied_lift(copied, exports, err);
    return rc ? rc : take_copied(settings, copied, err);
}

/* To the terminal that it came from, never into the file. */
static void print_exports(const struct copied_exports *exports)
{
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, 1 << 20);
    copied_spell_exports(exports, &lines);
    if (exports->count)
        fprintf(stderr, "credentials are not kept in the file; before a run:\n%s",
                buf_text(&lines));
}

/* Asks whom there is to ask: a person, or the service. */
static int ask(struct settings *settings, struct interview *interview, struct err *err)
{
    int rc = 0;
    if (!settings->quick.url && isatty(STDIN_FILENO))
        rc = interview_hold(interview, err);
    else if (settings->quick.url && settings->spend)
        rc = interview_learn(interview, err);
    if (rc || interview->count == interview->given)
        return rc;
    opts_release(options(), settings);
    *settings = (struct settings){0};
    return interview_parse(interview, settings, err);
}

/* A file without {{user}} is a beginning: what it lacks is said, and it is written. */
static int check_flags(const struct settings *settings, struct err *err)
{
    struct err lacks = {0};
    int rc = given_check_beginning(&settings->quick, err);
    bool file = strcmp(settings->output, "-") != 0;
    if (!rc && file && given_check(&settings->quick, &lacks))
        console_error(&lacks, "so `rushproof run` will refuse the file as it is");
    return rc;
}

static int write_scenario(const struct settings *settings, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    if (!quick_given(&settings->quick))
        return err_set(err, ERR_USAGE,
                       "init needs --url or --curl when it cannot ask on a terminal");
    int rc = check_flags(settings, err);
    if (!rc)
        rc = quick_to_yaml(&settings->quick, true, &text, err);
    return rc ? rc : write_out(settings, buf_text(&text), err);
}

static int init(struct settings *settings, int argc, char **argv, struct err *err)
{
    _cleanup_(copied_free) struct copied copied = {0};
    _cleanup_(copied_exports_free) struct copied_exports exports = {.count = 0};
    struct opt_list allow_hosts = settings->allow_hosts;
    _cleanup_(interview_close) struct interview interview = {
        .opts = options(), .settings_size = sizeof *settings, .allow_hosts = &allow_hosts};
    int rc = interview_open(&interview, argc, argv, err);
    if (!rc && settings->curl)
        rc = init_copied(settings, &copied, &exports, err);
    else if (!rc)
        rc = ask(settings, &interview, err);
    if (!rc)
        rc = write_scenario(settings, err);
    if (!rc)
        print_exports(&exports);
    return rc;
}

static int run_command(const struct command_call *call)
{
    struct settings *settings = call->settings;
    struct err err = {0};
    if (settings->curl && call->count) {
        (void)err_set(&err, ERR_USAGE,
                      "--curl: the shell has cut the command into several words, because it has "
                      "quotes of its own; save it in a file and give --curl @FILE, or paste it "
                      "behind --curl - and end with Ctrl-D");
        return command_fail(&err, "rushproof init --help");
    }
    if (settings->curl && settings->spend) {
        (void)err_set(&err, ERR_USAGE,
                      "--spend goes with --url; once --curl has written the file, `rushproof check "
                      "--spend` sends the request and says which rules it lacks");
        return command_fail(&err, "rushproof init --help");
    }
    return init(settings, call->argc, call->argv, &err)
               ? command_fail(&err, "rushproof init --help")
               : EXIT_PASS;
}

const struct command cmd_init = COMMAND(init);
