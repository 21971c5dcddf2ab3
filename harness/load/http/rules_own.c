#include "load/http/rules_own.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { PATTERN_MAX = 65536 };

/* ---- what belongs to an id ---- */

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(int byte)
{
    return byte == '_' || (byte > 0 && byte < 0x80 && isalnum(byte));
}

static int hex_of(const char *text, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return -1;
        value = value * 16 + (is_digit(text[i]) ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10);
    }
    return value;
}

/* One character of a text, however it is spelled: "%30" and "\u0030" are a 0, "\n" is a blank. */
struct letter {
    int byte; /* -1: the text ends here; 0x80 for all beyond ASCII */
    size_t taken;
};

static struct letter letter_of(int byte, size_t taken)
{
    return (struct letter){byte < 0x80 ? byte : 0x80, taken};
}

static struct letter letter_at(const char *text, size_t length, size_t at)
{
    if (at >= length)
        return (struct letter){-1, 0};
    int code = text[at] == '%' && length - at >= 3 ? hex_of(text + at + 1, 2) : -1;
    if (code >= 0)
        return letter_of(code, 3);
    bool escaped = text[at] == '\\' && length - at >= 2;
    code = escaped && text[at + 1] == 'u' && length - at >= 6 ? hex_of(text + at + 2, 4) : -1;
    if (code >= 0)
        return letter_of(code, 6);
    if (escaped && strchr("nrtbf", text[at + 1]))
        return letter_of(' ', 2);
    return letter_of((unsigned char)text[at], 1);
}

static struct letter letter_before(const char *text, size_t at)
{
    static const size_t spellings[] = {6, 3, 2};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        size_t taken = spellings[i];
        if (at < taken || letter_at(text, at, at - taken).taken != taken)
            continue;
        bool quoted = text[at - taken] == '\\' && at > taken && text[at - taken - 1] == '\\';
        if (!quoted)
            return letter_at(text, at, at - taken);
    }
    return at ? letter_of((unsigned char)text[at - 1], 1) : (struct letter){-1, 0};
}

/* "user7" is user 7, "a17" may be: but in "7f1" nobody is named. */
static bool is_part_of_code(const char *text, size_t at)
{
    struct letter letter = letter_before(text, at);
    for (; is_word(letter.byte) && !is_digit(letter.byte); letter = letter_before(text, at))
        at -= letter.taken;
    return is_digit(letter.byte);
}

static bool number_goes_before(const char *text, size_t at)
{
    struct letter letter = letter_before(text, at);
    if (letter.byte < 0)
        return false;
    struct letter further = letter_before(text, at - letter.taken);
    if (letter.byte == '-')
        return !is_word(further.byte); /* a sign */
    return letter.byte == '.' ? is_digit(further.byte) : is_part_of_code(text, at);
}

static bool number_goes_on(const char *text, size_t length, size_t at)
{
    struct letter letter = letter_at(text, length, at);
    return is_word(letter.byte) ||
           (letter.byte == '.' && is_digit(letter_at(text, length, at + 1).byte));
}

/* Words go on; what else ids of this roster hold (a dash, an @) goes on when a word follows: a full
 * stop may end the sentence. Beyond ASCII it is the sentence's own, unless ids are written so. */
static bool text_goes(const struct roster *roster, int byte, int further)
{
    if (roster_is_uuids(roster))
        return byte > 0 && isxdigit(byte);
    bool used = byte > 0 && roster_uses(roster, (unsigned char)byte);
    return byte == 0x80 ? used : is_word(byte) || (used && is_word(further));
}

bool own_goes_before(const struct roster *roster, const char *text, size_t at)
{
    if (roster_is_numbers(roster))
        return number_goes_before(text, at);
    struct letter letter = letter_before(text, at);
    return text_goes(roster, letter.byte, letter_before(text, at - letter.taken).byte);
}

bool own_goes_on(const struct roster *roster, const char *text, size_t length, size_t at)
{
    if (roster_is_numbers(roster))
        return number_goes_on(text, length, at);
    struct letter letter = letter_at(text, length, at);
    return text_goes(roster, letter.byte, letter_at(text, length, at + letter.taken).byte);
}

/* ---- conditions ---- */

const char *own_expand(const char *wanted, const struct rules_user *who, char *room, size_t size)
{
    const char *at = strstr(wanted, OWN_PLACEHOLDER);
    char id[ROSTER_TEXT];
    size_t used = 0, length = at ? roster_text(who->roster, who->user, id) : 0;
    if (!at)
        return wanted;
    for (; at; wanted = at + strlen(OWN_PLACEHOLDER), at = strstr(wanted, OWN_PLACEHOLDER)) {
        size_t before = (size_t)(at - wanted);
        if (used + before + length >= size)
            return NULL;
        memcpy(room + used, wanted, before);
        memcpy(room + used + before, id, length);
        used += before + length;
    }
    if (used + strlen(wanted) >= size)
        return NULL;
    strcpy(room + used, wanted);
    return room;
}

