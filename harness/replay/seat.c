#include "replay/seat.h"

#include <stdlib.h>

#define BYTES_KEPT ((size_t)16 << 10) /* of a request, for the next one */

void seats_init(struct seats *seats, size_t count, enum reuse reuse, struct wire *wire)
{
    *seats = (struct seats){
        .items = xcalloc(count, sizeof *seats->items), .count = count, .limit = count, .reuse = reuse};
    for (size_t i = 0; i < PLACE_COUNT; i++)
        TAILQ_INIT(&seats->places[i]);
    for (size_t i = 0; i < count; i++) {
        connection_init(&seats->items[i].connection, wire);
        TAILQ_INSERT_TAIL(&seats->places[PLACE_CLOSED], &seats->items[i], link);
    }
    seats->counts[PLACE_CLOSED] = count;
}

static void release_seat(struct seat *seat)
{
    connection_release(&seat->connection);
    text_release(&seat->bytes);
    reading_release(&seat->reading);
}

void seats_release(struct seats *seats)
{
    for (size_t i = 0; i < seats->count; i++)
        release_seat(&seats->items[i]);
    free(seats->items);
}

bool seats_full(const struct seats *seats)
{
    return seats->counts[PLACE_BUSY] >= seats->limit;
}

struct seat *seats_first(struct seats *seats, enum place place)
{
    return TAILQ_FIRST(&seats->places[place]);
}

static void move(struct seats *seats, struct seat *seat, enum place place)
{
    TAILQ_REMOVE(&seats->places[seat->place], seat, link);
    seats->counts[seat->place]--;
    seat->place = place;
    seats->counts[place]++;
    if (place == PLACE_BUSY)
        TAILQ_INSERT_TAIL(&seats->places[place], seat, link);
    else
        TAILQ_INSERT_HEAD(&seats->places[place], seat, link);
}

static void forget_session(struct seat *seat)
{
    if (seat->session != NULL && seat->session->seat == seat)
        seat->session->seat = NULL;
    seat->session = NULL;
}

struct session *seats_close_idle(struct seats *seats, struct seat *seat)
{
    struct session *session = seat->session;
    connection_close(&seat->connection);
    forget_session(seat);
    move(seats, seat, PLACE_CLOSED);
    return session;
}

/* A closed seat, if need be by closing the connection that has been idle for longest. */
static struct seat *make_room(struct seats *seats, struct session **evicted)
{
    size_t open = seats->count - seats->counts[PLACE_CLOSED];
    if (open < seats->limit)
        return seats_first(seats, PLACE_CLOSED);
    struct seat *oldest = TAILQ_LAST(&seats->places[PLACE_BOUND], seat_list);
    if (oldest == NULL)
        oldest = TAILQ_LAST(&seats->places[PLACE_IDLE], seat_list);
    *evicted = seats_close_idle(seats, oldest);
    return oldest;
}

struct seat *seats_take(struct seats *seats, struct session *session, struct session **evicted)
{
    bool own = seats->reuse == REUSE_SESSION && session != NULL;
    struct seat *seat = own ? session->seat : seats_first(seats, PLACE_IDLE);
    *evicted = NULL;
    if (seat == NULL)
        seat = make_room(seats, evicted);
    move(seats, seat, PLACE_BUSY);
    seat->session = session;
    if (session != NULL)
        session->seat = seat;
    return seat;
}

void seats_give_back(struct seats *seats, struct seat *seat)
{
    bool keep = seat->connection.reusable && seats->reuse != REUSE_NEVER;
    bool own = keep && seats->reuse == REUSE_SESSION && seat->session != NULL;
    seat->connection.busy = false;
    if (seat->bytes.capacity > BYTES_KEPT)
        text_release(&seat->bytes);
    if (!keep)
        connection_close(&seat->connection);
    if (!own)
        forget_session(seat);
    move(seats, seat, own ? PLACE_BOUND : keep ? PLACE_IDLE : PLACE_CLOSED);
}
