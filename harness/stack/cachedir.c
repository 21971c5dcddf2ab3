#include "stack/cachedir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PATH_SIZE 4096

bool cachedir_path(const char *name, char *ret_path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (cache && cache[0] == '/')
        length = snprintf(ret_path, size, "%s/rushproof/%s", cache, name);
    else if (home && home[0] == '/')
        length = snprintf(ret_path, size, "%s/.cache/rushproof/%s", home, name);
    return length >= 0 && (size_t)length < size;
}

/* Makes what is missing of the path, and nothing in a directory that is somebody else's. */
static int make(char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        return status.st_uid == geteuid() ? 0 : EPERM;
    char *slash = strrchr(path, '/');
    if (errno != ENOENT || slash == path)
        return errno;
    *slash = '\0';
    int why = make(path);
    *slash = '/';
    return !why && mkdir(path, 0700) < 0 && errno != EEXIST ? errno : why;
}

int cachedir_open(const char *name, char *ret_why, size_t size)
{
    char path[PATH_SIZE];
    struct stat status;
    if (!cachedir_path(name, path, sizeof path)) {
        snprintf(ret_why, size, "neither XDG_CACHE_HOME nor HOME is set");
        return -1;
    }
    int why = make(path);
    _cleanup_close_ int fd = why ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        snprintf(ret_why, size, "%s: %s", path, strerror(why ? why : errno));
    else if (status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH))
        snprintf(ret_why, size, "%s: others may write there", path);
    else {
        int result = fd;
        fd = -1;
        return result;
    }
    return -1;
}
