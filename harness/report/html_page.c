/* The frame of a page: what it may load, which is nothing but its own style and script, and its two ends. */
#include <stdlib.h>

#include "base/digest.h"
#include "report/built_in.h"
#include "report/html_parts.h"

/* Nothing that is not named here by its digest runs or is applied, and no script can turn text into markup. */
static void add_policy(struct text *out)
{
    char *style = digest_source(html_css), *script = digest_source(html_js);
    text_addf(out,
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; "
              "script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'; "
              "require-trusted-types-for 'script'; trusted-types 'none'\">\n",
              style, script);
    free(style);
    free(script);
}

void html_begin(struct text *out, const struct text *title)
{
    text_add_string(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    add_policy(out);
    text_add_string(
        out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"generator\" content=\"seep\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    html_escaped(out, title);
    text_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n", html_css);
}

void html_end(struct text *out)
{
    text_addf(out, "</main>\n<script>%s</script>\n</body>\n</html>\n", html_js);
}

int html_write(struct text *page_take, FILE *out, struct err *err)
{
    size_t written = fwrite(page_take->bytes, 1, page_take->length, out);
    bool whole = written == page_take->length;
    text_release(page_take);
    return whole ? 0 : err_set(err, ERR_INTERNAL, "cannot write the page");
}
