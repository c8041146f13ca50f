/* What Go's heap page says in all. */
#ifndef SEEP_SAMPLE_GO_H
#define SEEP_SAMPLE_GO_H

/* "# HeapObjects = N" and "# HeapAlloc = N" of /debug/pprof/heap?debug=1. -1: one is missing, or no number. */
int go_parse_heap(const char *page, double *objects, double *bytes);

#endif
