/* What the class histogram of a JVM says in all. */
#ifndef SEEP_SAMPLE_JVM_H
#define SEEP_SAMPLE_JVM_H

/* The line "Total  140313  5622440". -1: there is none, the histogram has no end. */
int jvm_parse_total(const char *histogram, double *objects, double *bytes);

#endif
