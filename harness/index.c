#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/shelf.h"
#include "base/aside.h"
#include "base/cleanup.h"
#include "report/console.h"
#include "report/past.h"
#include "report/report.h"

enum { HEAD = 2048 };

/* A site of its own may live in the directory that reports go to. */
static bool is_ours(const char *path)
{
    char head[HEAD + 1] = "";
    struct stat status;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    ssize_t count = fstat(fd, &status) || !S_ISREG(status.st_mode) ? -1 : read(fd, head, HEAD);
    return count > 0 && strstr(head, "name=\"generator\" content=\"rushproof index\"");
}

static int write_page(const struct past_runs *runs, const char *dir, const char *path,
                      struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, NULL, path, err);
    if (!rc)
        rc = report_write_index(runs, dir, aside.file, err);
    return rc ? rc : aside_commit(&aside, err);
}

static void tell(const struct past_runs *runs, struct index_told *told)
{
    const struct past_trouble *first = runs->troubles;
    told->troubles = runs->troubles_count;
    if (first)
        snprintf(told->trouble, sizeof told->trouble, "%s: %s", first->dir, first->why);
}

int index_write(const char *dir, const char *path, struct index_told *ret_told, struct err *err)
{
    _cleanup_(past_runs_free) struct past_runs runs = {0};
    *ret_told = (struct index_told){0};
    int length = snprintf(ret_told->page, sizeof ret_told->page, "%s%s", path ? path : dir,
                          path ? "" : "/index.html");
    if (length < 0 || (size_t)length >= sizeof ret_told->page)
        return err_set(err, ERR_USAGE, "the path of %s is too long", dir);
    int rc = shelf_read(dir, &runs, err);
    tell(&runs, ret_told);
    if (!rc && !runs.count)
        rc = err_set(err, ERR_USAGE, "there is no run in %s%s%s", dir,
                     ret_told->troubles ? "; left out: " : "", ret_told->trouble);
    if (!rc && !path && !is_ours(ret_told->page))
        rc = err_set(err, ERR_USAGE,
                     "%s was not written by rushproof and stays as it is: --output FILE writes "
                     "another one",
                     ret_told->page);
    return rc ? rc : write_page(&runs, dir, ret_told->page, err);
}

void index_update(const char *dir)
{
    struct index_told told;
    struct err err = {0};
    if (index_write(dir, NULL, &told, &err))
        console_error(&err, "the page of all runs is not up to date");
}
