#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    char rest[40];
};

static struct node *nodes;
static char *buffers[64];

__attribute__((noinline)) void keep_node(void)
{
    struct node *node = malloc(sizeof *node);
    node->next = nodes;
    nodes = node;
}

__attribute__((noinline)) void keep_buffer(int i)
{
    buffers[i % 64] = realloc(buffers[i % 64], (size_t)(i + 1) * 100);
    memset(buffers[i % 64], 1, 100);
}

int main(int argc, char **argv)
{
    int calls = argc > 1 ? atoi(argv[1]) : 1000;
    for (int i = 0; i < calls; i++) {
        keep_node();
        keep_buffer(i);
    }
    return nodes == NULL;
}
