/* Real-time priority: whether the release of a burst can have it, and each way to get it, with what
 * stands in the way here. sched(7): it takes CAP_SYS_NICE or a limit RLIMIT_RTPRIO of 1.
 *
 * Tried as an ordinary user: the limit by limits.d and su (pam_limits), and by prlimit, soft or
 * hard only; setcap +p, also with no_new_privs, an empty bounding set, a nosuid mount (tests/e2e).
 * What engines do (--cap-add, --ulimit) was tried by its effect on the process, without an engine.
 */
#include <inttypes.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command.h"
#include "doctor.h"
#include "load/gate/lanes.h"

struct standing {
    bool root;
    bool container;
    bool no_new_privs; /* capabilities of a file are not honoured */
    bool bounded;      /* CAP_SYS_NICE cannot be had by any program here */
    bool nosuid;       /* nor by this file, for its file system */
};

static bool has_bit(uint64_t set, unsigned bit)
{
    return set >> bit & 1;
}

static struct standing look_around(void)
{
    struct standing standing = {.root = geteuid() == 0};
    struct statvfs file_system;
    char line[256];
    uint64_t set;
    int flag;
    _cleanup_fclose_ FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "NoNewPrivs: %d", &flag) == 1)
            standing.no_new_privs = flag;
        if (sscanf(line, "CapBnd: %" SCNx64, &set) == 1)
            standing.bounded = !has_bit(set, CAP_SYS_NICE);
    }
    standing.container = !access("/.dockerenv", F_OK) || !access("/run/.containerenv", F_OK);
    if (!statvfs(command_program_dir(), &file_system))
        standing.nosuid = file_system.f_flag & ST_NOSUID;
    return standing;
}

static const char *user_name(void)
{
    const struct passwd *user = getpwuid(geteuid());
    return user ? user->pw_name : "USER";
}

static void advise_limit(struct diagnosis *diagnosis, const struct standing *standing)
{
    if (standing->container)
        diagnosis_advise(diagnosis,
                         "docker run --ulimit rtprio=1 …: for any user of the container; "
                         "compose: ulimits: {rtprio: 1}");
    else
        diagnosis_advise(diagnosis,
                         "a limit: '%s - rtprio 1' in /etc/security/limits.d/rushproof.conf, then "
                         "log in again; ulimit -r must print 1 (systemd: LimitRTPRIO=1)",
                         user_name());
}

static void advise_file(struct diagnosis *diagnosis, const struct standing *standing)
{
    const char *hindrance = standing->no_new_privs ? "no_new_privs is set"
                            : standing->bounded    ? "CAP_SYS_NICE is not in the bounding set"
                            : standing->nosuid     ? "its file system is mounted nosuid"
                                                   : NULL;
    if (hindrance)
        diagnosis_advise(diagnosis, "setcap cannot help here: %s", hindrance);
    else
        diagnosis_advise(diagnosis,
                         "a capability of the program: sudo setcap cap_sys_nice+p %.100s/rushproof "
                         "(again after each build or upgrade)",
                         command_program_dir());
}

static void advise_container(struct diagnosis *diagnosis, const struct standing *standing)
{
    if (standing->root)
        diagnosis_advise(diagnosis, "docker run --cap-add SYS_NICE …: for root in the container");
    else
        diagnosis_advise(diagnosis,
                         "docker run --cap-add SYS_NICE … does nothing for a user who is not root "
                         "in the container, unless the image's rushproof has setcap "
                         "cap_sys_nice+p as well");
}

void doctor_urgency(struct diagnosis *diagnosis)
{
    struct standing standing = look_around();
    if (lanes_urgent()) {
        diagnosis_set(diagnosis, DIAGNOSIS_GOOD, "yes: bursts are released without interruption");
        return;
    }
    diagnosis_set(
        diagnosis, DIAGNOSIS_LESS,
        "no: bursts are cut into short lanes, and a service that the run itself starts is "
        "stopped until all requests have arrived (gate freeze); against a service that "
        "runs already a burst may be too wide: --retry-invalid 3, or one of these");
    advise_limit(diagnosis, &standing);
    advise_file(diagnosis, &standing);
    if (standing.container || standing.root)
        advise_container(diagnosis, &standing);
}
