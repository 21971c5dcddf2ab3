/* Logs of servers and processes: they write them themselves, so secrets are masked afterwards. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "base/aside.h"
#include "base/cleanup.h"
#include "base/mask.h"

enum { LINE_MAX_BYTES = 1 << 26 };

static void cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* Texts between NULs, which stay. Tells whether anything was masked. */
static int mask_line(const char *line, size_t length, FILE *out, bool *ret_changed)
{
    const char *end = line + length;
    for (const char *at = line; at < end;) {
        _cleanup_(buf_free) struct buf masked;
        buf_init(&masked, 2 * (size_t)LINE_MAX_BYTES);
        size_t text = strnlen(at, (size_t)(end - at));
        if (mask_apply(at, &masked))
            return -(int)ERR_MEMORY;
        *ret_changed |= masked.used != text || memcmp(buf_text(&masked), at, text) != 0;
        fwrite(buf_text(&masked), 1, masked.used, out);
        at += text;
        if (at < end)
            fputc(*at++, out);
    }
    return 0;
}

static int mask_lines(FILE *in, FILE *out, bool *ret_changed)
{
    _cleanup_free_ char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int rc = 0;
    while (!rc && (length = getline(&line, &room, in)) > 0)
        rc = mask_line(line, (size_t)length, out, ret_changed);
    return rc;
}

static int mask_log(int logs, const char *dir, const char *name, struct err *err)
{
    struct stat status;
    int fd = openat(logs, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    _cleanup_fclose_ FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
    if (!in || fstat(fd, &status) || !S_ISREG(status.st_mode) || !status.st_size)
        return 0; /* no log of ours */
    char path[PATH_MAX];
    _cleanup_(aside_drop) struct aside aside = {0};
    bool changed = false;
    if ((size_t)snprintf(path, sizeof path, "%s/logs/%s", dir, name) >= sizeof path)
        return err_set(err, ERR_ENVIRONMENT, "the path of %s is too long", name);
    int rc = aside_open(&aside, NULL, path, err);
    if (!rc && mask_lines(in, aside.file, &changed))
        rc = err_set(err, ERR_MEMORY, "no memory for the lines of %s", path);
    return rc || !changed ? rc : aside_commit(&aside, err);
}

int archive_mask_logs(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/logs", dir) >= sizeof path)
        return err_set(err, ERR_ENVIRONMENT, "the path of %s is too long", dir);
    _cleanup_(cleanup_dir) DIR *logs = opendir(path);
    if (!logs)
        return errno == ENOENT ? 0 : err_errno(err, ERR_ENVIRONMENT, errno, "cannot read %s", path);
    int rc = 0, next;
    for (const struct dirent *entry; (entry = readdir(logs));) {
        bool part = strstr(entry->d_name, ".part") != NULL;
        next = part ? 0 : mask_log(dirfd(logs), dir, entry->d_name, rc ? NULL : err);
        rc = rc ? rc : next;
    }
    return rc;
}
