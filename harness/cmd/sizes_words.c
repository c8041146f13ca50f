/* `seep help sizes`: what is read at most, and what becomes of more. Rows are tried in tests/faults/hostile-*.t.
 * Not tried: --secrets, a metrics file of 1 GiB, a snapshot of 512 MiB. */
#include "cmd/topics.h"

const char sizes_intro[] = "What is read at most, and what becomes of more. None of it depends on how\n"
                           "long a recording or a run is: what is longer is counted, refused in one line,\n"
                           "or a gap with its reason, in bounded memory.\n";

const struct term sizes_terms[] = {
    {NULL, "Recorded traffic"},
    {"a line of a log", "1 MiB; a longer one is skipped and counted (line too long)."},
    {"a record", "32 MiB, of a HAR, a recording, GoReplay and others; a larger one is skipped and counted. "
                 "While one is read it may take 1 GiB."},
    {"headers",
     "256 of a request; one with more is skipped and counted, and an error in a recording of a service "
     "directory."},
    {"JSON", "2,048 levels deep; deeper is not JSON."},
    {"endpoints",
     "What is learned takes some 40 MiB, however many paths there are: then rare ones become one."},
    {"--routes", "16 MiB; YAML in it 32 levels deep, without anchors, 1,000 bytes each route."},
    {"--secrets", "100,000 values, 64 MiB."},
    {NULL, "Scenarios"},
    {"a YAML file", "1 MiB, 32 levels deep, 16,384 keys in a map, without anchors and aliases."},
    {NULL, "Answers to a replay"},
    {"a header",
     "64 KiB and 256 fields, with its trailer; 32 interim answers (1xx); in HTTP/2 what libcurl reads. "
     "More: the request has failed, and the result says why."},
    {"a body",
     "Of any length, while `timeout` lasts: it is not kept. Where something is captured of it or expected, "
     "1 MiB is looked at, unpacked."},
    {"a chunk", "Its line has 1 KiB and its size 63 bits at most."},
    {"cookies", "50 of a session, 4 KiB each: the oldest goes."},
    {NULL, "What is watched"},
    {"a signal's page",
     "64 MiB, its header 300 KiB, within 30 s: else a gap. Where none came within that time the next "
     "is waited for half as long, down to 2 s."},
    {"a snapshot", "64 MiB by HTTP, 256 MiB from an agent, 512 MiB unpacked, 1,048,576 sites."},
    {"an agent", "1 MiB each reading, within 30 s: else a gap."},
    {NULL, "Production"},
    {"an answer",
     "256 MiB unpacked, 256 labels of a series, 67,108,864 values on the grid: more is an error."},
    {"a file", "1 GiB."},
    {NULL, "Who comes by the network"},
    {"the live page",
     "32 connections, 12 that follow, 8 KiB of a header, 1 MiB that is not taken: then it is closed."},
    {"seep record", "8,192 clients, 64 KiB and 256 fields of a header, 64 KiB of each way that wait."},
    {NULL, NULL},
};
