/* A request that was copied from a browser's developer tools, "as cURL" for bash or cmd or "as
 * PowerShell", taken apart. Pure; main thread. */
#ifndef SCENARIO_COPIED_H
#define SCENARIO_COPIED_H

#include <stdbool.h>

#include "base/err.h"

enum { COPIED_HEADERS_MAX = 64, COPIED_WORDS_MAX = 512 };

struct copied {
    char *url, *method, *body;         /* owned; body NULL: none */
    char *headers[COPIED_HEADERS_MAX]; /* owned; "Name: value" */
    unsigned headers_count;
    bool insecure;
    char *socket; /* owned; of --unix-socket, or NULL */
};

/* Errors: ERR_USAGE (no command of that kind, no URL, an option that means nothing here),
 * ERR_MEMORY. */
int copied_read(const char *text, struct copied *ret_copied, struct err *err)
    __attribute__((warn_unused_result));
void copied_free(struct copied *copied); /* an all-zero struct is fine */

/* Adds "Name: value", unless it is one that browsers and clients add for themselves. */
int copied_add_header(struct copied *copied, const char *line, struct err *err);
int copied_add_named(struct copied *copied, const char *name, const char *value, struct err *err);

/* ---- for its own files ---- */

struct copied_words {
    char *v[COPIED_WORDS_MAX]; /* owned */
    unsigned count;
};
void copied_words_free(struct copied_words *words);

/* As bash, or as cmd.exe and then the C library of Windows, cut a command into words. Errors:
 * ERR_USAGE (a quote that is not closed), ERR_MEMORY. */
int copied_split_bash(const char *text, struct copied_words *ret_words, struct err *err);
int copied_split_cmd(const char *text, struct copied_words *ret_words, struct err *err);

/* Invoke-WebRequest with what stands before it. */
int copied_read_powershell(const char *text, struct copied *ret_copied, struct err *err);

#endif
