#include "report/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/mask.h"
#include "base/utf8.h"

static const char *entity(uint32_t character)
{
    switch (character) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Also what turns the direction of a line round, so that it reads as something else. */
static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
           character == 0x200f || character == 0x61c;
}

static const char *for_xml(uint32_t character)
{
    bool blank = character == '\t' || character == '\n' || character == '\r';
    if ((is_control(character) && !blank) || character == 0xfffe || character == 0xffff)
        return UTF8_REPLACEMENT;
    return entity(character);
}

/* Sites make links of @names, #numbers and addresses, whatever stands before: a blank of no width
 * in them keeps these from being any. */
static const char *for_link(uint32_t character, const char *rest)
{
    if (character == '@')
        return "@\xe2\x80\x8b";
    if (character == '#')
        return "\\#\xe2\x80\x8b";
    if (character == ':' && rest[0] == '/' && rest[1] == '/')
        return ":\xe2\x80\x8b";
    if ((character == 'w' || character == 'W') && !strncasecmp(rest, "ww.", 3))
        return character == 'w' ? "w\xe2\x80\x8b" : "W\xe2\x80\x8b";
    return NULL;
}

/* A backslash keeps ASCII punctuation from being markup; HTML needs its entities. */
static const char *for_markdown(uint32_t character, const char *rest)
{
    static const char marks[] = "\\`*_[]|~$";
    static const char *const escaped[] = {"\\\\", "\\`", "\\*", "\\_", "\\[",
                                          "\\]",  "\\|", "\\~", "\\$"};
    const char *link = for_link(character, rest);
    if (is_control(character))
        return " ";
    if (link)
        return link;
    if (character == '<' || character == '>' || character == '&')
        return entity(character);
    const char *mark = character < 0x80 ? strchr(marks, (int)character) : NULL;
    return mark ? escaped[mark - marks] : NULL;
}

/* Beside what JSON asks for: nothing that could end the script element or, in old readers, a line.
 */
static const char *for_script(uint32_t character)
{
    switch (character) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    case 0x2028:
        return "\\u2028";
    case 0x2029:
        return "\\u2029";
    default:
        return is_control(character) ? " " : NULL;
    }
}

static const char *for_label(uint32_t character)
{
    return character == '\\'   ? "\\\\"
           : character == '"'  ? "\\\""
           : character == '\n' ? "\\n"
                               : NULL;
}

static const char *for_field(uint32_t character)
{
    switch (character) {
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\\':
        return "\\\\";
    default:
        return is_control(character) ? "?" : NULL;
    }
}

/* What stands for a character in a place; NULL: the character itself. */
static const char *replacement(enum text_place place, uint32_t character, const char *rest)
{
    if (character == UTF8_INVALID)
        return UTF8_REPLACEMENT;
    switch (place) {
    case TEXT_TERMINAL:
        return is_control(character) ? "?" : NULL;
    case TEXT_XML:
    case TEXT_HTML:
        return for_xml(character);
    case TEXT_MARKDOWN:
        return for_markdown(character, rest);
    case TEXT_SCRIPT:
        return for_script(character);
    case TEXT_LABEL:
        return for_label(character);
    case TEXT_FIELD:
        return for_field(character);
    case TEXT_CLEAN:
        break;
    }
    return NULL;
}

int text_add(struct buf *buf, enum text_place place, const char *text)
{
    uint32_t character;
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, SIZE_MAX / 4);
    int rc = text ? mask_sentence(text, &masked) : 0;
    text = buf_text(&masked);
    /* A text that begins like a list, a heading or a rule is none. */
    if (!rc && place == TEXT_MARKDOWN && *text && strchr("-+=", *text))
        rc = buf_adds(buf, "\\");
    for (const char *from = text; !rc && (character = utf8_next(&text)); from = text) {
        const char *instead = replacement(place, character, text);
        rc = instead ? buf_adds(buf, instead) : buf_add(buf, from, (size_t)(text - from));
    }
    return rc;
}

void text_print(FILE *out, enum text_place place, const char *text)
{
    _cleanup_(buf_free) struct buf buf;
    buf_init(&buf, (size_t)1 << 26);
    text_add(&buf, place, text);
    fwrite(buf_text(&buf), 1, buf.used, out);
}

void text_print_user(FILE *out, enum text_place place, const struct roster *roster, int64_t user)
{
    char id[ROSTER_TEXT];
    if (roster_is_numbers(roster)) {
        fprintf(out, "%" PRId64, user);
        return;
    }
    roster_text(roster, user, id);
    text_print(out, place, id);
}

int text_columns(const char *text)
{
    int columns = 0;
    while (utf8_next(&text))
        columns++;
    return columns;
}

void text_first_line(const char *text, char *ret_line, size_t size)
{
    snprintf(ret_line, size, "%.*s", (int)strcspn(text, "\n"), text);
}
