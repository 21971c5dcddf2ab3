/* What the console's own files share; nobody else includes this. */
#ifndef REPORT_CONSOLE_INSIDE_H
#define REPORT_CONSOLE_INSIDE_H

#include "report/console.h"
#include "report/term.h"

enum { CONSOLE_LABEL = 13 }; /* columns before the text of a line that tells of a phase */

struct console {
    struct term term;
    bool quiet, json;
    const struct run *run; /* whose phases are being told; a new one begins a new block */
    int64_t round;
    enum run_phase phase;
    ns_t phase_began;
    ns_t next_heartbeat; /* piped: when a long phase says again that it is alive */
    bool told_servers, told_answers, told_drained;
};

/* console_lines.c: lines that stay, one a finished phase … */
void console_compose_head(const struct console *console, const struct run *run, struct buf *line);
void console_compose_servers(const struct console *console, const struct run *run,
                             struct buf *line);
void console_compose_answers(const struct console *console, const struct run *run,
                             const struct progress *progress, struct buf *line);
void console_compose_instances(const struct console *console, const struct run *run,
                               struct buf *line);
void console_compose_drained(const struct console *console, const struct run *run,
                             const struct sample *sample, struct buf *line);

/* … and lines that live: the phase that is going on. */
void console_compose_live(const struct console *console, const struct run *run,
                          enum run_phase phase, const struct progress *progress,
                          const struct sample *sample, const char *text, struct buf *lines);

/* console_findings.c: "✔ word" in the verdict's colour; what was checked, and what did not pass. */
void console_add_mark(const struct term *term, enum verdict verdict, const char *word,
                      struct buf *lines);
void console_add_table(const struct term *term, const struct run *run, int columns,
                       struct buf *lines);
void console_add_findings(const struct term *term, const struct run *run, int columns,
                          struct buf *lines);

/* console_figures.c: "  drain      text", wrapped below itself; nothing when the text is "". */
void console_add_line(const struct term *term, const char *label, const char *text, int columns,
                      struct buf *lines);
void console_add_figures(const struct term *term, const struct run *run, int columns,
                         struct buf *lines);

/* console_verdict.c: the block as text. */
void console_compose_verdict(const struct term *term, const struct run *run, int columns,
                             struct buf *lines);

/* console_check.c */
void console_compose_check(const struct console *console, const struct run *run,
                           const struct dry_run *dry, int columns, struct buf *lines);

#endif
