/* The directory of a run, and which is the newest one. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"

#define LATEST "latest"

enum { SAME_STAMP_MAX = 1000 }; /* runs that began in one millisecond, before we give up */

/* A scenario's name as one file name: it may come from anywhere and hold anything. The link's own
 * name is not to be had, on file systems that know no capital letters either. */
static void make_name(const struct scenario *scenario, char *ret_name, size_t size)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const char *name = scenario && scenario->name && *scenario->name ? scenario->name : "run";
    size_t used = 0;
    for (; *name && used + 1 < size; name++) {
        bool hides = *name == '.' && used == 0;
        ret_name[used++] = strchr(allowed, *name) && !hides ? *name : '_';
    }
    ret_name[used] = '\0';
    if (!strcasecmp(ret_name, LATEST) && used + 1 < size)
        memcpy(ret_name + used, "_", 2);
}

static int make_parents(const char *path, struct err *err)
{
    char part[4096];
    snprintf(part, sizeof part, "%s", path);
    for (char *at = part + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(part, 0777) && errno != EEXIST)
            return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make the directory %s", part);
        *at = '/';
    }
    return 0;
}

/* Aside and renamed, so that the link always leads somewhere. */
static int move_latest(const char *root, const char *target, struct err *err)
{
    char link[4096], temp[4096];
    if ((size_t)snprintf(link, sizeof link, "%s/" LATEST, root) >= sizeof link ||
        (size_t)snprintf(temp, sizeof temp, "%s/." LATEST ".%d", root, (int)getpid()) >=
            sizeof temp)
        return err_set(err, ERR_ENVIRONMENT, "the path of %s is too long", root);
    unlink(temp);
    if (!symlink(target, temp) && !rename(temp, link))
        return 0;
    int errnum = errno;
    unlink(temp);
    if (errnum == EISDIR)
        return err_set(
            err, ERR_ENVIRONMENT,
            "%s is a directory, where the link to the newest run should be: move it away", link);
    return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot move the link %s", link);
}

int archive_make_dir(const char *root, struct run *run, struct err *err)
{
    char name[128], stamp[32], target[256], dir[sizeof run->dir];
    make_name(run->scenario, name, sizeof name);
    if (!run->wall_start)
        run->wall_start = clock_wall_ns();
    clock_format_stamp(run->wall_start, stamp, sizeof stamp);
    for (int i = 1; i <= SAME_STAMP_MAX; i++) {
        snprintf(target, sizeof target, i == 1 ? "%s/%s" : "%s/%s-%d", name, stamp, i);
        int length = snprintf(dir, sizeof dir, "%s/%s", root, target);
        /* Room for the names of the files in it. */
        if (length < 0 || (size_t)length + 64 > sizeof dir)
            return err_set(err, ERR_ENVIRONMENT, "the path of %s is too long", root);
        int rc = i == 1 ? make_parents(dir, err) : 0;
        if (rc)
            return rc;
        if (!mkdir(dir, 0777)) {
            memcpy(run->dir, dir, sizeof run->dir);
            return move_latest(root, target, err);
        }
        if (errno != EEXIST)
            return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make the directory %s", dir);
    }
    return err_set(err, ERR_ENVIRONMENT, "%s exists already", dir);
}

/* ---- the newest of several ---- */

static bool is_run(const char *dir, const char *name)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s/result.json", dir, name);
    return length > 0 && (size_t)length < sizeof path && !access(path, F_OK);
}

bool archive_newest(const char *dir, char *ret_dir, size_t size)
{
    char newest[256] = "";
    DIR *entries = opendir(dir);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (*entry->d_name != '.' && strcmp(entry->d_name, newest) > 0 &&
            is_run(dir, entry->d_name))
            snprintf(newest, sizeof newest, "%s", entry->d_name);
    if (entries)
        closedir(entries);
    int length = *newest ? snprintf(ret_dir, size, "%s/%s", dir, newest) : 0;
    return length > 0 && (size_t)length < size;
}
