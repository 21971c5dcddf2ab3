/* links: report plant scenario model PkgConfig::JANSSON */
/* result.tsv: every line is whole, whatever stands in it, and checks have their users behind them.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plant.h"
#include "report/report.h"

static char *flat(const struct run *run)
{
    struct err err = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(report_write_one("tsv", run, out, &err), 0, "%s", err.message);
    fclose(out);
    return text;
}

Test(tsv, has_values_checks_and_named_users)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    _cleanup_free_ char *text = flat(&run);
    static const char *const lines[] = {
        "schema\t1\n",
        "\nscenario\tlossy\n",
        "\nverdict\tfail\n",
        "\nlimit\t",
        "\ninterrupted\tfalse\n",
        "\nload.accepted\t100\n",
        "\nerror\t\n",
        "\ncheck\tlost\tfail\t0 of 100\t2",
        "\nuser\tlost\t18\tuser 18 (released ",
        "\nanswer\t",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_expect(strstr(text, lines[i]), "no '%s' in\n%s", lines[i], text);
    const char *check = strstr(text, "\ncheck\tlost\t"), *user = strstr(text, "\nuser\tlost\t");
    const char *next = check ? strstr(check + 1, "\ncheck\t") : NULL;
    cr_expect(check < user && user < next, "users stand behind their check");
    plant_free(&run, scenario);
}

Test(tsv, nothing_from_outside_ends_a_line_or_a_field)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    struct finding *lost = (struct finding *)(uintptr_t)findings_find(&run.findings, "lost");
    snprintf(lost->message, sizeof lost->message, "a\tb\ncheck\tlost\tpass\\\r\x1b[2J");
    snprintf(lost->label, sizeof lost->label, "x\ty");
    _cleanup_free_ char *text = flat(&run);
    cr_expect(strstr(text, "\ta\\tb\\ncheck\\tlost\\tpass\\\\\\r?[2J\t"), "%s", text);
    cr_expect(strstr(text, "\nuser\tlost: x\\ty\t18\t"), "%s", text);
    cr_expect_null(strstr(text, "\ncheck\tlost\tpass"), "%s", text);
    plant_free(&run, scenario);
}
