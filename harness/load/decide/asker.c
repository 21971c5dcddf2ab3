#include "load/decide/asker.h"

#include <stdlib.h>

#include "load/decide/captures.h"

static void ended(void *context, struct exchange *exchange)
{
    struct asker *asker = context;
    struct request *record = exchange->record;
    const struct response response = {.status = record->status,
                                      .type = exchange->type,
                                      .body = exchange->body,
                                      .body_length = exchange->body_used,
                                      .body_whole = exchange->body_whole,
                                      .who = {asker->setup.roster, record->user}};
    asker->ended(asker->context, asker, record, exchange, &response);
    exchange->record = NULL;
    exchange->state = EXCHANGE_FREE;
    asker->free[asker->free_count++] = exchange;
}

static int make_parts(struct asker *asker, const struct spec_responses *rules, const char *dir,
                      const struct feeder *prepared, struct err *err)
{
    struct setup *setup = &asker->setup;
    int rc =
        message_compile(setup->request, dir, setup->roster, NULL, prepared, &setup->message, err);
    if (!rc)
        rc = message_resolve(setup->message, err);
    if (!rc)
        rc = transport_meet(setup->message, err);
    return rc ? rc : rules_compile(rules, &setup->rules, err);
}

int asker_open(struct asker *asker, const struct spec_responses *rules, const char *dir,
               const struct feeder *prepared, uint64_t seed, size_t connections, struct err *err)
{
    int rc = make_parts(asker, rules, dir, prepared, err);
    if (rc)
        return rc;
    asker->carrier = (struct carrier){.setup = &asker->setup,
                                      .answers = calloc(1, sizeof *asker->carrier.answers),
                                      .ended = ended,
                                      .context = asker};
    rng_seed(&asker->carrier.rng, seed);
    asker->free = calloc(connections + 1, sizeof *asker->free);
    if (!asker->free || !asker->carrier.answers)
        return err_set(err, ERR_MEMORY, "out of memory");
    rc = transport_open(transport_find(asker->setup.message, TRANSPORT_SCHEDULED), &asker->carrier,
                        connections, &asker->transport, err);
    for (size_t i = connections; !rc && i-- > 0;)
        asker->free[asker->free_count++] = &asker->transport->exchanges[i];
    return rc;
}

void asker_close(struct asker *asker)
{
    transport_close(asker->transport);
    message_free(asker->setup.message);
    rules_free(asker->setup.rules);
    free(asker->carrier.answers);
    free(asker->free);
    *asker = (struct asker){0};
}

void asker_send(struct asker *asker, struct request *record, char *const *captured, ns_t now)
{
    struct template_values values;
    struct exchange *exchange = asker->free[--asker->free_count];
    unsigned count = asker->setup.message->instances_count;
    record->instance = (uint8_t)(count > 1 ? record->instance % count + 1 : 0);
    exchange->began = now;
    exchange_begin(exchange, record, &values);
    values.captured = captured;
    asker->transport->ops->start(asker->transport, exchange, &values);
}

static void give_up(struct asker *asker, struct exchange *exchange, enum request_cause cause)
{
    asker->transport->ops->drop(asker->transport, exchange);
    exchange_abort(exchange, cause);
}

void asker_turn(struct asker *asker, ns_t span, bool stopped)
{
    ns_t timeout = asker->setup.request->timeout;
    asker->transport->ops->turn(asker->transport, span);
    ns_t now = clock_now();
    for (size_t i = 0; i < asker->transport->exchanges_count; i++) {
        struct exchange *exchange = &asker->transport->exchanges[i];
        if (exchange->record && (stopped || now - exchange->began >= timeout))
            give_up(asker, exchange, stopped ? CAUSE_STOPPED : CAUSE_TIMEOUT);
    }
}

bool asker_is_idle(const struct asker *asker)
{
    return asker->free_count == asker->transport->exchanges_count;
}
