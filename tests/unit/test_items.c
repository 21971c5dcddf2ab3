/* links: load probe store scenario model */
/* Items by name, who wants how much of which, and what rows and answers say of them. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "load/http/rules.h"
#include "load/http/template.h"
#include "model/demand.h"
#include "model/items.h"
#include "probe/over.h"
#include "store/documents.h"

static char *words(const char *text)
{
    return (char *)(uintptr_t)text;
}

static struct items *seats(int64_t count, int64_t stock)
{
    struct spec_items spec = {.ids = words("seat-{{n}}"), .count = count, .stock = stock};
    const struct scenario scenario = {.items = &spec};
    struct items *items = NULL;
    struct err err = {0};
    cr_assert_eq(items_make(&scenario, &items, &err), 0, "%s", err.message);
    return items;
}

Test(items, are_called_by_their_names)
{
    struct items *items = seats(3, 5);
    char name[64], brief[8];
    int64_t item;
    cr_assert(items_read(items, "seat-3", 6, &item));
    cr_assert_eq(item, 2);
    cr_assert_eq(items->total, 15);
    cr_assert(items_read(items, "seat-4", 6, &item), "a stranger");
    cr_assert_geq(item, 3);
    cr_assert_eq(items_stock(items, item), 0);
    cr_assert_str_eq(items_name(items, item, name, sizeof name), "seat-4");
    cr_assert_str_eq(items_name(items, 0, brief, sizeof brief), "seat-1");
    cr_assert_str_eq(items_name(items, ITEM_UNKNOWN, name, sizeof name), "an item");
    items_free(items);
}

Test(items, that_are_none_are_refused)
{
    static struct spec_pair twice[] = {{"a", "1"}, {"a", "2"}}, wrong[] = {{"a", "1.5"}},
                            below[] = {{"a", "-1"}};
    struct spec_pair *const rows[] = {twice, wrong, below};
    for (size_t i = 0; i < 3; i++) {
        struct spec_items spec = {.each = rows[i], .each_count = i ? 1 : 2};
        const struct scenario scenario = {.items = &spec};
        struct items *items = NULL;
        struct err err = {0};
        cr_assert_neq(items_make(&scenario, &items, &err), 0, "row %zu", i);
        cr_assert(strlen(err.message) > 0);
    }
}

Test(items, units_and_orders_as_texts)
{
    static const struct {
        const char *text;
        bool good;
        int64_t units;
    } rows[] = {{"7", true, 7},    {"-3", true, -3},  {"0", true, 0}, {"007", false, 0},
                {"+7", false, 0},  {"1.0", false, 0}, {"", false, 0}, {" 7", false, 0},
                {"1e3", false, 0}, {"-", false, 0},   {"-0", true, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t units = 99;
        cr_assert_eq(items_units(rows[i].text, strlen(rows[i].text), &units), rows[i].good, "'%s'",
                     rows[i].text);
        cr_assert(!rows[i].good || units == rows[i].units, "'%s'", rows[i].text);
    }
    cr_assert_eq(order_id("4711", 4), 4711);
    cr_assert_eq(order_id("", 0), ORDER_NONE);
    cr_assert_lt(order_id("abc", 3), 0);
    cr_assert_neq(order_id("abc", 3), order_id("abd", 3));
    cr_assert_eq(order_id("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", 36),
                 order_id("6EC0BD7F11C043DA975E2A8AD9EBAE0B", 32), "spelling");
    cr_assert_neq(order_id("0", 1), ORDER_NONE);
}

static struct demand *demand_of(const struct items *items, const char *item, const char *units)
{
    struct scenario scenario = {.seed = 7, .demand = {.item = words(item), .units = words(units)}};
    struct demand *demand = NULL;
    struct err err = {0};
    cr_assert_eq(demand_make(&scenario, items, &demand, &err), 0, "%s", err.message);
    return demand;
}

/* How many of a thousand users want the first so many items. */
static int share_of_first(const struct items *items, const char *item, int32_t first)
{
    struct demand *demand = demand_of(items, item, "1..3");
    int wanted = 0;
    for (size_t place = 0; place < 1000; place++) {
        struct order order, again;
        int32_t to;
        demand_fill(demand, place, &order, &to);
        demand_fill(demand, place, &again, &to);
        cr_assert_eq(order.asked, again.asked, "who asks again asks for the same");
        cr_assert_eq(order.asked_units, again.asked_units);
        cr_assert(order.asked_units >= 1 && order.asked_units <= 3);
        cr_assert(order.asked >= -1 && order.asked < (int32_t)items->count);
        wanted += order.asked >= 0 && order.asked < first;
    }
    demand_free(demand);
    return wanted;
}

