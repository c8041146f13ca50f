/* Files of this room that the Makefile builds in as strings: styles, scripts and what of a page is always the same. */
#ifndef SEEP_REPORT_BUILT_IN_H
#define SEEP_REPORT_BUILT_IN_H

extern const char html_css[], html_js[];              /* of a report's page */
extern const char live_html[], live_css[], live_js[]; /* of the page that follows a run */

#endif
