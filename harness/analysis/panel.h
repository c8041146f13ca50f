/* Production's history as rows that a regression can take: memory, and what came since its stretch began. Pure. */
#ifndef SEEP_ANALYSIS_PANEL_H
#define SEEP_ANALYSIS_PANEL_H

#include "analysis/stretches.h"

/* Rows that follow one another, without a gap; of one stretch, or a part of one. */
struct panel_piece {
    size_t instance, first, count; /* rows [first, first + count) of the panel */
    double warm_s;                 /* so long after it began, or was first seen, the first row stands */
    size_t version;                /* so many deploys came before it */
};

struct panel {
    size_t endpoints, rows;
    double row_s; /* so long is a row */
    struct panel_piece *pieces;
    size_t piece_count;
    double *at_s;     /* rows: the middle of each, since the history's first row */
    double *memory;   /* rows: bytes, the least that was read: what collectors leave */
    double *requests; /* rows x endpoints: since the piece began, at the middle of the row */
    double *rates;    /* rows x endpoints: per second, within the row */
    double *peaks;    /* rows: per second, all endpoints, in the busiest step of the history within it */
    double *totals;   /* endpoints: of all rows */
    double *deploys;  /* since the history's first row, by time; pieces lie before, between and after them */
    size_t deploy_count;
};

struct holding {
    enum holds holds;
    size_t deploy; /* of panel.deploys, until or since which */
};

#define PANEL_ROWS_MOST 20000 /* longer histories get longer rows */
#define PANEL_ROWS_EACH 600   /* of an instance that was there all the time */
#define PANEL_ROWS_SHORT 40   /* at least, of one that lives as long as most do */
#define PANEL_LEAST 12        /* rows of a piece: shorter ones tell next to nothing */

/* What a process does at its start is not looked at: a tenth of the stretch, at most an hour. Requests that are not known
 * within a piece count as none came. Cost: cells of the history. */
void panel_init(struct panel *panel, const struct history *history, const struct stretches *stretches);
void panel_release(struct panel *panel);

bool panel_holds(size_t version, struct holding holding);
bool *panel_held(const struct panel *panel, struct holding holding); /* rows; the caller's */

/* Requests of all endpoints in this row, per second. */
double panel_rate(const struct panel *panel, size_t row);

/* When the first and the last row of any piece stand. No rows: 0. */
void panel_span(const struct panel *panel, double *from_s, double *to_s);

#endif