Test(demand, wants_what_it_says)
{
    struct items *items = seats(100, 1);
    int uniform = share_of_first(items, "uniform", 20),
        hot = share_of_first(items, "hot 80/20", 20), zipf = share_of_first(items, "zipf", 1);
    cr_assert(uniform > 150 && uniform < 250, "%d", uniform);
    cr_assert(hot > 750 && hot < 850, "%d", hot);
    cr_assert(zipf > 150 && zipf < 240, "%d", zipf);
    cr_assert_eq(share_of_first(items, "each", 20), 200);
    cr_assert_eq(share_of_first(items, "any", 100), 0);
    items_free(items);
}

Test(demand, lines_are_of_different_items)
{
    struct items *items = seats(4, 1);
    items->lines = ORDER_LINES_MAX;
    static const char *const picks[] = {"uniform", "each", "hot 90/25", "zipf"};
    for (size_t i = 0; i < sizeof picks / sizeof *picks; i++) {
        struct scenario scenario = {
            .seed = 7,
            .demand = {.item = words(picks[i]), .units = words("1..3"), .lines = ORDER_LINES_MAX}};
        struct demand *demand = NULL;
        cr_assert_eq(demand_make(&scenario, items, &demand, NULL), 0);
        for (size_t place = 0; place < 50; place++) {
            struct order order, more[ORDER_LINES_MAX - 1];
            int32_t to;
            unsigned seen = 0;
            demand_fill(demand, place, &order, &to);
            demand_fill_more(demand, place, &order, more);
            seen |= 1U << order.asked;
            for (int line = 0; line < ORDER_LINES_MAX - 1; line++) {
                cr_assert(more[line].units >= 1 && more[line].units <= 3);
                seen |= 1U << more[line].asked;
            }
            cr_assert_eq(seen, 15U, "%s: all four, each once", picks[i]);
        }
        demand_free(demand);
    }
    items_free(items);
}

Test(items, limits_have_their_decimals)
{
    struct spec_items spec = {.decimals = 2};
    const struct scenario amounts = {.limit = 50001, .items = &spec}, coupons = {.limit = 100};
    char text[AMOUNT_TEXT];
    cr_assert_str_eq(items_spell_limit(&amounts, text), "500.01");
    cr_assert_str_eq(items_spell_limit(&coupons, text), "100");
    cr_assert_str_eq(items_spell_limit(NULL, text), "0");
}

Test(demand, is_altered_within_what_is_asked_for)
{
    static const struct {
        const char *units;
        int64_t least, most; /* of the altered ones */
    } rows[] = {{"1", 2, 2}, {"1..3", 1, 3}, {"2..3", 2, 3}, {"7", 8, 8}};
    struct items *items = seats(3, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct demand *demand = demand_of(items, "uniform", rows[i].units);
        for (size_t place = 0; place < 50; place++) {
            struct order order, other;
            int32_t to;
            demand_fill(demand, place, &order, &to);
            other = order;
            demand_alter(demand, &other);
            cr_assert_neq(other.asked_units, order.asked_units);
            cr_assert_eq(other.units, other.asked_units);
            cr_assert_eq(other.asked, order.asked);
            cr_assert(other.asked_units >= rows[i].least && other.asked_units <= rows[i].most,
                      "%s: %lld", rows[i].units, (long long)other.asked_units);
        }
        demand_free(demand);
    }
    items_free(items);
}

Test(demand, moves_from_one_to_another)
{
    struct items *items = seats(3, 1);
    struct scenario scenario = {
        .demand = {.item = words("uniform"), .units = words("1"), .to = words("uniform")}};
    struct demand *demand = NULL;
    struct err err = {0};
    cr_assert_eq(demand_make(&scenario, items, &demand, &err), 0, "%s", err.message);
    for (size_t place = 0; place < 100; place++) {
        struct order order;
        int32_t to = ITEM_UNKNOWN;
        demand_fill(demand, place, &order, &to);
        cr_assert(to >= 0 && to < 3 && to != order.asked, "%d to %d", order.asked, to);
    }
    demand_free(demand);
    items_free(items);
}

