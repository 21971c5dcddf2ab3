/* A stack that has started nothing, for the parts of a run on other machines. */
#include <stdlib.h>

#include "stack/inside.h"

struct stack *stack_bare(void)
{
    return calloc(1, sizeof(struct stack));
}

void stack_bare_free(struct stack *stack)
{
    if (stack)
        refs_free(&stack->refs);
    free(stack);
}
