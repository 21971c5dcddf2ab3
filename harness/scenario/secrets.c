#include "scenario/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mask.h"

enum { FILE_BYTES_MAX = 1 << 20 };

/* ---- a command's words ---- */

bool secrets_is_flag(const char *word)
{
    return word[0] == '-' && word[1] && !strchr(word, '=') &&
           mask_is_secret(word + strspn(word, "-"));
}

void secrets_learn_words(const char *const *words, size_t count)
{
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, 4 * TREE_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        mask_learn(words[i]);
        if (i && secrets_is_flag(words[i - 1]) && words[i][0] != '-')
            mask_add(words[i]);
        (void)buf_addf(&line, "%s%s", i ? " " : "", words[i]);
    }
    mask_learn(buf_text(&line)); /* mysql -pvalue: the program tells what the letter means */
}

/* ---- a scenario ---- */

/* Parts of a scenario whose words every report shows: queries, topics, users and databases. */
static bool is_open(const char *key)
{
    static const char *const keys[] = {"name", "description", "stack", "evidence", "expect", "url"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(key, keys[i]))
            return true;
    return false;
}

static void learn_text(const char *name, const char *text, bool open)
{
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, 4 * TREE_BYTES_MAX);
    if (name && mask_is_secret(name))
        mask_add(text);
    mask_learn(text);
    if (open && !(name && mask_is_secret(name)) && !mask_text(text, &masked))
        mask_public(buf_text(&masked));
}

static void learn_list(const struct node *list)
{
    const char **words = calloc(list->count + 1, sizeof *words);
    size_t count = 0;
    for (size_t i = 0; words && i < list->count; i++)
        if (list->entries[i].value->kind == NODE_SCALAR)
            words[count++] = list->entries[i].value->text;
    if (words)
        secrets_learn_words(words, count);
    free(words);
}

static void learn_node(const char *name, const struct node *node, bool open)
{
    if (node->kind == NODE_SCALAR) {
        learn_text(name, node->text, open);
        return;
    }
    if (name && !strcmp(name, "capture"))
        return; /* names of what is taken, and where: the values come later */
    if (node->kind == NODE_LIST)
        learn_list(node);
    const char *pair = node_find_text(node, "name"), *value = node_find_text(node, "value");
    if (pair && value && mask_is_secret(pair))
        mask_add(value);
    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->entries[i].key;
        learn_node(key ? key : name, node->entries[i].value, open || (key && is_open(key)));
    }
}

void secrets_learn_tree(const struct node *root)
{
    learn_node(NULL, root, false);
}

/* ---- from outside ---- */

/* A long mix of letters and digits: no host, no path, no number. */
static bool looks_random(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-+=";
    size_t digits = 0, length = strlen(value);
    for (const char *at = value; *at; at++) {
        bool digit = *at >= '0' && *at <= '9';
        if (!digit && !strchr(letters, *at))
            return false;
        digits += digit;
    }
    return length >= 16 && digits >= 3 && digits < length;
}

void secrets_learn_reference(const char *name, const char *value)
{
    if (mask_is_secret(name) || looks_random(value))
        mask_add(value);
    mask_learn(value);
}

static void learn_variable(const char *variable)
{
    char name[128];
    const char *equals = strchr(variable, '=');
    if (!equals || (size_t)(equals - variable) >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(equals - variable), variable);
    if (mask_is_secret(name))
        mask_add(equals + 1);
    mask_learn(equals + 1);
}

/* host:port:database:user:password */
static void learn_pgpass_line(char *line)
{
    char *last = NULL;
    for (char *at = line; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == ':')
            last = at + 1;
    }
    if (last && line[0] != '#')
        mask_add(last);
}

static void learn_file(const char *path, void (*learn_line)(char *line))
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char line[4096];
    size_t total = 0;
    while (file && fgets(line, sizeof line, file) && (total += strlen(line)) < FILE_BYTES_MAX) {
        line[strcspn(line, "\r\n")] = '\0';
        learn_line(line);
    }
}

static void learn_settings_line(char *line)
{
    mask_learn(line);
}

void secrets_learn_environment(void)
{
    static const struct {
        const char *variable, *file;
        void (*learn_line)(char *line);
    } files[] = {{"PGPASSFILE", ".pgpass", learn_pgpass_line},
                 {"PGSERVICEFILE", ".pg_service.conf", learn_settings_line},
                 {NULL, ".my.cnf", learn_settings_line}};
    for (char **variable = environ; variable && *variable; variable++)
        learn_variable(*variable);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4096];
        const char *given = files[i].variable ? getenv(files[i].variable) : NULL;
        const char *home = getenv("HOME");
        if (given && *given)
            learn_file(given, files[i].learn_line);
        if (home && (size_t)snprintf(path, sizeof path, "%s/%s", home, files[i].file) < sizeof path)
            learn_file(path, files[i].learn_line);
    }
}
