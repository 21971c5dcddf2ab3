/* The pages' fixed parts, made at build time from page/ and Debian's Chart.js. In between come, in
 * this order: the title, the body, and of a run's page the data of the charts. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stddef.h>

enum page_place {
    PAGE_BEFORE_TITLE,
    PAGE_BEFORE_BODY,
    PAGE_BEFORE_DATA,
    PAGE_END,
    INDEX_BEFORE_TITLE,
    INDEX_BEFORE_BODY,
    INDEX_END,
    PAGE_PIECES,
};

struct page_piece {
    const unsigned char *bytes;
    size_t size;
};

extern const struct page_piece page_pieces[PAGE_PIECES];

#endif
