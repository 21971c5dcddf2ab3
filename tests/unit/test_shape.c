/* links: proxy */
/* Statements and what stays of them. */
#include <criterion/criterion.h>

#include "../proxy/through.h"

struct sample {
    const char *text, *shape;
    enum shape_kind kind;
    const char *values;
};

static struct through t;

static void check(enum shape_dialect dialect, const struct sample *v, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        through_open(&t, &framer_resp, false);
        struct values values = {0};
        const struct shape *shape =
            shapes_get(t.shapes, shape_sql(t.shapes, dialect, v[i].text, strlen(v[i].text),
                                           &t.rules, &values));
        through_values(&t, &values);
        cr_expect_str_eq(shape->text, v[i].shape, "%s -> %s", v[i].text, shape->text);
        cr_expect_eq(shape->kind, v[i].kind, "%s: %s", v[i].text, shape_kind_name(shape->kind));
        if (v[i].values)
            cr_expect_str_eq(buf_text(&t.told), v[i].values, "%s: values%s", v[i].text,
                             buf_text(&t.told));
        through_close(&t);
    }
}

#define R SHAPE_READ
#define W SHAPE_WRITE
#define T SHAPE_TXN
#define H SHAPE_HOUSEKEEPING

static const struct sample postgres[] = {
    {"SELECT count(*) FROM coupon", "SELECT count(*) FROM coupon", R, ""},
    {"SET @n := (SELECT n FROM stock)", "SET @n := (SELECT n FROM stock)", R, ""},
    {"set @n = 7", "set @n = ?", H, NULL},
    {"INSERT INTO coupon(user_id) VALUES (42)", "INSERT INTO coupon(user_id) VALUES (?)", W, " 42"},
    {"insert into c values ($1, $2,$3)", "insert into c values (?..)", W, ""},
    {"INSERT INTO c VALUES (1,'a'), (2, 'b'),(3,'c');", "INSERT INTO c VALUES (?..)..", W, NULL},
    {"INSERT INTO c VALUES (1), (2)", "INSERT INTO c VALUES (?)..", W, " 1 2"},
    {"SELECT a FROM t WHERE id IN (1)", "SELECT a FROM t WHERE id IN (?..)", R, " 1"},
    {"SELECT a FROM t WHERE id IN (1, 2,\n3)", "SELECT a FROM t WHERE id IN (?..)", R, " 1 2 3"},
    {"SELECT a FROM t WHERE id IN ($1)", "SELECT a FROM t WHERE id IN (?..)", R, ""},
    {"SELECT f(1, x) FROM t", "SELECT f(?, x) FROM t", R, " 1"},
    {"  /* a /* nested */ 1 */ SELECT -- 2\n x FROM t", "SELECT x FROM t", R, ""},
    {"SELECT left FROM stock WHERE id=-5 AND a-1>0", "SELECT left FROM stock WHERE id=? AND a-?>?",
     R, " -5 1 0"},
    {"SELECT 'it''s', E'a\\'b', x'1f', $a$ ' $a$, 1.5e-3, 0x1F FROM t", "SELECT ?.. FROM t", R,
     NULL},
    {"SELECT \"user\" FROM \"t\" WHERE x IS NOT NULL AND y = NULL AND z IS TRUE",
     "SELECT \"user\" FROM \"t\" WHERE x IS NOT NULL AND y = ? AND z IS TRUE", R, ""},
    {"SELECT * FROM t WHERE id = '0b2f9c1e-6f0e-4c59-9a57-0d3f5d1a2b3c'",
     "SELECT * FROM t WHERE id = ?", R, NULL},
    {"SELECT left FROM stock WHERE id = 1 FOR UPDATE",
     "SELECT left FROM stock WHERE id = ? FOR UPDATE", R, " 1"},
    {"UPDATE stock SET left = left - 1 WHERE left > 0 RETURNING left",
     "UPDATE stock SET left = left - ? WHERE left > ? RETURNING left", W, " 1 0"},
    {"BEGIN", "BEGIN", T, ""},
    {"begin; select 1; commit", "begin; select ?; commit", T, " 1"},
    {"BEGIN; INSERT INTO t VALUES (1); COMMIT", "BEGIN; INSERT INTO t VALUES (?); COMMIT", W, " 1"},
    {"SAVEPOINT sp_140234987", "SAVEPOINT sp_?", T, ""},
    {"SELECT 1", "SELECT ?", H, " 1"},
    {"SELECT nextval('coupon_id_seq')", "SELECT nextval(?)", H, NULL},
    {"SELECT take_coupon(7)", "SELECT take_coupon(?)", W, " 7"},
    {"SELECT pg_advisory_xact_lock(hashtext('a'))", "SELECT pg_advisory_xact_lock(hashtext(?))", T,
     NULL},
    {"SELECT pg_sleep(1)", "SELECT pg_sleep(?)", SHAPE_BLOCKING, " 1"},
    {"SELECT typname FROM pg_type WHERE oid=$1", "SELECT typname FROM pg_type WHERE oid=?", H, ""},
    {"WITH x AS (DELETE FROM t RETURNING id) SELECT id FROM x",
     "WITH x AS (DELETE FROM t RETURNING id) SELECT id FROM x", W, ""},
    {"WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT ?) SELECT * FROM x", R, " 1"},
    {"SET application_name = 'secret'", "SET application_name = ?", H, NULL},
    {"LISTEN news", "LISTEN news", SHAPE_SUBSCRIBE, ""},
    {"", "", H, ""},
    {"SELECT a::int, b->>'k', c @> '{1}' FROM t", "SELECT a::int, b->>?, c @> ? FROM t", R, NULL},
    {"SELECT 'open", "SELECT ?", H, NULL},
};

