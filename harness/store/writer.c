#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/text.h"

/* Names live as long as the writer: there are as many as endpoints and signals, not as rows. */
struct known_name {
    struct name name;
    UT_hash_handle hh;
};

struct writer {
    pthread_mutex_t lock;
    pthread_cond_t work, progress; /* for the thread; for those who wait for it */
    pthread_t thread;
    bool stop;
    struct row *rows; /* a ring of WRITER_CAPACITY */
    size_t head, count;
    uint64_t put, handled, wanted, waits; /* rows; `wanted`: a flush waits for that many */
    struct known_name *names;
    struct err err;        /* the first error */
    struct row_writer out; /* the thread's own */
};

#define LOCKED_TRIES 2 /* each waits for the busy time-out of sql.c */

enum { WRITTEN = 0, FAILED = -1, LOCKED = -2 };

static int write_batch(struct writer *writer, size_t head, size_t count, struct err *err)
{
    const struct sql *sql = &writer->out.sql;
    if (sql_exec(sql, "BEGIN IMMEDIATE", err) < 0)
        return sqlite3_errcode(sql->db) == SQLITE_BUSY ? LOCKED : FAILED;
    for (size_t i = 0; i < count; i++)
        if (row_write(&writer->out, &writer->rows[(head + i) % WRITER_CAPACITY], err) < 0)
            goto failed;
    if (roll_up(&writer->out.roll, sql, err) < 0)
        goto failed;
    if (sql_exec(sql, "COMMIT", err) == 0)
        return WRITTEN;
failed:
    /* A full disk may have rolled back already: then this fails, and nothing is lost by it. */
    sql_exec(sql, "ROLLBACK", NULL);
    return FAILED;
}

/* Somebody else's lock is waited for as long as there is room for rows; after that, and when somebody waits
 * for us, a little longer. Called with the lock held. */
static bool may_wait(const struct writer *writer, unsigned tries)
{
    bool room = writer->count < WRITER_CAPACITY && !writer->stop && writer->wanted <= writer->handled;
    return room || tries < LOCKED_TRIES;
}

/* Names found within a transaction that was rolled back are not there. */
static void forget_ids(struct writer *writer)
{
    for (struct known_name *known = writer->names; known != NULL; known = known->hh.next)
        known->name.id = 0;
}

/* Rows come one at a time, commits cost a write to the disk: gathers for up to a second unless somebody waits
 * or half of the queue is full. Called and returns with the lock held. */
static void gather(struct writer *writer)
{
    while (writer->count == 0 && !writer->stop)
        pthread_cond_wait(&writer->work, &writer->lock);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    while (writer->count < WRITER_CAPACITY / 2 && !writer->stop && writer->wanted <= writer->handled)
        if (pthread_cond_timedwait(&writer->work, &writer->lock, &until) != 0)
            break;
}

static void *write_rows(void *argument)
{
    struct writer *writer = argument;
    unsigned tries = 0;
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        gather(writer);
        size_t count = writer->count, head = writer->head;
        if (count == 0)
            break;
        pthread_mutex_unlock(&writer->lock);
        struct err err = {ERR_NONE, ""};
        int status = write_batch(writer, head, count, &err);
        if (status == LOCKED) {
            pthread_mutex_lock(&writer->lock);
            if (may_wait(writer, ++tries))
                continue;
            pthread_mutex_unlock(&writer->lock);
        }
        tries = 0;
        for (size_t i = 0; i < count; i++)
            row_release(&writer->rows[(head + i) % WRITER_CAPACITY]);
        pthread_mutex_lock(&writer->lock);
        if (status < 0)
            forget_ids(writer);
        if (status < 0 && writer->err.code == ERR_NONE)
            writer->err = err;
        writer->count -= count;
        /* Once empty it begins anew: a ring that is gone round touches all of its memory, little by little. */
        writer->head = writer->count > 0 ? (head + count) % WRITER_CAPACITY : 0;
        writer->handled += count;
        pthread_cond_broadcast(&writer->progress);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

static int start_thread(struct writer *writer, struct err *err)
{
    /* Signals are for the loop that looks at them. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&writer->thread, NULL, write_rows, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status == 0 ? 0
                       : err_set(err, ERR_INTERNAL, "cannot start the store's thread: %s", strerror(status));
}

static void release(struct writer *writer)
{
    struct known_name *known, *next;
    HASH_ITER(hh, writer->names, known, next)
    {
        HASH_DEL(writer->names, known);
        free(known->name.text);
        free(known);
    }
    pthread_mutex_destroy(&writer->lock);
    pthread_cond_destroy(&writer->work);
    pthread_cond_destroy(&writer->progress);
    free(writer->rows);
    free(writer);
}

struct writer *writer_new(const char *path, struct err *err)
{
    struct writer *writer = xcalloc(1, sizeof *writer);
    writer->rows = xcalloc(WRITER_CAPACITY, sizeof *writer->rows);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->work, &monotonic);
    pthread_cond_init(&writer->progress, NULL);
    pthread_condattr_destroy(&monotonic);
    if (row_writer_init(&writer->out, path, err) < 0) {
        release(writer);
        return NULL;
    }
    if (start_thread(writer, err) < 0) {
        row_writer_release(&writer->out);
        release(writer);
        return NULL;
    }
    return writer;
}

void writer_free(struct writer *writer)
{
    if (writer == NULL)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stop = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    row_writer_release(&writer->out);
    release(writer);
}

static struct name *intern(struct writer *writer, const char *text)
{
    struct known_name *known;
    HASH_FIND_STR(writer->names, text, known);
    if (known == NULL) {
        known = xcalloc(1, sizeof *known);
        known->name.text = xstrdup(text);
        HASH_ADD_KEYPTR(hh, writer->names, known->name.text, strlen(known->name.text), known);
    }
    return &known->name;
}

void writer_put(struct writer *writer, struct row *row_take, const char *name)
{
    pthread_mutex_lock(&writer->lock);
    if (writer->count == WRITER_CAPACITY)
        writer->waits++;
    while (writer->count == WRITER_CAPACITY)
        pthread_cond_wait(&writer->progress, &writer->lock);
    row_take->name = name != NULL ? intern(writer, name) : NULL;
    writer->rows[(writer->head + writer->count) % WRITER_CAPACITY] = *row_take;
    writer->count++;
    writer->put++;
    if (writer->count == 1 || writer->count == WRITER_CAPACITY / 2)
        pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
}

int writer_flush(struct writer *writer, struct err *err)
{
    pthread_mutex_lock(&writer->lock);
    uint64_t wanted = writer->put;
    if (writer->wanted < wanted)
        writer->wanted = wanted;
    pthread_cond_signal(&writer->work);
    while (writer->handled < wanted)
        pthread_cond_wait(&writer->progress, &writer->lock);
    struct err first = writer->err;
    pthread_mutex_unlock(&writer->lock);
    return first.code == ERR_NONE ? 0 : err_set(err, first.code, "%s", first.message);
}

int writer_error(struct writer *writer, struct err *err)
{
    pthread_mutex_lock(&writer->lock);
    struct err first = writer->err;
    pthread_mutex_unlock(&writer->lock);
    return first.code == ERR_NONE ? 0 : err_set(err, first.code, "%s", first.message);
}

uint64_t writer_waits(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    uint64_t waits = writer->waits;
    pthread_mutex_unlock(&writer->lock);
    return waits;
}
