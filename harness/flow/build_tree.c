#include "flow/build_tree.h"

#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/build.h"

/* What is written by running, not by building. */
static const char *const directories_apart[] = {
    ".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".idea", ".vscode"};
static const char *const endings_apart[] = {
    ".pyc",        ".log",         ".pid",         ".sock",     ".lock",    ".db",         ".db-wal",
    ".db-shm",     ".tmp",         ".db-journal",  ".sqlite",   ".sqlite3", ".sqlite-wal", ".swp",
    ".sqlite-shm", ".sqlite3-wal", ".sqlite3-shm", ".coverage", "~"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Where seep keeps its store there are its reports too. */
static bool holds_store(const FTSENT *entry)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/seep.db", entry->fts_accpath);
    return length < (int)sizeof path && access(path, F_OK) == 0;
}

static bool directory_apart(const FTSENT *entry)
{
    if (entry->fts_level == FTS_ROOTLEVEL)
        return false;
    for (size_t i = 0; i < COUNT(directories_apart); i++)
        if (strcmp(entry->fts_name, directories_apart[i]) == 0)
            return true;
    return holds_store(entry);
}

static bool file_apart(const struct build_tree *tree, const char *name, const struct stat *status)
{
    for (size_t i = 0; i < COUNT(endings_apart); i++)
        if (text_ends_with(name, endings_apart[i]))
            return true;
    for (size_t i = 0; i < tree->apart_count; i++)
        if (tree->apart[i].device == status->st_dev && tree->apart[i].inode == status->st_ino)
            return true;
    return false;
}

static int too_large(const char *directory, const char *than, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s is too large to tell whether it changed: more than %s", directory,
                   than);
}

static int add_file(struct build_tree *tree, const char *directory, const FTSENT *entry,
                    const struct stat *status, struct err *err)
{
    if (file_apart(tree, entry->fts_name, status))
        return 0;
    if (++tree->files > BUILD_FILES_MOST)
        return too_large(directory, "20,000 files", err);
    if ((tree->bytes += status->st_size) > BUILD_BYTES_MOST)
        return too_large(directory, "256 MiB", err);
    digest_add_text(tree->digest, entry->fts_path + strlen(directory));
    digest_add_number(tree->digest, digest_add_file(tree->digest, entry->fts_accpath));
    return 0;
}

static int add_link(struct build_tree *tree, const char *directory, const FTSENT *entry, struct err *err)
{
    struct stat status;
    char text[PATH_MAX];
    if (stat(entry->fts_accpath, &status) == 0 && S_ISREG(status.st_mode))
        return add_file(tree, directory, entry, &status, err);
    ssize_t length = readlink(entry->fts_accpath, text, sizeof text);
    digest_add_text(tree->digest, entry->fts_path + strlen(directory));
    digest_add(tree->digest, text, length > 0 ? (size_t)length : 0);
    return 0;
}

static int add_entry(struct build_tree *tree, const char *directory, FTS *walk, FTSENT *entry,
                     struct err *err)
{
    switch (entry->fts_info) {
    case FTS_D:
        if (directory_apart(entry))
            fts_set(walk, entry, FTS_SKIP);
        return 0;
    case FTS_F:
        return add_file(tree, directory, entry, entry->fts_statp, err);
    case FTS_SL:
    case FTS_SLNONE:
        return add_link(tree, directory, entry, err);
    case FTS_DNR:
        digest_add_text(tree->digest, entry->fts_path + strlen(directory));
        return 0;
    default: /* sockets, devices, what went away meanwhile */
        return 0;
    }
}

int build_tree_add(struct build_tree *tree, const char *directory, struct err *err)
{
    char *root = xstrdup(directory);
    FTS *walk = fts_open((char *[]){root, NULL}, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    int status = walk != NULL ? 0 : err_set(err, ERR_USAGE, "%s cannot be read", directory);
    FTSENT *entry;
    digest_add_text(tree->digest, root);
    while (status == 0 && (entry = fts_read(walk)) != NULL)
        status = add_entry(tree, root, walk, entry, err);
    if (walk != NULL)
        fts_close(walk);
    free(root);
    return status;
}
