#include "load/net/limits.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { SPARE = 64 };           /* log, reports, probes */
enum { FILES_WANTED = 65536 }; /* where we may raise the hard limit ourselves */

void limits_raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    if (limit.rlim_max < FILES_WANTED) {
        const struct rlimit higher = {FILES_WANTED, FILES_WANTED};
        if (!setrlimit(RLIMIT_NOFILE, &higher)) /* privileged processes only */
            return;
    }
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static size_t count_open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return SPARE;
    size_t count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

int limits_check_files(size_t wanted, const char *what, struct err *err)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 0;
    size_t needed = wanted + count_open_files() + SPARE;
    const struct rlimit higher = {needed, needed > limit.rlim_max ? needed : limit.rlim_max};
    if (needed <= limit.rlim_cur || !setrlimit(RLIMIT_NOFILE, &higher)) /* as above */
        return 0;
    return err_set(err, ERR_ENVIRONMENT,
                   "too few file descriptors: %s need %zu, the limit is %llu (hard limit %llu); "
                   "raise it (ulimit -Hn, LimitNOFILE=, docker run --ulimit nofile=%zu) or send "
                   "fewer requests at once",
                   what, needed, (unsigned long long)limit.rlim_cur,
                   (unsigned long long)limit.rlim_max, needed);
}

int64_t limits_resident(void)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/self/statm", "re");
    long long total, resident;
    if (!file || fscanf(file, "%lld %lld", &total, &resident) != 2)
        return 0;
    return resident * sysconf(_SC_PAGESIZE);
}
