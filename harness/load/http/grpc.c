#include "load/http/grpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "load/http/locate.h"
#include "load/http/protoc.h"
#include "protobuf/proto_json.h"
#include "protobuf/proto_text.h"

enum {
    PREFIX = 5, /* compressed or not, and the length */
    DESCRIPTORS_MAX = 1 << 24,
    IMPORTS_MAX = 16,
};

struct grpc {
    struct proto_schema *schema;
    const struct proto_message *input, *output;
};

/* ---- what it is about ---- */

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), own = strlen(end);
    return length > own && !strcmp(text + length - own, end);
}

static int read_file(const char *path, struct buf *ret_bytes, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    char bytes[16384];
    ssize_t count = fd < 0 ? -1 : 1;
    while (fd >= 0 && (count = read(fd, bytes, sizeof bytes)) > 0)
        if (buf_add(ret_bytes, bytes, (size_t)count))
            return err_set(err, ERR_MEMORY, "%s is too long", path);
    return count < 0 ? err_errno(err, ERR_USAGE, errno, "%s", path) : 0;
}

/* The directory of a file; the caller frees. NULL: no memory. */
static char *dir_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    if (!slash)
        return strdup(".");
    return slash == file ? strdup("/") : strndup(file, (size_t)(slash - file));
}

/* Where imports are looked up: as it is said, else beside the file, and beside the scenario. */
static int list_dirs(const struct spec_grpc *spec, const char *dir, const char *file,
                     char *ret_dirs[static IMPORTS_MAX + 2], size_t *ret_count, struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; i < spec->imports_count && i < IMPORTS_MAX && !rc; i++)
        rc = locate(dir, spec->imports[i], &ret_dirs[(*ret_count)++], err);
    if (rc || spec->imports_count)
        return rc ? err_prefix(err, "imports") : 0;
    ret_dirs[0] = dir_of(file);
    ret_dirs[1] = strdup(dir && *dir ? dir : ".");
    *ret_count = ret_dirs[0] && ret_dirs[1] && !strcmp(ret_dirs[0], ret_dirs[1]) ? 1 : 2;
    return ret_dirs[0] && ret_dirs[1] ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int describe(const struct spec_grpc *spec, const char *dir, struct buf *ret_bytes,
                    struct err *err)
{
    _cleanup_free_ char *file = NULL;
    char *dirs[IMPORTS_MAX + 2] = {NULL};
    size_t count = 0;
    int rc = locate(dir, spec->proto, &file, err);
    if (!rc && !ends_in(file, ".proto"))
        rc = read_file(file, ret_bytes, err);
    else if (!rc && !(rc = list_dirs(spec, dir, file, dirs, &count, err)))
        rc = protoc_describe(file, (const char *const *)dirs, count, ret_bytes, err);
    for (size_t i = 0; i < IMPORTS_MAX + 2; i++)
        free(dirs[i]);
    return rc ? err_prefix(err, "proto") : 0;
}

static int compile(const struct spec_grpc *spec, struct grpc *grpc, struct err *err)
{
    const struct proto_method *method = NULL;
    size_t length = strlen(spec->message), used;
    _cleanup_free_ uint8_t *trial = malloc(PROTO_TEXT_ROOM(length));
    if (!trial)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = proto_schema_method(grpc->schema, spec->service, spec->method, &method, err);
    if (rc)
        return rc;
    grpc->input = proto_schema_message(grpc->schema, method->input);
    grpc->output = proto_schema_message(grpc->schema, method->output);
    rc = proto_text_read(grpc->input, spec->message, length, true, trial, &used, err);
    return rc ? err_prefix(err, "message") : 0;
}

int grpc_open(const struct spec_grpc *spec, const char *dir, struct grpc **ret_grpc,
              struct err *err)
{
    _cleanup_(buf_free) struct buf bytes;
    struct grpc *grpc = calloc(1, sizeof *grpc);
    buf_init(&bytes, DESCRIPTORS_MAX);
    if (!grpc)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = describe(spec, dir, &bytes, err);
    if (!rc && proto_schema_read(buf_text(&bytes), bytes.used, &grpc->schema, err))
        rc = err_prefix(err, "proto: %s", spec->proto);
    if (!rc)
        rc = compile(spec, grpc, err);
    if (rc) {
        grpc_free(grpc);
        return err_prefix(err, "request.grpc");
    }
    *ret_grpc = grpc;
    return 0;
}

void grpc_free(struct grpc *grpc)
{
    if (grpc)
        proto_schema_free(grpc->schema);
    free(grpc);
}

/* ---- out ---- */

size_t grpc_room(size_t length)
{
    return PREFIX + PROTO_TEXT_ROOM(length);
}

