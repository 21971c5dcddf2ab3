#include "common/metrics.h"

void metrics_family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_sample(struct buf *out, const char *name, const char *labels, double value)
{
    if (labels)
        buf_addf(out, "%s{%s} %.15g\n", name, labels, value);
    else
        buf_addf(out, "%s %.15g\n", name, value);
}

void metrics_single(struct buf *out, const char *name, const char *type, const char *help,
                    double value)
{
    metrics_family(out, name, type, help);
    metrics_sample(out, name, NULL, value);
}
