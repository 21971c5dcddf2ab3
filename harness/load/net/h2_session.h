/* The session of a link: what nghttp2 tells of frames, told on as what becomes of streams. */
#ifndef LOAD_H2_SESSION_H
#define LOAD_H2_SESSION_H

#include "load/net/h2_link.h"

/* Makes the link's session, with our settings as the first thing to be sent. False: no memory. */
bool h2_session_open(struct h2_link *link);

#endif
