#include "model/items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "model/roster.h"
#include "model/spec.h"
#include "model/uuid.h"

/* FNV-1a, below 0: numbers from 1 are the orders' own. */
static int64_t hash(const void *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return -(int64_t)(sum >> 1) - 1;
}

int64_t order_id(const char *text, size_t size)
{
    struct uuid uuid;
    int64_t number;
    if (!size)
        return ORDER_NONE;
    if (items_units(text, size, &number) && number != ORDER_NONE)
        return number;
    return uuid_parse(text, size, &uuid) ? hash(&uuid, sizeof uuid) : hash(text, size);
}

bool items_units(const char *text, size_t size, int64_t *ret_units)
{
    char number[24];
    if (!size || size >= sizeof number || memchr(text, '\0', size) || *text == '+')
        return false;
    memcpy(number, text, size);
    number[size] = '\0';
    size_t sign = *number == '-';
    if (number[sign] == '0' && size > sign + 1)
        return false;
    return !units_parse_int(number, INT64_MIN, INT64_MAX, ret_units, NULL);
}

int64_t items_scale(int decimals)
{
    int64_t scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    return scale;
}

/* The digits behind the point, as so many. False: there are none, others than digits, or more. */
static bool read_part(const char *text, size_t size, int decimals, int64_t *ret_part)
{
    int64_t part = 0;
    for (size_t i = 0; i < size || i < (size_t)decimals; i++) {
        int digit = i < size ? text[i] - '0' : 0;
        if (digit < 0 || digit > 9 || (digit && i >= (size_t)decimals))
            return false;
        part = i < (size_t)decimals ? part * 10 + digit : part;
    }
    *ret_part = part;
    return size > 0;
}

bool items_amount(int decimals, const char *text, size_t size, int64_t *ret_units)
{
    const char *point = memchr(text, '.', size);
    size_t whole = point ? (size_t)(point - text) : size;
    int64_t units, part = 0;
    if (!items_units(text, whole, &units) ||
        (point && !read_part(point + 1, size - whole - 1, decimals, &part)) ||
        __builtin_mul_overflow(units, items_scale(decimals), &units))
        return false;
    return !(*text == '-' ? __builtin_sub_overflow(units, part, ret_units)
                          : __builtin_add_overflow(units, part, ret_units));
}

const char *items_spell(int decimals, int64_t units, char ret_text[static AMOUNT_TEXT])
{
    int64_t scale = items_scale(decimals);
    uint64_t size = units < 0 ? 0 - (uint64_t)units : (uint64_t)units;
    int used = snprintf(ret_text, AMOUNT_TEXT, "%s%llu", units < 0 ? "-" : "",
                        (unsigned long long)(size / (uint64_t)scale));
    if (decimals && used > 0 && used < AMOUNT_TEXT)
        snprintf(ret_text + used, (size_t)(AMOUNT_TEXT - used), ".%0*llu", decimals,
                 (unsigned long long)(size % (uint64_t)scale));
    return ret_text;
}

const char *items_spell_limit(const struct scenario *scenario, char ret_text[static AMOUNT_TEXT])
{
    bool decimals = scenario && scenario->items;
    return items_spell(decimals ? (int)scenario->items->decimals : 0,
                       scenario ? scenario->limit : 0, ret_text);
}

static int add(struct items *items, const char *name, int64_t stock, struct err *err)
{
    int64_t item;
    if (!roster_read(items->names, name, strlen(name), &item))
        return err_set(err, ERR_USAGE, "'%.60s' is no name; allowed: %s", name,
                       roster_wants(items->names));
    if ((size_t)item != items->count)
        return err_set(err, ERR_USAGE, "'%.60s' stands there twice; allowed: once", name);
    items->stock[items->count++] = stock;
    items->total += stock;
    return 0;
}

static int add_numbered(struct items *items, const struct spec_items *spec, struct err *err)
{
    const char *open = strstr(spec->ids, "{{"), *close = strstr(spec->ids, "}}");
    int rc = open && close ? 0 : err_set(err, ERR_USAGE, "ids has no {{n}}");
    for (int64_t n = 1; !rc && n <= spec->count; n++) {
        char name[ROSTER_TEXT];
        snprintf(name, sizeof name, "%.*s%lld%s", (int)(open - spec->ids), spec->ids, (long long)n,
                 close + 2);
        rc = add(items, name, spec->stock * items_scale(items->decimals), err);
    }
    return rc;
}

static int add_listed(struct items *items, const struct spec_items *spec, struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; !rc && i < spec->each_count; i++) {
        const struct spec_pair *pair = &spec->each[i];
        int64_t stock = 0;
        if (!items_amount(items->decimals, pair->value, strlen(pair->value), &stock) || stock < 0 ||
            stock > UNITS_MAX)
            rc = err_set(
                err, ERR_USAGE,
                "the stock of '%.60s' is '%.40s'; allowed: from 0, with items.decimals (%d) "
                "decimals at most",
                pair->name, pair->value, items->decimals);
        else
            rc = add(items, pair->name, stock, err);
    }
    return rc;
}

int items_make(const struct scenario *scenario, struct items **ret_items, struct err *err)
{
    const struct spec_items *spec = scenario->items;
    *ret_items = NULL;
    if (!spec)
        return 0;
    struct items *items = calloc(1, sizeof *items);
    if (!items)
        return err_set(err, ERR_MEMORY, "no memory for the items");
    items->owners = 1;
    items->decimals = (int)spec->decimals;
    items->lines = scenario->demand.lines > 1 ? (unsigned)scenario->demand.lines : 1;
    size_t room = spec->ids ? (size_t)spec->count : spec->each_count;
    items->names = roster_texts(false);
    items->stock = calloc(room + 1, sizeof *items->stock);
    int rc = items->names && items->stock ? 0 : err_set(err, ERR_MEMORY, "no memory for the items");
    if (!rc)
        rc = spec->ids ? add_numbered(items, spec, err) : add_listed(items, spec, err);
    if (rc) {
        items_free(items);
        return rc;
    }
    roster_seal(items->names);
    *ret_items = items;
    return 0;
}

struct items *items_share(struct items *items)
{
    if (items)
        __atomic_add_fetch(&items->owners, 1, __ATOMIC_RELAXED);
    return items;
}

void items_free(struct items *items)
{
    if (!items || __atomic_sub_fetch(&items->owners, 1, __ATOMIC_ACQ_REL))
        return;
    roster_free(items->names);
    free(items->stock);
    free(items);
}

bool items_read(const struct items *items, const char *text, size_t size, int64_t *ret_item)
{
    return roster_read(items->names, text, size, ret_item);
}

const char *items_name(const struct items *items, int64_t item, char *ret_name, size_t size)
{
    char text[ROSTER_TEXT] = "an item";
    if (item != ITEM_UNKNOWN)
        roster_text(items->names, item, text);
    bool whole = strlen(text) < size;
    snprintf(ret_name, size, "%.*s%s", whole ? (int)size : (int)size - 4, text,
             whole ? "" : "\u2026");
    return ret_name;
}

int64_t items_stock(const struct items *items, int64_t item)
{
    return item >= 0 && (size_t)item < items->count ? items->stock[item] : 0;
}
