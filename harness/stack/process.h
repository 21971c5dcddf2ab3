/* A process of the scenario: the service, its consumer, or whatever else a run needs. Main thread.
 */
#ifndef STACK_PROCESS_H
#define STACK_PROCESS_H

#include "model/spec.h"
#include "stack/child.h"
#include "stack/port.h"
#include "stack/refs.h"
#include "stack/server.h"

struct process {
    const struct spec_process *spec; /* borrowed */
    int instance;                    /* from 1; its name is the child's */
    const struct place *place;
    struct child child;
    struct port port;      /* its own, given as PORT and ${name.port} */
    bool faces_load;       /* the request's URL refers to it, or it listens there (stack_meet) */
    struct refs refs;      /* owned; what ${...} stands for in what it is given */
    const char *misplaced; /* of spec->run: a file beside the scenario, and not where the process
                              will run; NULL: there is none */
    struct server *kafka;  /* of the stack; its consumer's group decides when it is ready */
    char *ready_socket;    /* owned; on which that URL is asked, or NULL */
    char *ready_text; /* owned; the expanded URL, address or line that readiness waits for; NULL:
                         none */
};

/* Reserves its port. instance: from 1. */
int process_init(struct process *process, const struct spec_process *spec, int instance,
                 const struct place *place, struct err *err);
void process_free(struct process *process);

/* The environment variable that names the run's directory to its processes, and so finds those
 * that one of them has left behind. */
#define PROCESS_MARK "RUSHPROOF_DIR"

/* What start needs to know of the stack around. */
struct surroundings {
    const struct refs *refs;      /* as the process is to see it */
    const struct refs *own_refs;  /* as the harness does, which looks whether it is ready */
    const struct server *servers; /* all of them; as the process is to see them */
    struct server *kafka;
    const char *dir, *scenario_dir;
};

/* Resolves program, arguments, environment and readiness; once, before the first start. */
int process_resolve(struct process *process, const struct surroundings *around, struct err *err);

/* Its arguments and its own part of the environment once more, from the next start on: references
 * stand for something else. */
int process_renew(struct process *process, const struct surroundings *around, struct err *err);

/* Starts it (again) and waits until it is ready. */
int process_start(struct process *process, struct err *err);

#endif