static bool ends_in_user(const char *wanted)
{
    size_t length = strlen(wanted), name = strlen(OWN_PLACEHOLDER);
    return length >= name && !strcmp(wanted + length - name, OWN_PLACEHOLDER);
}

bool own_holds(const char *body, size_t length, const char *wanted, const struct rules_user *who)
{
    char room[RULES_EXPANDED];
    bool first = !strncmp(wanted, OWN_PLACEHOLDER, strlen(OWN_PLACEHOLDER));
    bool last = ends_in_user(wanted);
    const char *text = own_expand(wanted, who, room, sizeof room), *at = body;
    size_t size = text ? strlen(text) : 0;
    for (; text && (at = memmem(at, length - (size_t)(at - body), text, size)); at++) {
        size_t start = (size_t)(at - body);
        if (!(first && own_goes_before(who->roster, body, start)) &&
            !(last && own_goes_on(who->roster, body, length, start + size)))
            return true;
        if (start == length)
            return false;
    }
    return false;
}

/* The end of the id at value, each byte as it is or percent-encoded. NULL: another stands there. */
static const char *skip_id(const char *value, const char *end, const char *id)
{
    for (; *id; id++) {
        int code = end - value >= 3 && *value == '%' ? hex_of(value + 1, 2) : -1;
        if (code == (unsigned char)*id)
            value += 3;
        else if (value < end && *value == *id)
            value++;
        else
            return NULL;
    }
    return value;
}

bool own_equals(const char *value, size_t length, const char *wanted, const struct rules_user *who)
{
    const char *end = value + length, *at;
    char id[ROSTER_TEXT];
    for (; (at = strstr(wanted, OWN_PLACEHOLDER)); wanted = at + strlen(OWN_PLACEHOLDER)) {
        size_t before = (size_t)(at - wanted);
        if ((size_t)(end - value) < before || memcmp(value, wanted, before) != 0)
            return false;
        roster_text(who->roster, who->user, id);
        value = skip_id(value + before, end, id);
        if (!value)
            return false;
    }
    return strlen(wanted) == (size_t)(end - value) && !memcmp(value, wanted, strlen(wanted));
}

/* ---- regular expressions ---- */

static void quote(struct buf *out, const char *id)
{
    for (; *id; id++) {
        if ((unsigned char)*id < 0x80 && !is_word((unsigned char)*id))
            (void)buf_add(out, "\\", 1);
        (void)buf_add(out, id, 1);
    }
}

/* "[\\@\\.]": what ids hold beside words; "" when that is nothing. */
static void list_marks(const struct roster *roster, char *out)
{
    char *begin = out;
    for (int byte = ' ' + 1; byte < 0x7f; byte++) {
        if (is_word(byte) || roster_is_uuids(roster) || !roster_uses(roster, (unsigned char)byte))
            continue;
        out = stpcpy(out, out == begin ? "[\\" : "\\");
        *out++ = (char)byte;
    }
    strcpy(out, out == begin ? "" : "]");
}

/* Where the expression itself has a letter beside the user the border is its own affair. */
char *own_pattern(const char *wanted, const struct rules_user *who)
{
    _cleanup_(buf_free) struct buf out;
    char id[ROSTER_TEXT], marks[2 * 0x80];
    bool numbers = roster_is_numbers(who->roster);
    const char *at, *begin = wanted;
    buf_init(&out, PATTERN_MAX);
    roster_text(who->roster, who->user, id);
    list_marks(who->roster, marks);
    for (; (at = strstr(wanted, OWN_PLACEHOLDER)); wanted = at + strlen(OWN_PLACEHOLDER)) {
        const char *next = at + strlen(OWN_PLACEHOLDER);
        (void)buf_add(&out, wanted, (size_t)(at - wanted));
        if (at == begin || !is_word((unsigned char)at[-1]))
            (void)buf_addf(&out, "(?<!%s)(?<!\\w%s)", numbers ? "\\d" : "\\w",
                           *marks ? marks : "\\d");
        (void)buf_adds(&out, "(?:");
        quote(&out, id);
        (void)buf_adds(&out, ")");
        if (!is_word((unsigned char)*next))
            (void)buf_addf(&out, "(?!%s%s\\w)", marks, *marks ? "?" : "");
    }
    (void)buf_adds(&out, wanted);
    return out.failed ? NULL : buf_steal(&out);
}
