#include "prompt.h"

#include <stdio.h>
#include <string.h>

#include "report/text.h"

void prompt_say(const char *text)
{
    text_print(stderr, TEXT_TERMINAL, text);
    fputc('\n', stderr);
}

int prompt_line(const char *question, char ret_line[static PROMPT_LINE], struct err *err)
{
    fprintf(stderr, "%s: ", question);
    if (!fgets(ret_line, PROMPT_LINE, stdin))
        return err_set(err, ERR_USAGE, "the questions were not answered");
    size_t length = strcspn(ret_line, "\r\n");
    while (length && (ret_line[length - 1] == ' ' || ret_line[length - 1] == '\t'))
        length--;
    ret_line[length] = '\0';
    memmove(ret_line, ret_line + strspn(ret_line, " \t"), strlen(ret_line) + 1);
    return 0;
}

int prompt_whether(const char *question, bool otherwise, bool *ret_yes, struct err *err)
{
    char line[PROMPT_LINE], text[256];
    snprintf(text, sizeof text, "%s [%s]", question, otherwise ? "Y/n" : "y/N");
    int rc = prompt_line(text, line, err);
    *ret_yes = *line ? *line == 'y' || *line == 'Y' : otherwise;
    return rc;
}
