#include "saving.h"

#include <errno.h>
#include <stdio.h>

#include "archive/archive.h"
#include "base/log.h"
#include "report/report.h"

static int append_summary(const struct run *run, const char *path, struct err *err)
{
    FILE *out = fopen(path, "ae");
    if (!out)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot append to the summary %s", path);
    int rc = report_write_one("summary", run, out, err);
    errno = 0;
    bool failed = fflush(out) || ferror(out);
    int errnum = errno;
    failed |= fclose(out) != 0;
    if (failed && !rc)
        rc = err_errno(err, ERR_ENVIRONMENT, errnum ? errnum : EIO,
                       "cannot append to the summary %s", path);
    return rc;
}

static void *write_all(void *arg)
{
    struct saving *saving = arg;
    int rc = saving->rc, next = archive_save(saving->run, rc ? NULL : &saving->err);
    rc = rc ? rc : next;
    next = report_write_all(saving->run, rc ? NULL : &saving->err);
    rc = rc ? rc : next;
    next = saving->summary ? append_summary(saving->run, saving->summary, rc ? NULL : &saving->err)
                           : 0;
    saving->rc = rc ? rc : next;
    return NULL;
}

void saving_begin(struct saving *saving, const struct run *run, const char *summary)
{
    *saving = (struct saving){.run = run, .summary = summary};
    saving->rc = log_check(&saving->err);
    saving->threaded = !pthread_create(&saving->thread, NULL, write_all, saving);
    if (!saving->threaded)
        write_all(saving);
}

int saving_end(struct saving *saving, struct err *err)
{
    if (saving->threaded)
        pthread_join(saving->thread, NULL);
    saving->run = NULL;
    if (saving->rc)
        *err = saving->err;
    return saving->rc;
}
