/* links: proxy */
/* longest: 2048 */
/* covers: harness/proxy/mysql.c harness/proxy/mysql_answer.c harness/proxy/mysql_ask.c
 * harness/proxy/mysql_start.c harness/proxy/mysql_values.c */
/* words: harness/proxy/mysql_ask.c harness/proxy/sql_kind.c */
/* A conversation with MySQL or MariaDB, which may speak TLS. */
#include "conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size)
        conversation_try(&framer_mysql, bytes[0] & 1, bytes + 1, size - 1);
    return 0;
}
