/* links: proxy */
/* longest: 2048 */
/* covers: harness/proxy/postgres.c harness/proxy/postgres_answer.c harness/proxy/postgres_ask.c
 * harness/proxy/postgres_auth.c harness/proxy/postgres_start.c harness/proxy/postgres_values.c
 * harness/proxy/names.c */
/* words: harness/proxy/postgres_start.c harness/proxy/postgres_auth.c harness/proxy/sql_kind.c */
/* A conversation with Postgres; the first byte says whether the server speaks TLS. */
#include "conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size)
        conversation_try(&framer_postgres, bytes[0] & 1, bytes + 1, size - 1);
    return 0;
}
