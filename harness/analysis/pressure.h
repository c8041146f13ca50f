/* Peak pressure: what memory reached under load, told apart from what it keeps. */
#ifndef SEEP_ANALYSIS_PRESSURE_H
#define SEEP_ANALYSIS_PRESSURE_H

enum pressure {
    PRESSURE_UNKNOWN,     /* the peak was not read, or there is nothing to hold it against */
    PRESSURE_LOW,         /* what it reached is about what it keeps */
    PRESSURE_HIGH,        /* a container sized on what it keeps dies on what it reaches */
    PRESSURE_ABOVE_LIMIT, /* it reached more than memory_limit: that container dies */
};

/* Both must hold: the factor alone would name small servers, the amount alone large ones that breathe. 1.5 is above
 * what is usually added to a container for safety, and above what a copying collector or a decoder of images needs for
 * a moment; 32 MiB is what an interpreter's start and the pages of its files make of noise. */
#define PRESSURE_FACTOR 1.5
#define PRESSURE_BYTES (32.0 * 1024 * 1024)

/* reached_bytes: the highest resident memory; kept_bytes: the same measure once the load had settled; of one server.
 * memory_limit_bytes: 0: not given. What is NaN is not known. */
enum pressure pressure_of(double reached_bytes, double kept_bytes, double memory_limit_bytes);

#endif
