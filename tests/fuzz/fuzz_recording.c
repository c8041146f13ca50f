/* A line of a recording; what is read is written again and read as the same. */
#include "traffic/recording.h"

#include "fuzz.h"

FUZZ_TARGET(recording)
{
    struct request request, again;
    struct text line = TEXT_EMPTY, second = TEXT_EMPTY;
    struct err err = {0};
    size_t column;
    if (recording_parse((const char *)data, size, 0, &request, &column, &err) != 0)
        return 0;
    recording_line(&request, &line);
    hold(recording_parse(line.bytes, line.length, 0, &again, &column, &err) == 0);
    recording_line(&again, &second);
    hold(fuzz_same((struct span){line.bytes, line.length}, (struct span){second.bytes, second.length}));
    request_release(&request);
    request_release(&again);
    text_release(&line);
    text_release(&second);
    return 0;
}
