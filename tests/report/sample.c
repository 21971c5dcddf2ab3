/* report-sample: writes planted runs and their reports into directories, for tests, benches and
 * eyes.
 *
 *     report-sample DIR [KIND…]        DIR/KIND/ gets every file of a run
 *     report-sample --console KIND     the console's verdict block of a planted run on stdout */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "plant.h"
#include "report/console.h"
#include "report/report.h"

static int show(const char *kind, struct err *err)
{
    static struct run run;
    struct scenario *scenario = NULL;
    int rc = plant_run(kind, 0, &run, &scenario, err);
    if (rc)
        return rc;
    struct console *console = console_new(&(struct console_settings){.out = stdout});
    console_verdict(console, &run);
    console_free(console);
    plant_free(&run, scenario);
    return 0;
}

static int write_files(const char *root, const char *kind, struct err *err)
{
    static struct run run;
    struct scenario *scenario = NULL;
    int rc = plant_run(kind, 0, &run, &scenario, err);
    if (rc)
        return rc;
    snprintf(run.dir, sizeof run.dir, "%s/%s", root, kind);
    if (mkdir(run.dir, 0777) && errno != EEXIST)
        rc = err_errno(err, ERR_ENVIRONMENT, errno, "cannot make %s", run.dir);
    ns_t begin = clock_now();
    if (!rc)
        rc = archive_save(&run, err);
    ns_t saved = clock_now();
    if (!rc)
        rc = report_write_all(&run, err);
    ns_t written = clock_now();
    if (!rc)
        printf("%-12s saved %7.1f ms  reports %7.1f ms  %s\n", kind,
               (double)(saved - begin) / (double)NS_PER_MS,
               (double)(written - saved) / (double)NS_PER_MS, verdict_name(run.verdict));
    plant_free(&run, scenario);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    size_t count;
    const char *const *kinds = plant_kinds(&count);
    int rc = 0;
    if (argc < 2) {
        fputs("Usage: report-sample DIR [KIND…] | --console KIND\n", stderr);
        return 3;
    }
    if (!strcmp(argv[1], "--console"))
        rc = argc == 3 ? show(argv[2], &err) : err_set(&err, ERR_USAGE, "--console needs a KIND");
    else if (argc > 2)
        for (int i = 2; !rc && i < argc; i++)
            rc = write_files(argv[1], argv[i], &err);
    else
        for (size_t i = 0; !rc && i < count; i++)
            rc = write_files(argv[1], kinds[i], &err);
    if (rc)
        fprintf(stderr, "report-sample: %s\n", err.message);
    return rc ? 1 : 0;
}
