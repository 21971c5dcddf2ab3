#include <string.h>

#include "report/report.h"
#include "report/text.h"
#include "report/writers.h"

int html_write(const struct run *run, const json_t *result, FILE *out, struct err *err)
{
    (void)err;
    (void)result;
    fputs("<!doctype html><meta charset=\"utf-8\"><title>rushproof</title><h1>", out);
    text_print(out, TEXT_HTML, run->scenario ? run->scenario->name : "run");
    fprintf(out, ": %s</h1><p>", verdict_name(run->verdict));
    text_print(out, TEXT_HTML, run->explanation);
    fputs("</p>\n", out);
    return 0;
}

int report_write_pair(const struct run *left, const struct run *right, FILE *out, struct err *err)
{
    int rc = html_write(left, NULL, out, err);
    return rc ? rc : html_write(right, NULL, out, err);
}