Test(items, amounts_are_exact)
{
    static const struct {
        const char *text;
        int decimals;
        int64_t units; /* -1: none */
    } rows[] = {
        {"12.50", 2, 1250},
        {"12.5", 2, 1250},
        {"12", 2, 1200},
        {"0.29", 2, 29},
        {"12.500", 2, 1250},
        {"12.505", 2, -1},
        {"0.1", 0, -1},
        {"7.000", 0, 7},
        {".5", 2, -1},
        {"5.", 2, -1},
        {"1e2", 2, -1},
        {"1,5", 2, -1},
        {"99999999999", 6, 99999999999000000},
        {"99999999999999999", 6, -1},
        {"99.69999999999999", 2, -1},
    };
    char text[AMOUNT_TEXT];
    int64_t units;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool good = items_amount(rows[i].decimals, rows[i].text, strlen(rows[i].text), &units);
        cr_assert_eq(good, rows[i].units != -1, "%s", rows[i].text);
        cr_assert(!good || units == rows[i].units, "%s is %lld", rows[i].text, (long long)units);
    }
    cr_assert(items_amount(2, "-0.05", 5, &units) && units == -5);
    cr_assert_str_eq(items_spell(2, -5, text), "-0.05");
    cr_assert_str_eq(items_spell(2, 1250, text), "12.50");
    cr_assert_str_eq(items_spell(0, -7, text), "-7");
}

Test(demand, that_cannot_be_is_refused)
{
    static const char *const rows[][2] = {{"hot 80", "1"},     {"hot 180/20", "1"},
                                          {"uniform", "3..1"}, {"uniform", "0"},
                                          {"uniform", "x"},    {"uniform", "1..x"}};
    struct demand_form form;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct spec_demand spec = {.item = words(rows[i][0]), .units = words(rows[i][1])};
        cr_assert_not_null(demand_parse(&spec, 0, &form), "%s %s", rows[i][0], rows[i][1]);
    }
}

Test(items, stand_in_requests)
{
    struct items *items = seats(9, 1);
    const struct feeder feeder = {.items = items};
    struct template *template = NULL;
    struct err err = {0};
    char text[1024];
    const struct order order = {.asked = 6, .asked_units = 2};
    cr_assert_eq(template_compile("{{item}} x {{units}}", ESCAPE_NONE, &feeder, &template, &err), 0,
                 "%s", err.message);
    template_render(template, &(struct template_values){.order = &order}, text);
    cr_assert_str_eq(text, "seat-7 x 2");
    template_free(template);
    cr_assert_neq(template_compile("{{item}}", ESCAPE_NONE, NULL, &template, &err), 0);
    items_free(items);
}

