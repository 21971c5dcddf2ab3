/* How SQLite's files are opened to be read: nothing is made beside them. Any thread. */
#ifndef STORE_SQLITE_READER_H
#define STORE_SQLITE_READER_H

/* The name of a VFS that is SQLite's own, but makes no write-ahead log: where the last of a
 * service's connections has closed the log is gone, and SQLite would make an empty one even for a
 * reader. */
const char *sqlite_reader(void);

#endif
