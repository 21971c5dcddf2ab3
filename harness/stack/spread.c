#include "stack/spread.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PATH_SIZE 4096

/* The file system is to spread what is made in this directory (chattr(1), T). */
static void spread_children(int dir)
{
    int flags;
    if (ioctl(dir, FS_IOC_GETFLAGS, &flags) == 0 && !(flags & FS_TOPDIR_FL)) {
        flags |= FS_TOPDIR_FL;
        ioctl(dir, FS_IOC_SETFLAGS, &flags);
    }
}

/* Where it goes follows from its name: one that nobody had before, and then the wanted one. */
int spread_mkdir(const char *path)
{
    char parent[PATH_SIZE], unused[32];
    unsigned long long number;
    const char *slash = strrchr(path, '/');
    if (!slash || getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return mkdir(path, 0700) < 0 ? errno : 0;
    snprintf(parent, sizeof parent, "%.*s", slash > path ? (int)(slash - path) : 1, path);
    snprintf(unused, sizeof unused, "%016llx", number);
    _cleanup_close_ int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat there;
    if (dir < 0)
        return errno;
    if (fstatat(dir, slash + 1, &there, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    spread_children(dir);
    if (mkdirat(dir, unused, 0700) < 0)
        return errno;
    if (renameat(dir, unused, dir, slash + 1) == 0)
        return 0;
    int why = errno;
    unlinkat(dir, unused, AT_REMOVEDIR);
    return why;
}
