#include "net/allow.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"
#include "net/authority.h"

/* IPv4 as the IPv6 address ::ffff:a.b.c.d, so that there is one kind of comparison and no way around it. */
struct network {
    uint8_t bytes[16];
    unsigned bits; /* of 128 */
    bool v6;       /* of IPv6 addresses alone: a short prefix would hold all of IPv4 as well */
};

struct allow {
    struct network *networks;
    size_t count;
    struct strings sockets; /* paths */
    bool started;           /* the last network is of allow_started() */
};

#define V4_BITS 96 /* what stands in front of an IPv4 address */

static const uint8_t mapped[V4_BITS / 8] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void map_v4(uint8_t bytes[16], const void *v4)
{
    memcpy(bytes, mapped, sizeof mapped);
    memcpy(bytes + sizeof mapped, v4, 4);
}

static bool bytes_of(uint8_t bytes[16], const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        map_v4(bytes, &v4.sin_addr);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        memcpy(bytes, &v6.sin6_addr, 16);
    } else {
        return false;
    }
    return true;
}

static void add(struct allow *allow, const uint8_t bytes[16], unsigned bits)
{
    allow->networks = xrealloc(allow->networks, (allow->count + 1) * sizeof *allow->networks);
    struct network *network = &allow->networks[allow->count++];
    memcpy(network->bytes, bytes, 16);
    network->bits = bits;
    network->v6 = bits < V4_BITS;
}

/* "24" of at most `most`; -1 if it is not such a number. */
static int prefix_bits(const char *text, int most)
{
    size_t length = strlen(text);
    if (length == 0 || length > 3 || strspn(text, "0123456789") != length)
        return -1;
    int bits = (int)strtol(text, NULL, 10);
    return bits <= most ? bits : -1;
}

/* An address or a CIDR. 1: added; 0: not of that form; -1: of that form, but wrong. */
static int add_numeric(struct allow *allow, const char *entry)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16], v4[4];
    const char *slash = strchr(entry, '/');
    size_t length = slash != NULL ? (size_t)(slash - entry) : strlen(entry);
    if (length >= sizeof text)
        return slash != NULL ? -1 : 0;
    snprintf(text, sizeof text, "%.*s", (int)length, entry);
    bool is_v4 = inet_pton(AF_INET, text, v4) == 1;
    if (is_v4)
        map_v4(bytes, v4);
    else if (inet_pton(AF_INET6, text, bytes) != 1)
        return slash != NULL ? -1 : 0;
    int most = is_v4 ? 32 : 128, bits = slash != NULL ? prefix_bits(slash + 1, most) : most;
    if (bits < 0)
        return -1;
    add(allow, bytes, (unsigned)(bits + 128 - most));
    return 1;
}

static struct addrinfo *resolve(const char *host, const char *port, int *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    *error = getaddrinfo(host, port, &hints, &found);
    return *error == 0 ? found : NULL;
}

static int add_host(struct allow *allow, const char *entry, struct err *err)
{
    uint8_t bytes[16];
    struct in_addr other;
    int error;
    /* "10.1" would resolve, to 10.0.0.1, and 0x7f.1 to 127.0.0.1, which nobody means. */
    if (entry[strspn(entry, "0123456789.")] == '\0' || inet_aton(entry, &other) != 0)
        return err_set(err, ERR_USAGE, "allow: '%s' is not an address, a CIDR or a host name", entry);
    struct addrinfo *found = resolve(entry, NULL, &error);
    if (found == NULL)
        return err_set(err, ERR_USAGE, "allow: '%s': %s", entry, gai_strerror(error));
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        if (bytes_of(bytes, at->ai_addr))
            add(allow, bytes, 128);
    freeaddrinfo(found);
    return 0;
}

static int add_socket(struct allow *allow, const char *entry, struct err *err)
{
    const char *path = unix_path(entry);
    if (path == NULL)
        return err_set(err, ERR_USAGE, "allow: '%s' is not a Unix socket (as in unix:/run/shop.sock)", entry);
    strings_add(&allow->sockets, path);
    return 0;
}

static int add_entry(struct allow *allow, const char *entry, struct err *err)
{
    if (text_starts_with(entry, UNIX_SCHEME))
        return add_socket(allow, entry, err);
    int numeric = add_numeric(allow, entry);
    if (numeric < 0)
        return err_set(err, ERR_USAGE, "allow: '%s' is not a CIDR (as in 10.1.0.0/16 or ::1/128)", entry);
    return numeric > 0 ? 0 : add_host(allow, entry, err);
}

struct allow *allow_new(const struct strings *entries, struct err *err)
{
    struct allow *allow = xcalloc(1, sizeof *allow);
    for (size_t i = 0; i < entries->count; i++)
        if (add_entry(allow, entries->items[i], err) != 0) {
            allow_free(allow);
            return NULL;
        }
    return allow;
}

int allow_started(struct allow *allow, const char *address, struct err *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    uint8_t bytes[16] = {0};
    bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
        return err_set(err, ERR_USAGE, "'%.60s' is not an address", address);
    bytes_of(bytes, is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6);
    if (allow->started)
        allow->count--;
    add(allow, bytes, 128);
    allow->started = true;
    return 0;
}

void allow_free(struct allow *allow)
{
    if (allow == NULL)
        return;
    free(allow->networks);
    strings_release(&allow->sockets);
    free(allow);
}

static bool within(const struct network *network, const uint8_t bytes[16])
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (network->v6 && memcmp(bytes, mapped, sizeof mapped) == 0)
        return false;
    if (memcmp(network->bytes, bytes, whole) != 0)
        return false;
    return rest == 0 || ((network->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
}

/* ${PORT} in the entry is another number in each trial. */
static bool same_path(const char *entry, const char *path)
{
    static const char port[] = "${PORT}";
    while (*entry != '\0') {
        if (text_starts_with(entry, port)) {
            size_t digits = strspn(path, "0123456789");
            if (digits == 0)
                return false;
            entry += sizeof port - 1;
            path += digits;
        } else if (*entry++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static bool permits_socket(const struct allow *allow, const struct sockaddr *address)
{
    struct sockaddr_un place;
    memcpy(&place, address, sizeof place);
    for (size_t i = 0; i < allow->sockets.count; i++)
        if (place.sun_path[0] == '/' && same_path(allow->sockets.items[i], place.sun_path))
            return true;
    return false;
}

bool allow_permits(const struct allow *allow, const struct sockaddr *address)
{
    uint8_t bytes[16];
    if (allow != NULL && address->sa_family == AF_UNIX)
        return permits_socket(allow, address);
    if (allow == NULL || !bytes_of(bytes, address))
        return false;
    for (size_t i = 0; i < allow->count; i++)
        if (within(&allow->networks[i], bytes))
            return true;
    return false;
}
