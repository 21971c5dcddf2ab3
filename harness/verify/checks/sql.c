#include "verify/checks/judges.h"

void judge_sql(const struct case_file *facts, const struct spec_expect *expect,
               struct finding *finding)
{
    judge_asked(facts, expect, finding);
}
