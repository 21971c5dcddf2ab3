/* Change points: where a series shifts to another level and stays there.
 *
 * The statistic is that of D. M. Hawkins and Q. Deng, "A nonparametric change-point control chart",
 * Journal of Quality Technology 42 (2010), 165-173, applied to a whole series at once as in
 * G. J. Ross, "Parametric and nonparametric sequential change detection in R: the cpm package",
 * Journal of Statistical Software 66 (2015), section 2: the greatest standardised Mann-Whitney
 * statistic over all places to cut. It goes by ranks, so that one run that took a minute is one
 * that was the slowest, no more.
 *
 * Whether that is much is told by the same series in random orders: a cut counts when at most 9
 * of 999 shuffled series have a greater one or its equal. So a series of values that come in no
 * order (independent of one another, or exchangeable), of whatever distribution, ties included, is
 * cut with a probability of at most 10 / 1000 = 1 %; test_change_point.c measures it. Counting ends
 * with the tenth (J. Besag and P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78
 * (1991), 301-304), which changes no decision. A series that was cut is looked at again on either
 * side (binary segmentation: L. Yu. Vostrikova, 1981), each part at the same 1 %.
 *
 * Values that follow one another, as on a machine that is busy for an hour, are cut more often than
 * that. Pure: the shuffles come from a fixed seed, so that the same series has the same answer. */
#ifndef MODEL_CHANGE_POINT_H
#define MODEL_CHANGE_POINT_H

#include <stddef.h>

enum {
    CHANGE_SERIES_MAX = 500, /* of a longer series the last so many are looked at */
    CHANGE_SERIES_MIN = 10,  /* no cut of a shorter one could be told from chance */
    CHANGE_EDGE = 3,         /* values on either side of a cut, at least */
    CHANGES_MAX = 32,
};

struct change {
    size_t at;            /* the first value after it */
    double before, after; /* medians from the cut before it, and up to the cut after it */
};

/* Fills ret_changes in order and tells how many: at most CHANGES_MAX. */
unsigned change_points(const double *values, size_t count, struct change *ret_changes);

/* The middle one, or between the two in the middle; values are sorted in place. count > 0. */
double change_median(double *values, size_t count);

#endif
