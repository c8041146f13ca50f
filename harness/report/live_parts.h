/* Style and script of the page that follows a run. Only for live_*.c of this room. */
#ifndef SEEP_REPORT_LIVE_PARTS_H
#define SEEP_REPORT_LIVE_PARTS_H

extern const char live_style[], live_script[];

#endif
