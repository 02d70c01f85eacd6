/* SPDX-License-Identifier: MIT */
#include "sqlite_power.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct power_file {
	sqlite3_file base;
	const char *path; /* SQLite keeps it */
	sqlite3_file *real;
};

static sqlite3_vfs *power_real;
static sqlite3_io_methods power_methods;

static struct power_file *
power_of(sqlite3_file *f)
{
	return (struct power_file *)f;
}

/* As a whole or not at all. */
static int
power_copy(const char *from, const char *to)
{
	char fresh[4096], piece[65536];
	FILE *in = fopen(from, "re"), *out;
	size_t n;

	snprintf(fresh, sizeof(fresh), "%s.new", to);
	out = in ? fopen(fresh, "we") : NULL;
	while (out && (n = fread(piece, 1, sizeof(piece), in)) > 0)
		if (fwrite(piece, 1, n, out) != n)
			abort();
	if (!out || fclose(out) != 0)
		abort();
	fclose(in);
	return rename(fresh, to);
}

static int
power_sync(sqlite3_file *f, int flags)
{
	struct power_file *p = power_of(f);
	char copy[4096];
	int r = p->real->pMethods->xSync(p->real, flags);

	if (r != SQLITE_OK || !p->path)
		return r;
	snprintf(copy, sizeof(copy), "%s.synced", p->path);
	return power_copy(p->path, copy) == 0 ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

/* ---- the rest is passed on ---- */

#define PASS(name, parameters, ...)                                            \
	static int power_##name parameters                                     \
	{                                                                      \
		sqlite3_file *real = power_of(f)->real;                        \
                                                                               \
		return real->pMethods->name(real, ##__VA_ARGS__);              \
	}

PASS(xRead, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), p, n, at)
PASS(xWrite, (sqlite3_file * f, const void *p, int n, sqlite3_int64 at), p, n,
    at)
PASS(xTruncate, (sqlite3_file * f, sqlite3_int64 size), size)
PASS(xFileSize, (sqlite3_file * f, sqlite3_int64 *size), size)
PASS(xLock, (sqlite3_file * f, int level), level)
PASS(xUnlock, (sqlite3_file * f, int level), level)
PASS(xCheckReservedLock, (sqlite3_file * f, int *ret), ret)
PASS(xFileControl, (sqlite3_file * f, int op, void *arg), op, arg)
PASS(xSectorSize, (sqlite3_file * f))
PASS(xDeviceCharacteristics, (sqlite3_file * f))
PASS(xShmMap,
    (sqlite3_file * f, int at, int n, int extend, void volatile **ret), at, n,
    extend, ret)
PASS(xShmLock, (sqlite3_file * f, int at, int n, int flags), at, n, flags)
PASS(xShmUnmap, (sqlite3_file * f, int unlink_it), unlink_it)

static void
power_xShmBarrier(sqlite3_file *f)
{
	sqlite3_file *real = power_of(f)->real;

	real->pMethods->xShmBarrier(real);
}

static int
power_xClose(sqlite3_file *f)
{
	sqlite3_file *real = power_of(f)->real;

	return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static sqlite3_io_methods power_methods = {
    .iVersion = 2,
    .xClose = power_xClose,
    .xRead = power_xRead,
    .xWrite = power_xWrite,
    .xTruncate = power_xTruncate,
    .xSync = power_sync,
    .xFileSize = power_xFileSize,
    .xLock = power_xLock,
    .xUnlock = power_xUnlock,
    .xCheckReservedLock = power_xCheckReservedLock,
    .xFileControl = power_xFileControl,
    .xSectorSize = power_xSectorSize,
    .xDeviceCharacteristics = power_xDeviceCharacteristics,
    .xShmMap = power_xShmMap,
    .xShmLock = power_xShmLock,
    .xShmBarrier = power_xShmBarrier,
    .xShmUnmap = power_xShmUnmap,
};

static int
power_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags,
    int *ret_flags)
{
	struct power_file *p = power_of(f);
	int r;

	p->path = path;
	p->real = (sqlite3_file *)(void *)(p + 1);
	r = power_real->xOpen(power_real, path, p->real, flags, ret_flags);
	f->pMethods = r == SQLITE_OK ? &power_methods : NULL;
	return r;
}

void
sqlite_power_install(void)
{
	static sqlite3_vfs vfs;

	power_real = sqlite3_vfs_find(NULL);
	vfs = *power_real;
	vfs.zName = "power";
	vfs.szOsFile += (int)sizeof(struct power_file);
	vfs.xOpen = power_open;
	vfs.pNext = NULL;
	sqlite3_vfs_register(&vfs, 1);
}

/* What was never synced need not be there. */
static void
power_lose_one(const char *path, int keep)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s.synced", path);
	if (keep)
		return;
	if (access(copy, F_OK) == 0)
		power_copy(copy, path);
	else
		unlink(path);
}

void
sqlite_power_lose(const char *database, unsigned keep)
{
	char path[4096];

	power_lose_one(database, keep & 1);
	snprintf(path, sizeof(path), "%s-wal", database);
	power_lose_one(path, keep & 2);
	snprintf(path, sizeof(path), "%s-shm", database);
	unlink(path); /* memory, by its nature */
}