Test(items, are_read_from_answers)
{
    struct items *items = seats(9, 1);
    struct spec_rule yes = {.item = words("/seat"), .units = words("/n"), .order = words("/id")};
    const struct spec_responses responses = {.accepted = &yes, .accepted_count = 1};
    struct rules *rules = NULL;
    struct err err = {0};
    cr_assert_eq(rules_compile(&responses, &rules, &err), 0);
    static const struct {
        const char *body;
        struct order want;
    } rows[] = {
        {"{\"seat\": \"seat-2\", \"n\": 3, \"id\": 12}", {5, 1, 1, 3, 12}},
        {"{\"seat\": null, \"n\": \"2\"}", {5, 5, 1, 2, 0}},
        {"{\"n\": 1.5}", {5, 5, 1, 1, 0}},
        {"no JSON", {5, 5, 1, 1, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct order order = {5, 5, 1, 1, 0};
        const struct response response = {.status = 201,
                                          .type = "",
                                          .body = rows[i].body,
                                          .body_length = strlen(rows[i].body),
                                          .body_whole = true};
        rules_read_order(rules, &response, items, &order, NULL, NULL);
        cr_assert(!memcmp(&order, &rows[i].want, sizeof order), "%s: %d %lld %lld", rows[i].body,
                  (int)order.item, (long long)order.units, (long long)order.id);
    }
    rules_free(rules);
    items_free(items);
}

/* "7 seat-1 x2 #9": what rows are of; or what is wrong. */
static const char *lines_of(struct items *items, enum visit_slot slot, const char *text)
{
    static char told[512];
    struct store store = {.people = {roster_numbers(1), items}};
    struct visit visit;
    char *copy = strdup(text), name[64];
    size_t used = 0;
    visit_init(&visit);
    visit.read[slot] = true;
    documents_read(&visit, slot, &store, copy, strlen(copy));
    const struct rows *rows = &visit.rows[slot];
    told[0] = '\0';
    for (size_t i = 0; !visit.rc && i < rows->count; i++)
        used += (size_t)snprintf(told + used, sizeof told - used, "%s%lld", i ? " | " : "",
                                 (long long)rows->v[i].user);
    for (size_t i = 0; !visit.rc && rows->lines && i < rows->count; i++)
        used += (size_t)snprintf(told + used, sizeof told - used, " %s x%lld #%lld",
                                 items_name(items, rows->lines[i].item, name, sizeof name),
                                 (long long)rows->lines[i].units, (long long)rows->lines[i].order);
    for (size_t i = 0; !visit.rc && slot == VISIT_STOCK && i < rows->count; i++)
        used +=
            (size_t)snprintf(told + used, sizeof told - used, " =%lld", (long long)rows->v[i].id);
    if (visit.rc)
        snprintf(told, sizeof told, "%s", visit.error);
    visit_free(&visit);
    roster_free(store.people.roster);
    free(copy);
    return told;
}

Test(items, are_read_from_rows)
{
    struct items *items = seats(9, 1);
    cr_expect_str_eq(
        lines_of(items, VISIT_COUPONS,
                 "[{\"user_id\": 7, \"item\": \"seat-1\", \"units\": 2, \"order\": 9}]"),
        "7 seat-1 x2 #9");
    cr_expect_str_eq(lines_of(items, VISIT_COUPONS, "user_id,item,units\n7,seat-2,\n"),
                     "7 seat-2 x1 #0");
    cr_expect_str_eq(lines_of(items, VISIT_COUPONS, "[{\"user_id\": 7}]"), "7 an item x1 #0");
    cr_expect_str_eq(lines_of(items, VISIT_COUPONS, "[{\"user_id\": 7, \"units\": 1.5}]"),
                     "row 1 of the coupons query (element 1): its units is '1.5', and not a whole "
                     "number");
    cr_expect_str_eq(lines_of(items, VISIT_STOCK, "[{\"item\": \"seat-3\", \"quantity\": -2}]"),
                     "2 =-2");
    cr_expect_str_eq(lines_of(items, VISIT_STOCK, "item,quantity\nseat-1,4\n"), "0 =4");
    cr_expect(strstr(lines_of(items, VISIT_STOCK, "[{\"item\": \"seat-3\"}]"), "quantity"));
    items_free(items);
}

/* ---- what a look at the rows and at what is left shows ---- */

Test(items, apart_is_what_is_neither_left_nor_sold_or_both)
{
    struct items *items = seats(3, 10);
    static struct row v[3] = {{.user = 1}, {.user = 2}, {.user = 3}};
    static struct row_line lines[3] = {
        {.item = 0, .units = 4}, {.item = 1, .units = 2}, {.item = 1, .units = 3}};
    static struct row left[4], before[1] = {{.user = 2, .id = 7}};
    const struct rows rows = {.v = v, .lines = lines, .count = 3, .known = true};
    const struct rows began = {.v = before, .count = 1, .known = true};
    static const struct {
        int64_t left[3], apart, item;
    } table[] = {
        {{6, 5, 7}, 0, 0},   /* it adds up; of the third there were 7 */
        {{5, 5, 7}, 1, 0},   /* taken, and no row yet */
        {{6, 8, 7}, -3, 1},  /* a row, and nothing taken */
        {{5, 5, 2}, 5, 2},   /* the most is told */
        {{6, 7, 10}, -3, 2}, /* below 0 likewise */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct sample sample = {.apart = 99};
        for (int64_t item = 0; item < 3; item++)
            left[item] = (struct row){.user = item, .id = table[i].left[item]};
        left[3] = (struct row){.user = 17, .id = 1000}; /* a stranger */
        apart_find(items, &began, &(struct rows){.v = left, .count = 4}, &rows, &sample);
        cr_expect_eq(sample.apart, table[i].apart, "row %zu: %" PRId64, i, sample.apart);
        cr_expect(!table[i].apart || sample.apart_item == table[i].item, "row %zu", i);
    }
    items_free(items);
}
