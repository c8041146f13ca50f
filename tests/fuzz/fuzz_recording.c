/* libFuzzer: a line of a recording; what is read is written again and read as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request, again;
    struct text line = TEXT_EMPTY, second = TEXT_EMPTY;
    struct err err = {0};
    size_t column;
    if (recording_parse((const char *)data, size, 0, &request, &column, &err) != 0)
        return 0;
    recording_line(&request, &line);
    if (recording_parse(line.bytes, line.length, 0, &again, &column, &err) != 0)
        abort();
    recording_line(&again, &second);
    if (line.length != second.length || memcmp(line.bytes, second.bytes, line.length) != 0)
        abort();
    request_release(&request);
    request_release(&again);
    text_release(&line);
    text_release(&second);
    return 0;
}
