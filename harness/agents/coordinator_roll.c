/* The roll call: who is there, what they are told, and what is wrong with them. */
#include <inttypes.h>
#include <stdio.h>

#include "agents/coordinator_inside.h"
#include "base/cleanup.h"
#include "scenario/handed.h"

enum { HANDED_MAX = 2 << 20 };

/* One that has told what is wrong, or is gone. */
static int say_broken(struct coordinator *coordinator, unsigned rank, const char *when,
                      struct err *err)
{
    const struct attendee *attendee = &coordinator->all.v[rank];
    char name[96];
    attendance_name(&coordinator->all, rank, name, sizeof name);
    if (attendee->cannot)
        return err_set(err, attendee->code, "%s: %s", name, attendee->why);
    if (attendee->left)
        return err_set(err, ERR_INVALID, "%s has left %s: %s", name, when, attendee->why);
    return err_set(err, ERR_INVALID, "%s was lost %s: it does not say any more that it lives", name,
                   when);
}

int coordinator_trouble(struct coordinator *coordinator, const char *when, struct err *err)
{
    unsigned broken = attendance_broken(&coordinator->all);
    if (broken == ATTENDANCE_NOBODY)
        broken = coordinator_lost(coordinator);
    return broken == ATTENDANCE_NOBODY ? 0 : say_broken(coordinator, broken, when, err);
}

int coordinator_hand_over(struct coordinator *coordinator, struct buf *ret_text, struct err *err)
{
    const struct coordinator_settings *settings = coordinator->settings;
    const struct handed handed = {.name = settings->name,
                                  .text = settings->text,
                                  .sets = settings->sets,
                                  .sets_count = settings->sets_count,
                                  .expand = coordinator->away.expand,
                                  .context = coordinator->away.context};
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, HANDED_MAX);
    int rc = handed_make(&handed, &text, err);
    if (rc)
        return rc;
    json_t *hosts = json_array();
    for (size_t i = 0; i < settings->hosts_count; i++)
        json_array_append_new(hosts, json_string(settings->hosts[i]));
    _cleanup_free_ char *body = message_of(json_pack(
        "{s:s,s:s,s:s,s:I,s:s,s:s,s:o}", "version", RUSHPROOF_VERSION, "run", coordinator->run,
        "series", settings->series ? settings->series : "", "size", (json_int_t)settings->agents,
        "name", settings->name, "text", buf_text(&text), "hosts", hosts));
    return body && !buf_adds(ret_text, body) ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int tell_roll(struct coordinator *coordinator, struct err *err)
{
    const struct attendance *all = &coordinator->all;
    char text[160];
    unsigned here = attendance_here(all);
    const char *preparing = "";
    for (unsigned i = 0; i < all->size; i++)
        preparing = !all->v[i].ready && *all->v[i].preparing ? all->v[i].preparing : preparing;
    if (here < all->size)
        snprintf(text, sizeof text, "%u of %u agents are here (session %s)", here, all->size,
                 coordinator->place.session);
    else
        snprintf(text, sizeof text, "%u of %u agents are ready%s%s", attendance_ready(all),
                 all->size, *preparing ? ": " : "", preparing);
    return coordinator->away.tick(coordinator->away.context, text)
               ? 0
               : err_set(err, ERR_INTERRUPTED, "interrupted in the roll call");
}

int coordinator_call_roll(struct coordinator *coordinator, struct err *err)
{
    const struct attendance *all = &coordinator->all;
    ns_t give_up = clock_now() + coordinator->settings->wait;
    int rc = 0;
    while (!rc && attendance_ready(all) < all->size) {
        rc = coordinator_pump(coordinator, err);
        if (!rc && attendance_broken(all) != ATTENDANCE_NOBODY)
            rc = say_broken(coordinator, attendance_broken(all), "in the roll call", err);
        if (!rc && attendance_here(all) < all->size && clock_now() > give_up)
            rc = err_set(err, ERR_ENVIRONMENT,
                         "%u of %u agents came to session %s: type `rushproof agent --redis URL "
                         "--session %s` on each machine",
                         attendance_here(all), all->size, coordinator->place.session,
                         coordinator->place.session);
        if (!rc && attendance_here(all) == all->size)
            rc = coordinator_trouble(coordinator, "in the roll call", err);
        if (!rc)
            rc = tell_roll(coordinator, err);
    }
    return rc;
}
