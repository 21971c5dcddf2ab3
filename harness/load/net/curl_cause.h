/* Why an exchange got no answer: libcurl's codes to the history's causes, as a table. Pure; any
 * thread. */
#ifndef LOAD_CURL_CAUSE_H
#define LOAD_CURL_CAUSE_H

#include <curl/curl.h>

#include "load/net/exchange.h"

/* os_error: errno of the socket call that failed, 0 when none did. status: of the answer, when code
 * is CURLE_OK. */
struct outcome curl_cause(CURLcode code, int os_error, int status);

#endif
