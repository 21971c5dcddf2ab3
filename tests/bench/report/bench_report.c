/* How long a run's files take to write and to read back, and how large they are.
 *
 *     bench-report [ROUNDS]      medians of so many rounds (default 21), 1,000 to 1,000,000
 * requests
 *
 * Allowed: all reports (junit, html, summary, metrics) of 1000 requests within 100 ms, report.html
 * of 1000 requests at most 600 KB and of 1,000,000 at most 3 MB. Exit 1 when one is not kept. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "plant.h"
#include "report/report.h"
#include "scenario/scenario.h"

enum { ROUNDS_DEFAULT = 21, ROUNDS_MAX = 1001 };

#define REPORTS_ALLOWED (100 * NS_PER_MS)

static const struct {
    int64_t requests;
    long html_allowed; /* bytes; 0: none stated */
} sizes[] = {{1000, 600000}, {10000, 0}, {100000, 0}, {1000000, 3000000}};

/* What is measured of one size. */
struct figures {
    ns_t save[ROUNDS_MAX], load[ROUNDS_MAX], reports[ROUNDS_MAX];
};

static int compare_ns(const void *a, const void *b)
{
    ns_t x = *(const ns_t *)a, y = *(const ns_t *)b;
    return (x > y) - (x < y);
}

static double median_ms(ns_t *spans, int count)
{
    qsort(spans, (size_t)count, sizeof *spans, compare_ns);
    return (double)spans[count / 2] / (double)NS_PER_MS;
}

static void give_up(const struct err *err)
{
    fprintf(stderr, "bench-report: %s\n", err->message);
    exit(2);
}

static long size_of(const char *dir, const char *name)
{
    char path[256];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &status) ? 0 : (long)status.st_size;
}

static void load_again(const char *dir, ns_t *ret_span)
{
    static struct run loaded;
    struct scenario *scenario = NULL;
    struct err err = {0};
    ns_t begin = clock_now();
    if (archive_load(dir, &loaded, &scenario, &err))
        give_up(&err);
    *ret_span = clock_now() - begin;
    run_free(&loaded);
    scenario_free(scenario);
}

static void measure(const struct run *run, int rounds, struct figures *figures)
{
    struct err err = {0};
    for (int i = 0; i < rounds; i++) {
        ns_t begin = clock_now();
        if (archive_save(run, &err))
            give_up(&err);
        ns_t saved = clock_now();
        if (report_write_all(run, &err))
            give_up(&err);
        figures->save[i] = saved - begin;
        figures->reports[i] = clock_now() - saved;
        load_again(run->dir, &figures->load[i]);
    }
}

static bool tell(int64_t requests, long html_allowed, const char *dir, int rounds,
                 struct figures *figures)
{
    double reports = median_ms(figures->reports, rounds);
    long html = size_of(dir, "report.html");
    bool slow =
        requests == sizes[0].requests && reports > (double)REPORTS_ALLOWED / (double)NS_PER_MS;
    bool large = html_allowed && html > html_allowed;
    printf("%9lld  %9.1f  %9.1f  %9.1f  %11ld  %11ld  %11ld  %s%s\n", (long long)requests,
           median_ms(figures->save, rounds), median_ms(figures->load, rounds), reports, html,
           size_of(dir, "history.csv"), size_of(dir, "result.json"), slow ? "TOO SLOW " : "",
           large ? "TOO LARGE" : "");
    fflush(stdout);
    return !slow && !large;
}

static void remove_files(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(path);
}

int main(int argc, char **argv)
{
    static struct figures figures;
    static struct run run;
    char dir[] = "/tmp/rushproof-bench-XXXXXX";
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS_DEFAULT;
    bool good = true;
    if (rounds < 1 || rounds > ROUNDS_MAX || !mkdtemp(dir)) {
        fprintf(stderr, "Usage: bench-report [ROUNDS], 1 to %d\n", ROUNDS_MAX);
        return 3;
    }
    printf(" requests    save ms    load ms  reports ms  report.html  history.csv  result.json\n");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct scenario *scenario = NULL;
        struct err err = {0};
        if (plant_run("million", sizes[i].requests, &run, &scenario, &err))
            give_up(&err);
        snprintf(run.dir, sizeof run.dir, "%s", dir);
        int some = sizes[i].requests > 100000 && rounds > 5 ? 5 : rounds;
        measure(&run, some, &figures);
        good &= tell(sizes[i].requests, sizes[i].html_allowed, dir, some, &figures);
        plant_free(&run, scenario);
    }
    remove_files(dir);
    return good ? 0 : 1;
}
