/* The page's style sheet and its script, html.css and html.js, as the Makefile builds them in. */
#ifndef SEEP_REPORT_HTML_BUILT_IN_H
#define SEEP_REPORT_HTML_BUILT_IN_H

extern const char html_css[], html_js[];

#endif