int grpc_encode(const struct grpc *grpc, const char *text, size_t length, char *ret_bytes,
                size_t *ret_length, struct err *err)
{
    size_t used = 0;
    int rc = proto_text_read(grpc->input, text, length, false, (uint8_t *)ret_bytes + PREFIX, &used,
                             err);
    if (rc)
        return err_prefix(err, "request.grpc.message");
    ret_bytes[0] = 0;
    for (int i = 0; i < 4; i++)
        ret_bytes[1 + i] = (char)(used >> (24 - 8 * i) & 0xff);
    *ret_length = PREFIX + used;
    return 0;
}

/* ---- back ---- */

static int hex(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *found =
        digit ? strchr(digits, digit | (digit >= 'A' && digit <= 'F' ? 32 : 0)) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Percent signs stand for bytes that no header holds. */
static void take_message(struct grpc_said *said, const char *at, const char *end)
{
    size_t used = 0;
    for (; at < end && used + 1 < sizeof said->message; at++) {
        bool escape = *at == '%' && end - at > 2 && hex(at[1]) >= 0 && hex(at[2]) >= 0;
        int byte = escape ? hex(at[1]) << 4 | hex(at[2]) : (unsigned char)*at;
        at += escape ? 2 : 0;
        said->message[used++] = (char)(byte < ' ' ? ' ' : byte);
    }
    said->message[used] = '\0';
    for (size_t whole; said->message[whole = utf8_check(said->message)];)
        said->message[whole] = '?';
}

static void take_code(struct grpc_said *said, const char *at, const char *end)
{
    int code = at < end ? 0 : GRPC_UNKNOWN;
    for (; at < end && code <= 9999; at++)
        code = *at >= '0' && *at <= '9' ? code * 10 + (*at - '0') : 10000;
    code = code < GRPC_CODES ? code : GRPC_UNKNOWN;
    said->torn = said->torn || (said->code != GRPC_NOTHING && said->code != code);
    said->code = said->torn ? GRPC_NOTHING : code;
}

void grpc_take_body(struct grpc_said *said)
{
    said->code = GRPC_NOTHING;
    said->torn = said->ended = false;
    said->message[0] = '\0';
}

void grpc_take_header(struct grpc_said *said, const char *line, size_t length)
{
    static const char status[] = "grpc-status:", message[] = "grpc-message:";
    const char *end = line + length;
    bool empty = !length || *line == '\r';
    if (said->ended && !empty)
        grpc_take_body(said);
    said->ended = said->ended || empty;
    bool is_status = length > strlen(status) && !strncasecmp(line, status, strlen(status));
    bool is_message = length > strlen(message) && !strncasecmp(line, message, strlen(message));
    if (!is_status && !is_message)
        return;
    const char *at = line + (is_status ? strlen(status) : strlen(message));
    while (at < end && *at == ' ')
        at++;
    while (end > at && strchr("\r\n ", end[-1]))
        end--;
    if (is_status)
        take_code(said, at, end);
    else
        take_message(said, at, end);
}

/* One message and nothing else, not compressed: nobody has said that it may be. */
static bool unwrap(const struct grpc_answer *answer, struct proto_bytes *ret_bytes)
{
    const uint8_t *at = (const uint8_t *)answer->body;
    if (answer->length < PREFIX || at[0])
        return false;
    uint32_t length = (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];
    *ret_bytes = (struct proto_bytes){at + PREFIX, at + answer->length};
    return length == answer->length - PREFIX;
}

/* Why there is no message, as one. */
static bool tell(const struct grpc_said *said, char *ret_text, size_t size, size_t *ret_length)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, size - 1);
    (void)buf_addf(&text, "{\"code\":\"%s\",\"message\":\"", grpc_status_name(said->code));
    for (const char *at = said->message; *at; at++)
        (void)buf_addf(&text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    (void)buf_adds(&text, "\"}");
    *ret_length = text.used;
    memcpy(ret_text, buf_text(&text), text.used);
    return !text.failed;
}

bool grpc_decode(const struct grpc *grpc, struct grpc_said *said, struct grpc_answer *answer,
                 char *ret_text, size_t size, size_t *ret_length)
{
    struct proto_bytes bytes;
    answer->whole = true;
    bool foreign = answer->status != 200 && said->code == GRPC_NOTHING;
    if (said->code == GRPC_NOTHING && !foreign)
        return false;
    if (foreign) { /* something before the service has answered: it is shown as it came */
        said->code = grpc_status_of_http(answer->status);
        *ret_length = answer->length < size ? answer->length : size;
        memcpy(ret_text, answer->body, *ret_length);
        return true;
    }
    answer->status = answer->status == 200 ? grpc_status_http(said->code) : answer->status;
    if (said->code != GRPC_OK)
        return tell(said, ret_text, size, ret_length);
    if (!unwrap(answer, &bytes))
        return false;
    enum proto_json how = proto_json_write(grpc->output, bytes, ret_text, size, ret_length);
    answer->whole = how == PROTO_JSON_WHOLE;
    return how != PROTO_JSON_BROKEN;
}
