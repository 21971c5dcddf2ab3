/* links: base */
/* UTF-8 in and out, and lists of words. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/utf8.h"
#include "base/words.h"

Test(utf8, characters_that_are_cut_off)
{
    static const struct {
        const char *text;
        uint32_t first;
        size_t moved, valid;
    } rows[] = {
        {"\xe2\x82\xac", 0x20ac, 3, 3},
        {"\xe2\x82", UTF8_INVALID, 1, 0},
        {"\xe2", UTF8_INVALID, 1, 0},
        {"\xf0\x9f\x98", UTF8_INVALID, 1, 0},
        {"\x82", UTF8_INVALID, 1, 0},
        {"a\xc3", 'a', 1, 1},
        {"\xc0\x80", UTF8_INVALID, 1, 0},
        {"\xf4\x90\x80\x80", UTF8_INVALID, 1, 0},
        {"\xf5\x80\x80\x80", UTF8_INVALID, 1, 0},
        {"\xf8\x9f\x98\x80", UTF8_INVALID, 1, 0}, /* a lead of five bytes, as no UTF-8 has it */
        {"\xff\x9f\x98\x80", UTF8_INVALID, 1, 0},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = rows[i].text;
        cr_expect_eq(utf8_next(&at), rows[i].first, "row %zu", i);
        cr_expect_eq((size_t)(at - rows[i].text), rows[i].moved, "row %zu", i);
        cr_expect_eq(utf8_check(rows[i].text), rows[i].valid, "row %zu", i);
    }
}

Test(utf8, every_character_comes_back)
{
    for (uint32_t character = 1; character <= 0x110000; character++) {
        char bytes[5] = "";
        uint32_t read = UTF8_INVALID;
        size_t length = utf8_put(character, bytes);
        bool surrogate = character >= 0xd800 && character < 0xe000;
        bool valid = !surrogate && character <= 0x10ffff;
        cr_assert_eq(utf8_read(bytes, length, &read), valid ? length : 0, "%x", character);
        cr_assert_eq(read, valid ? character : UTF8_INVALID, "%x", character);
        cr_assert_eq(length > 1 ? utf8_read(bytes, length - 1, &read) : 0, 0, "%x", character);
    }
}

Test(utf8, a_cut_leaves_whole_characters)
{
    static const char text[] = "a\xe2\x82\xac"
                               "b";
    static const size_t cuts[] = {0, 1, 1, 1, 4, 5};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
        cr_expect_eq(utf8_cut(text, i), cuts[i], "%zu", i);
    cr_expect_eq(utf8_cut("\x80\x80", 1), 0);
}

Test(words, found_spelled_and_meant)
{
    const char *const *words = WORDS("red", "green", "no");
    char text[16];
    cr_expect_eq(words_find(words, "green"), 1);
    cr_expect_eq(words_find(words, "gree"), -1);
    cr_expect_eq(words_find(words, ""), -1);
    cr_expect_eq(words_find(NULL, "a"), -1);
    cr_expect_str_eq(words_spell(words, text, sizeof text), "red, green, no");
    cr_expect_str_eq(words_spell(words, text, 7), "red, g");
    cr_expect_str_eq(words_spell(NULL, text, sizeof text), "");
    cr_expect_str_eq(words_suggest(words, "gren"), "green");
    cr_expect_str_eq(words_suggest(words, "egren"), "green");
    cr_expect_null(words_suggest(words, "blue"));
    cr_expect_null(words_suggest(words, ""));
}