static const struct sample mysql[] = {
    {"SELECT `left` FROM stock WHERE name = \"a\\\"b\" # x",
     "SELECT `left` FROM stock WHERE name = ?", R, NULL},
    {"SELECT a FROM t WHERE id = ? LIMIT 1, 2", "SELECT a FROM t WHERE id = ? LIMIT ?..", R,
     " 1 2"},
    {"SELECT 1--1", "SELECT ?-?", H, NULL},
    {"/*!40101 SET NAMES utf8 */", "SET NAMES utf8", H, ""},
    {"SELECT @@version_comment LIMIT 1", "SELECT @@version_comment LIMIT ?", H, " 1"},
    {"SELECT get_lock('a', 1)", "SELECT get_lock(?..)", T, NULL},
    {"REPLACE INTO t VALUES (_utf8'a', N'b', 0x1f)", "REPLACE INTO t VALUES (?..)", W, NULL},
    {"SELECT SLEEP(1)", "SELECT SLEEP(?)", SHAPE_BLOCKING, " 1"},
};

Test(shape, of_sql)
{
    check(SHAPE_POSTGRES, postgres, sizeof postgres / sizeof *postgres);
    check(SHAPE_MYSQL, mysql, sizeof mysql / sizeof *mysql);
}

static unsigned sql(const char *text)
{
    struct values values = {0};
    return shape_sql(t.shapes, SHAPE_POSTGRES, text, strlen(text), &t.rules, &values);
}

