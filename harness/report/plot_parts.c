/* The frame of a plot: its axes, and the two areas that it is drawn in. */
#include "report/plot_parts.h"

#include "report/escape.h"

/* What a script needs to label a part of the x axis. */
static void add_axis(struct text *out, const struct plot *plot)
{
    text_addf(out,
              "<div class=\"plot\" data-x=\"%s\" data-low=\"%.9g\" data-high=\"%.9g\" data-unit=\"%g\" "
              "data-suffix=\"%s\">",
              plot->link, plot->x.low, plot->x.high, plot->x.unit, plot->x.suffix);
}

void plot_open(struct text *out, const struct plot *plot, const char *label)
{
    double total = PLOT_TOP + plot->height + (plot->labels ? PLOT_FOOT : 8);
    add_axis(out, plot);
    svg_y_axis(out, &plot->y, PLOT_TOP, plot->height, total);
    text_addf(out, "<svg class=\"area\" width=\"100%%\" height=\"%g\" role=\"img\" aria-label=\"", total);
    escape_html(out, label);
    text_add_string(out, "\">");
    svg_y_grid(out, &plot->y, PLOT_TOP, plot->height);
    text_addf(out,
              "<svg class=\"in\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%g\" viewBox=\"0 0 1000 %g\" "
              "preserveAspectRatio=\"none\">",
              PLOT_TOP, plot->height, plot->height);
}

void plot_round(struct text *out)
{
    text_add_string(out, "</svg>");
}

void plot_close(struct text *out, const struct plot *plot)
{
    if (plot->labels) {
        text_add_string(out, "<g class=\"xa\">");
        svg_x_axis(out, &plot->x, PLOT_TOP + plot->height);
        text_add_string(out, "</g>");
    }
    text_add_string(out, "</svg></div>");
}
