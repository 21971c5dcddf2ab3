/* A request that was copied from a browser's developer tools, "as cURL" for bash or cmd or "as
 * PowerShell", taken apart. Pure; main thread. */
#ifndef SCENARIO_COPIED_H
#define SCENARIO_COPIED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { COPIED_HEADERS_MAX = 64, COPIED_WORDS_MAX = 512 };

struct copied {
    char *url, *method, *body;         /* owned; body NULL: none */
    char *headers[COPIED_HEADERS_MAX]; /* owned; "Name: value" */
    unsigned headers_count;
    bool insecure, is_form; /* is_form: the body is put together of fields */
    char *socket;           /* owned; of --unix-socket, or NULL */
};

/* Errors: ERR_USAGE (no command of that kind, no URL, an option that means nothing here),
 * ERR_MEMORY. */
int copied_read(const char *text, struct copied *ret_copied, struct err *err)
    __attribute__((warn_unused_result));
void copied_free(struct copied *copied); /* an all-zero struct is fine */

/* Adds "Name: value", unless it is one that browsers and clients add for themselves. */
int copied_add_header(struct copied *copied, const char *line, struct err *err);
int copied_add_named(struct copied *copied, const char *name, const char *value, struct err *err);

/* A field of a multipart/form-data body; points into it. */
struct copied_field {
    const char *name, *value;
    size_t name_length, value_length;
};

/* The next one; *at NULL: the first. False: the body has no more, or is no such form. */
bool copied_next_field(const char *body, const char **at, struct copied_field *ret_field);

/* ---- for its own files ---- */

/* curl's --data (several are joined by &), --data-urlencode ("name=text" or "text", percent-encoded
 * here) and --form (has_type: with files, types and quotes) or --form-string, which
 * copied_end_form() ends. Errors: ERR_USAGE (a file), ERR_MEMORY. */
int copied_add_data(struct copied *copied, const char *value, struct err *err);
int copied_add_encoded(struct copied *copied, const char *value, struct err *err);
int copied_add_field(struct copied *copied, const char *value, bool has_type, struct err *err);
int copied_end_form(struct copied *copied, struct err *err);

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
