/* What a copied request becomes before it is kept: the user's id is {{user}}, and every credential
 * ${NAME}, whose value is told apart. Main thread. */
#ifndef SCENARIO_COPIED_PLACES_H
#define SCENARIO_COPIED_PLACES_H

#include <stddef.h>

#include "base/buf.h"
#include "scenario/copied.h"

enum { EXPORTS_MAX = 32 };

struct copied_exports {
    struct {
        char name[64];
        char *value; /* owned */
    } v[EXPORTS_MAX];
    unsigned count;
};

/* Puts {{user}} where the id is: query:NAME, form:NAME, json:/POINTER, path:N (a part of the path,
 * from 1), header:NAME. ret_value: what stood there. Errors: ERR_USAGE names what is there. */
int copied_set_user(struct copied *copied, const char *place, char *ret_value, size_t size,
                    struct err *err) __attribute__((warn_unused_result));

/* Places whose name says that a user may be there, one a line with its value: "query:userId (17)".
 */
void copied_list_users(const struct copied *copied, struct buf *ret_text);

/* ${NAME} for each credential. Errors: ERR_MEMORY, ERR_USAGE (more than EXPORTS_MAX). */
int copied_lift(struct copied *copied, struct copied_exports *ret_exports, struct err *err)
    __attribute__((warn_unused_result));
void copied_exports_free(struct copied_exports *exports);

/* "export NAME='value'" lines. */
void copied_spell_exports(const struct copied_exports *exports, struct buf *ret_text);

#endif
