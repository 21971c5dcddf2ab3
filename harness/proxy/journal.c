#include "proxy/journal.h"

#include <errno.h>
#include <string.h>

int journal_open(struct journal *journal, const char *path, struct err *err)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", path);
    setvbuf(file, NULL, _IOFBF, 1 << 18);
    *journal = (struct journal){.file = file};
    journal->failed = fputs(JOURNAL_MAGIC, file) < 0;
    return 0;
}

void journal_write(struct journal *journal, const struct journal_record *record)
{
    if (!journal->file)
        return;
    journal->records++;
    if (fwrite(record, sizeof *record, 1, journal->file) != 1)
        journal->failed = true;
}

int journal_flush(struct journal *journal, struct err *err)
{
    if (journal->file && fflush(journal->file) != 0)
        journal->failed = true;
    return journal->failed ? err_set(err, ERR_ENVIRONMENT, "the journal could not be written") : 0;
}

void journal_close(struct journal *journal)
{
    if (journal->file)
        fclose(journal->file);
    journal->file = NULL;
}

void journal_fill(struct journal_record *record, const struct framer_event *event)
{
    size_t tag = event->length < sizeof record->tag ? event->length : sizeof record->tag;
    record->values_count = (uint8_t)(event->values.count < 255 ? event->values.count : 255);
    for (unsigned i = 0; i < event->values.count && i < VALUES_MAX; i++) {
        record->value_kinds[i] = (uint8_t)event->values.v[i].kind;
        record->values[i] = event->values.v[i].number;
    }
    record->tag_length = (uint8_t)tag;
    if (tag)
        memcpy(record->tag, event->text, tag);
}
