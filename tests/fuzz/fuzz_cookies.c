/* Set-Cookie fields, a line each, into a jar ("@" in front: a target that is asked for instead): the jar stays within its
 * limits, and the Cookie line that it gives is one line, whose cookies are each name once per path. */
#include "replay/cookie_date.h"
#include "replay/jar.h"
#include "replay/set_cookie.h"

#include "fuzz.h"

static void ask(const struct jar *jar, struct span target, struct span recorded, int64_t now_s)
{
    struct asking asking = {target, true, now_s, 0};
    struct text out = TEXT_EMPTY;
    if (!jar_add_line(jar, &asking, recorded, &out))
        hold(out.length == 0);
    else {
        hold(text_starts_with(out.bytes, "Cookie: ") && text_ends_with(out.bytes, "\r\n"));
        if (recorded.bytes == NULL) {
            hold(strcspn(out.bytes, "\r\n") == out.length - 2);
            hold(out.length <= 8 + (JAR_BYTES + 2) * JAR_COOKIES + 2);
        }
    }
    text_release(&out);
}

FUZZ_TARGET(cookies)
{
    struct jar jar = {.items = NULL};
    struct span left = {(const char *)data, size}, target = {"/a/b", 4};
    int64_t now_s = 1700000000, when_s;
    while (left.length > 0) {
        struct span line = fuzz_line(&left);
        if (line.length > 1 && line.bytes[0] == '@') {
            target = (struct span){line.bytes + 1, line.length - 1};
            ask(&jar, target, (struct span){NULL, 0}, now_s);
            ask(&jar, target, (struct span){"a=1; b={{redacted:1f}}; c", 25}, now_s);
            continue;
        }
        jar_set(&jar, line, &(struct asking){target, line.length % 2 == 0, now_s++, 0});
        hold(jar.count <= JAR_COOKIES);
        cookie_date(line.bytes, line.length, &when_s);
    }
    ask(&jar, target, (struct span){NULL, 0}, now_s);
    for (size_t i = 0; i < jar.count; i++)
        hold(jar.items[i].pair + jar.items[i].path <= JAR_BYTES && jar.items[i].name < jar.items[i].pair);
    jar_clear(&jar);
    jar_release(&jar);
    return 0;
}
