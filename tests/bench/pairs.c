/* Allocates and frees a block of 40 bytes, as often as is asked: what a preloaded allocator costs. Usage: pairs COUNT */
#include <stdlib.h>

int main(int count, char **arguments)
{
    long left = count > 1 ? atol(arguments[1]) : 0;
    while (left-- > 0) {
        void *volatile block = malloc(40);
        free(block);
    }
    return 0;
}
