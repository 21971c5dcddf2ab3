/* The stores: STORE(name) for store_name of name.c. Included by whoever makes a table of them. */

STORE(postgres)
STORE(mysql)
STORE(redis)
STORE(sqlite)
STORE(http)
STORE(command)
