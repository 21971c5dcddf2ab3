#include <string.h>

#include "proxy/mysql.h"

uint64_t mysql_take_int(struct fields *fields, unsigned bytes)
{
    const uint8_t *at = fields_take(fields, bytes);
    uint64_t number = 0;
    for (unsigned i = 0; at && i < bytes; i++)
        number |= (uint64_t)at[i] << (8 * i);
    return number;
}

uint64_t mysql_take_lenenc(struct fields *fields)
{
    uint64_t first = mysql_take_int(fields, 1);
    if (first < 0xfb)
        return first;
    fields->ok = fields->ok && first != 0xfb && first != 0xff;
    return mysql_take_int(fields, first == 0xfc ? 2 : first == 0xfd ? 3 : 8);
}

const uint8_t *mysql_take_text(struct fields *fields, size_t *ret_length)
{
    uint64_t length = mysql_take_lenenc(fields);
    *ret_length = (size_t)length;
    return fields_take(fields, (size_t)length);
}

void mysql_text_row(struct mysql *mysql, struct fields *fields)
{
    for (uint32_t i = 0; i < mysql->columns && fields->ok; i++) {
        struct value value = {VALUE_NULL, 0};
        if (fields->at < fields->end && *fields->at == 0xfb) {
            fields->at++;
        } else {
            size_t length;
            const uint8_t *text = mysql_take_text(fields, &length);
            if (!text)
                return;
            value = value_of_text(mysql->base.config.rules, text, length);
        }
        values_add(&mysql->base.values, value);
    }
}

/* How many bytes an integer of this type has; 0: it is none. */
static unsigned integer_size(uint8_t type)
{
    static const struct {
        uint8_t type, size;
    } sizes[] = {{1, 1}, {2, 2}, {3, 4}, {8, 8}, {9, 4}, {13, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].type == type)
            return sizes[i].size;
    }
    return 0;
}

static int64_t sign_extend(uint64_t number, unsigned size)
{
    unsigned shift = 64 - 8 * size;
    return (int64_t)(number << shift) >> shift;
}

/* Dates and times: a byte that tells the length, then so many. */
static bool is_time(uint8_t type)
{
    return type == 7 || (type >= 10 && type <= 12) || type == 14;
}

static bool is_text(uint8_t type)
{
    return type == 0 || type == 15 || type == 16 || type >= 245;
}

bool mysql_binary_value(const struct value_rules *rules, uint8_t type, bool is_unsigned,
                        struct fields *fields, struct value *ret_value)
{
    unsigned size = integer_size(type);
    size_t length = 0;
    const uint8_t *bytes = NULL;
    *ret_value = (struct value){VALUE_NULL, 0};
    if (size) {
        uint64_t number = mysql_take_int(fields, size);
        bool huge = is_unsigned && number > INT64_MAX;
        *ret_value = huge ? value_of_bytes(rules, &number, sizeof number)
                          : value_of_integer(rules, is_unsigned ? (int64_t)number
                                                                : sign_extend(number, size));
        return fields->ok;
    }
    if (type == 4 || type == 5)
        bytes = fields_take(fields, length = type == 4 ? 4 : 8);
    else if (is_time(type))
        bytes = fields_take(fields, length = (size_t)mysql_take_int(fields, 1));
    else if (is_text(type))
        bytes = mysql_take_text(fields, &length);
    else
        return type == 6;
    if (bytes)
        *ret_value = is_text(type) ? value_of_text(rules, bytes, length)
                                   : value_of_bytes(rules, bytes, length);
    return bytes != NULL;
}

/* 0x00, a bitmap of NULLs that begins with its third bit, the others one after
 * the other. */
void mysql_binary_row(struct mysql *mysql, struct fields *fields)
{
    fields_take(fields, 1);
    const uint8_t *nulls = fields_take(fields, (mysql->columns + 9) / 8);
    for (uint32_t i = 0; nulls && i < mysql->columns && i < VALUES_MAX; i++) {
        struct value value = {VALUE_NULL, 0};
        bool null = nulls[(i + 2) / 8] >> ((i + 2) % 8) & 1;
        if (!null && !mysql_binary_value(mysql->base.config.rules, mysql->types[i],
                                         mysql->is_unsigned[i], fields, &value))
            return;
        values_add(&mysql->base.values, value);
    }
}

/* Six texts, 0x0c, charset 2, length 4, type 1, flags 2. */
void mysql_column(struct mysql *mysql, struct fields *fields)
{
    uint32_t column = mysql->column;
    size_t length;
    for (unsigned i = 0; i < 6; i++)
        mysql_take_text(fields, &length);
    fields_take(fields, 7);
    uint8_t type = (uint8_t)mysql_take_int(fields, 1);
    uint16_t flags = (uint16_t)mysql_take_int(fields, 2);
    if (column >= VALUES_MAX)
        return;
    mysql->types[column] = fields->ok ? type : 255;
    mysql->is_unsigned[column] = fields->ok && flags & 32;
}
