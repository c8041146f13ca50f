#include "report/live_page.h"

#include "report/built_in.h"

void live_page(struct text *out, const char *nonce)
{
    text_add_string(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                         "<title>seep</title>\n<link rel=\"icon\" href=\"data:,\">\n");
    text_addf(out, "<style nonce=\"%s\">\n", nonce);
    text_add_string(out, live_css);
    text_add_string(out, "</style>\n</head>\n<body>\n");
    text_add_string(out, live_html);
    text_addf(out, "<script nonce=\"%s\">\n", nonce);
    text_add_string(out, live_js);
    text_add_string(out, "</script>\n</body>\n</html>\n");
}

void live_page_policy(struct text *out, const char *nonce)
{
    text_addf(out,
              "default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; connect-src 'self'; "
              "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
              nonce, nonce);
}
