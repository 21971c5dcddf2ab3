/* The tables of the contract, created when they are missing. Statements for libpq; text only. */
#ifndef COMMON_SCHEMA_H
#define COMMON_SCHEMA_H

/* Creates coupon and failed_event. Safe when several programs run it at the same instant: CREATE
 * TABLE IF NOT EXISTS alone is not, two of them can both find nothing and collide in pg_type, so
 * the whole thing holds an advisory lock. One simple query of several statements, thus one
 * transaction. */
extern const char SCHEMA_CONTRACT[];

/* What is sold by strategies stock and seat: stock, what is left of each item, and sale, its
 * orders. A seat is an item of which there is one: sale_once lets it be sold once. */
extern const char SCHEMA_STOCK[];
extern const char SCHEMA_SEAT[];

/* What coupon-consumer needs beside it: malformed_record. */
extern const char SCHEMA_CONSUMER[];

/* What --exactly-once needs: consumer_offset and the unique keys. Fails with SQLSTATE 23505 when
 * coupon already holds a user twice. */
extern const char SCHEMA_EXACT[];

#endif
