/* What a connection's framer tells: edits are carried out, the rest is counted,
 * written to the journal and shown to the hold. */
#ifndef PROXY_RELAY_EVENTS_H
#define PROXY_RELAY_EVENTS_H

#include "proxy/relay.h"

void relay_event(void *relay, const struct framer_event *event);
void relay_record(struct relay *relay, enum journal_kind kind);
/* Its statements without an answer are counted no more. */
void relay_uncount(struct relay *relay);

#endif
