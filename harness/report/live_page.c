#include "report/live_page.h"

#include "report/live_parts.h"

static const char body[] =
    "<main>\n"
    "<h1 id=\"title\">seep</h1>\n"
    "<p class=\"dim\"><span id=\"what\"></span></p>\n"
    "<p id=\"answer\" role=\"status\">connecting</p>\n"
    "<ul id=\"findings\"></ul>\n"
    "<noscript><p>Following takes the script of this page; <a href=\"/report\">the report so far</a> "
    "does not.</p></noscript>\n"
    "<dl id=\"key\"></dl>\n"
    "<section><h2>Memory, and what else is watched, over time</h2><div id=\"plots\"></div></section>\n"
    "<section hidden><h2>Growth per request, as measured so far</h2><div class=\"wide\"><table id=\"g"
    "rowth\"><thead><tr><th scope=\"col\">mix</th><th scope=\"col\">step</th><th scope=\"col\">signal"
    "</th><th scope=\"col\">per request</th><th scope=\"col\">interval</th><th scope=\"col\">calls</t"
    "h><th scope=\"col\">verdict</th></tr></thead><tbody></tbody></table></div></section>\n"
    "<section hidden><h2>Endpoints</h2><div class=\"wide\"><table id=\"endpoints\"><thead><tr><th sco"
    "pe=\"col\">endpoint</th><th scope=\"col\">done</th><th scope=\"col\">failed</th><th scope=\"col"
    "\">skipped</th><th scope=\"col\">mean</th><th scope=\"col\">longest</th></tr></thead><tbody></tb"
    "ody></table></div><p id=\"more\" class=\"dim\"></p></section>\n"
    "<footer><span id=\"link\">connecting</span>. <a href=\"/report\">The report so far</a>, <a href="
    "\"/metrics\">metrics</a>.</footer>\n"
    "</main>\n";

void live_page(struct text *out, const char *nonce)
{
    text_add_string(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                         "<title>seep</title>\n<link rel=\"icon\" href=\"data:,\">\n");
    text_addf(out, "<style nonce=\"%s\">\n", nonce);
    text_add_string(out, live_style);
    text_add_string(out, "</style>\n</head>\n<body>\n");
    text_add_string(out, body);
    text_addf(out, "<script nonce=\"%s\">\n", nonce);
    text_add_string(out, live_script);
    text_add_string(out, "</script>\n</body>\n</html>\n");
}

void live_page_policy(struct text *out, const char *nonce)
{
    text_addf(out,
              "default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; connect-src 'self'; "
              "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
              nonce, nonce);
}
