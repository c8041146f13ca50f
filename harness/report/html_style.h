/* The page's style sheet. Only for html.c. */
#ifndef SEEP_REPORT_HTML_STYLE_H
#define SEEP_REPORT_HTML_STYLE_H

extern const char html_style[];

#endif
