/* What the stack tells of the proxy between its processes and their stores. */
#include "stack/inside.h"

static int check(const struct stack *stack, struct err *err)
{
    return stack_watches(stack) ? 0 : err_set(err, ERR_BUG, "nobody watches the statements");
}

bool stack_watches(const struct stack *stack)
{
    return proxy_is_there(&stack->proxy);
}

int stack_trace(struct stack *stack, struct trace *ret_trace, struct err *err)
{
    int result = check(stack, err);
    return result ? result : proxy_read(&stack->proxy, ret_trace, err);
}

int stack_hold(struct stack *stack, const struct spec_hold *hold, struct err *err)
{
    int result = check(stack, err);
    return result ? result : proxy_hold(&stack->proxy, hold, err);
}

int stack_said(struct stack *stack, uint64_t *ret_said, struct err *err)
{
    int result = check(stack, err);
    return result ? result : proxy_said(&stack->proxy, ret_said, err);
}

int stack_held(struct stack *stack, int64_t *ret_held, struct err *err)
{
    int result = check(stack, err);
    return result ? result : proxy_held(&stack->proxy, ret_held, err);
}