/* A minus sign after a word that leads belongs to the number; after a name it takes away. */
Test(shape, every_word_that_leads_is_known)
{
    static const char *const words[] = {
        "AND", "BETWEEN", "BY",        "DEFAULT", "ELSE", "IN",   "LIMIT",  "OFFSET",
        "OR",  "RETURN",  "RETURNING", "SELECT",  "SET",  "THEN", "VALUES", "WHEN"};
    through_open(&t, &framer_resp, false);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char text[64], shown[64];
        snprintf(text, sizeof text, "x %s -5", words[i]);
        snprintf(shown, sizeof shown, "x %s ?", words[i]);
        cr_expect_str_eq(shapes_get(t.shapes, sql(text))->text, shown);
    }
    cr_expect_str_eq(shapes_get(t.shapes, sql("x stock -5"))->text, "x stock -?");
    cr_expect_neq(sql("x [y"), sql("x {y"));
    cr_expect_neq(sql("x @y"), sql("x `y"));
    cr_expect_eq(sql("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), sql("abcdefghijklmnopqrstuvwxyz_"));
    through_close(&t);
}

/* Who writes a statement in small letters elsewhere has not written another one; keys of Redis are
 * others then. */
Test(shape, sql_is_the_same_in_small_letters)
{
    through_open(&t, &framer_resp, false);
    unsigned first = sql("SELECT count(*) FROM Coupon");
    cr_expect_eq(sql("select COUNT(*) from coupon"), first);
    cr_expect_neq(sql("select count(*) from coupons"), first);
    const struct shape *shape = shapes_get(t.shapes, first);
    cr_expect_str_eq(shape->text, "SELECT count(*) FROM Coupon");
    cr_expect(shape_is(shape, "Select Count(*) From coupon"));
    cr_expect(!shape_is(shape, "SELECT count(*) FROM"));
    const char *keys[] = {"GET stock", "GET Stock"};
    unsigned small = shapes_intern(t.shapes, keys[0], 9, SHAPE_READ);
    cr_expect_neq(shapes_intern(t.shapes, keys[1], 9, SHAPE_READ), small);
    cr_expect(!shape_is(shapes_get(t.shapes, small), keys[1]));
    through_close(&t);
}

Test(shape, there_are_at_most_256)
{
    through_open(&t, &framer_resp, false);
    char text[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "SELECT %c%c%c FROM t", 'a' + i / 100, 'a' + i / 10 % 10,
                 'a' + i % 10);
        unsigned number = shapes_intern(t.shapes, text, strlen(text), SHAPE_READ);
        cr_expect_eq(number, shapes_intern(t.shapes, text, strlen(text), SHAPE_READ));
        cr_expect((number == SHAPE_OTHER) == (i >= SHAPES_MAX - 2));
    }
    cr_expect_eq(shapes_count(t.shapes), SHAPES_MAX);
    cr_expect_eq(shapes_refused(t.shapes), 2 * (1000 - SHAPES_MAX + 2));
    through_close(&t);
}

/* A script goes by its SHA-1, which a client sends from the second time on, or when it likes. */
Test(shape, a_script_is_the_same_whole_and_by_its_sum)
{
    static const char *const ways[] = {
        "*4\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\na\r\n",
        "*4\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n1\r\n$"
        "1\r\na\r\n",
        "*4\r\n$7\r\nevalsha\r\n$40\r\nE0E1F9FABFC9D4800C877A703B823AC0578FF8DB\r\n$1\r\n1\r\n$"
        "1\r\na\r\n",
        "eval 'return 1' 1 a\r\n",
        "evalsha e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 a\r\n",
        "eval_ro 'return 1' 1 a\r\n",
        "evalsha_ro e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 a\r\n"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (int pieces = 0; pieces < 2; pieces++) {
            size_t length = strlen(ways[i]), step = pieces ? 1 : length;
            through_open(&t, &framer_resp, false);
            for (size_t at = 0; at < length; at += step)
                through_feed(&t, FRAMER_CLIENT, ways[i] + at, step);
            cr_expect(strstr(buf_text(&t.told),
                             i < 5 ? "write [EVAL e0e1f9fa ? a]" : "read [EVAL_RO e0e1f9fa ? a]"),
                      "way %zu:%s", i, buf_text(&t.told));
            through_close(&t);
        }
    }
}

/* SipHash's own vector: key 00..0f, message 00..0e. */
Test(value, hash_is_siphash)
{
    uint8_t key[16], message[15];
    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 15; i++)
        message[i] = i;
    cr_expect_eq(value_hash(key, message, sizeof message), 0xa129ca6149be45e5);
}
