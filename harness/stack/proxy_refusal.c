/* What the proxy says in its log of clients that it could not serve. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack/logfile.h"
#include "stack/proxy.h"

/* Drivers that go on without TLS on another connection open it at once; on a busy machine that
 * takes its time. */
#define COMES_BACK (2 * NS_PER_S)

static const char refused[] = "refused: ", left[] = "left ";

/* "left DOOR: REASON" with a "came DOOR" behind it: whoever comes in there is in plain by then. */
static bool came_back(const char *line)
{
    unsigned long door = strtoul(line + sizeof left - 1, NULL, 10), other;
    while ((line = strchr(line, '\n'))) {
        line++;
        if (sscanf(line, "came %lu", &other) == 1 && other == door)
            return true;
    }
    return false;
}

static const char *find_line(const char *text, const char *mark, bool (*settled)(const char *line))
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, mark, strlen(mark)) && !(settled && settled(line)))
            return line;
    }
    return NULL;
}

const char *proxy_refusal(struct proxy *proxy, bool over)
{
    char text[2048];
    if (!proxy_is_there(proxy) || !proxy->child.log)
        return NULL;
    logfile_tail(proxy->child.log, 0, text, sizeof text);
    const char *found = find_line(text, refused, NULL);
    if (!found) {
        found = find_line(text, left, came_back);
        if (!found || !proxy->left)
            proxy->left = found ? clock_now() : 0;
        if (!found || (!over && clock_now() - proxy->left < COMES_BACK))
            return NULL;
    }
    found = strchr(found, ':') + 2;
    snprintf(proxy->refusal, sizeof proxy->refusal, "%.*s", (int)strcspn(found, "\n"), found);
    return proxy->refusal;
}
