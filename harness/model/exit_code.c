#include "model/exit_code.h"

#include "model/run.h"

enum exit_code exit_code_of_error(enum err_code code)
{
    switch (code) {
    case ERR_USAGE:
        return EXIT_USAGE;
    case ERR_INVALID:
        return EXIT_UNKNOWN;
    case ERR_INTERRUPTED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_ENVIRONMENT;
    }
}

enum exit_code exit_code_of_verdict(enum verdict verdict)
{
    static const enum exit_code codes[] = {
        [VERDICT_PASS] = EXIT_PASS, [VERDICT_UNKNOWN] = EXIT_UNKNOWN, [VERDICT_FAIL] = EXIT_FAIL};
    return codes[verdict];
}

enum exit_code exit_code_of_run(const struct run *run, enum exit_code error)
{
    if (run->interrupted)
        return EXIT_INTERRUPTED;
    return run->error[0] && run->verdict != VERDICT_FAIL ? error
                                                         : exit_code_of_verdict(run->verdict);
}
