/* The same command of seep again and again in one process, as no user can: what one leaves behind, the next is held to.
 * Usage: again COUNT ARGUMENTS... Exit code: the last one's; 1 where another's was not the same. */
#include <stdio.h>
#include <stdlib.h>

int seep_main(int count, char **arguments); /* main() of seep, by its name in this program */

int main(int count, char **arguments)
{
    if (count < 3) {
        fputs("usage: again COUNT ARGUMENTS...\n", stderr);
        return 2;
    }
    int times = atoi(arguments[1]), code = 0;
    for (int i = 0; i < times; i++) {
        int ended = seep_main(count - 1, arguments + 1);
        if (i > 0 && ended != code)
            return 1;
        code = ended;
    }
    return code;
}
