/* links: proxy */
/* longest: 2048 */
/* covers: harness/proxy/resp.c harness/proxy/resp_answer.c harness/proxy/resp_push.c
 * harness/proxy/resp_request.c harness/proxy/resp_session.c harness/proxy/shape_redis.c */
/* words: harness/proxy/redis_command.c harness/proxy/resp_push.c harness/proxy/resp_session.c */
/* A conversation in RESP; none of its bytes is changed or kept back. */
#include "conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    conversation_try(&framer_resp, false, bytes, size);
    return 0;
}
