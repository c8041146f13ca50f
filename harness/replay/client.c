#include "replay/client.h"

bool client_is_blank(const struct client *client)
{
    for (size_t i = 0; i < client->variables.count; i++)
        if (client->variables.items[i].state != VALUE_NONE)
            return false;
    return client->jar.count == 0 && client->set_up == SET_UP_NOT && client->failures == 0;
}

void client_clear(struct client *client)
{
    jar_clear(&client->jar);
    variables_clear(&client->variables);
    client->set_up = SET_UP_NOT;
    client->failures = client->times = 0;
}

void client_release(struct client *client)
{
    jar_release(&client->jar);
    variables_release(&client->variables);
    *client = (struct client){.times = 0};
}
