#include "report/renderers.h"
int render_html(const struct report *report, FILE *out, struct err *err)
{
    (void)report, (void)out, (void)err;
    return 0;
}
