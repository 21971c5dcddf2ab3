/* The race of result.json. */
#include <string.h>

#include "base/cleanup.h"
#include "report/result.h"
#include "report/result_tables.h"

static json_t *make_users(const struct run *run)
{
    json_t *users = json_array();
    for (size_t i = 0; i < run->race.count; i++) {
        char text[ROSTER_TEXT];
        int64_t user = run->history.v[run->race.v[i].request].user;
        roster_text(run->roster, user, text);
        json_array_append_new(users, roster_is_numbers(run->roster) ? json_integer(user)
                                                                    : fields_text(text));
    }
    return users;
}

static json_t *shape_text(const struct run *run, uint16_t shape)
{
    return shape < run->trace.shapes_count ? fields_text(run->trace.shapes[shape].text)
                                           : json_null();
}

json_t *result_race(const struct run *run)
{
    const struct race *race = &run->race;
    json_t *object = json_object(), *said = json_array();
    json_array_append_new(said, fields_text(race->said[0]));
    json_array_append_new(said, fields_text(race->said[1]));
    if (json_object_set_new(object, "said", said) ||
        json_object_set_new(object, "read", shape_text(run, race->read)) ||
        json_object_set_new(object, "wrote", shape_text(run, race->write)) ||
        json_object_set_new(object, "value", fields_text(race->value)) ||
        json_object_set_new(object, "readers", json_integer((json_int_t)race->count)) ||
        json_object_set_new(object, "writers", json_integer((json_int_t)race->writers)) ||
        json_object_set_new(object, "held", json_integer((json_int_t)race->held)) ||
        json_object_set_new(object, "guessed", json_boolean(race->guessed)) ||
        json_object_set_new(object, "users", make_users(run))) {
        json_decref(object);
        return NULL;
    }
    return object;
}
