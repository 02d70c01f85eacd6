/* SPDX-License-Identifier: MIT */
/*
 * gotofs reclaim: candidates of reclaim/ into approved/, as mv would do it.
 * What --all would do beyond the limit is asked before, because the one beyond
 * takes back all that is held.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/json.h"
#include "gotofs/list.h"
#include "gotofs/text.h"
#include "progress.h"
#include "value.h"

#define RECLAIM_FILE_BYTES (64 * 1024)

const struct cmd_option reclaim_cmd_options[] = {
    {'a', "all", NULL, "all candidates of each LICENSE"},
    {'m', "max", "N", "with --all: the N that were inactive longest"},
    {'n', "dry-run", NULL, "list them, and why; approve nothing"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

struct seat {	    /* that is to be reclaimed */
	char *path; /* "gotowebinar-pro/kim@example.com.json" */
	struct timespec used;
};

struct reclaim {
	const char *dir;
	struct find find;
	bool all, dry_run;
	int64_t max; /* 0: as many as there are */
	struct seat *seat;
	size_t n;
	size_t refused_n;
	struct json *status; /* the daemon's; NULL: not asked yet */
};

static void
reclaim_done(struct reclaim *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->seat[i].path);
	free(r->seat);
	json_free(r->status);
	find_done(&r->find);
}

/* ---- which ---- */

static int
reclaim_add(struct reclaim *r, char *path, const struct timespec *used)
{
	struct seat *grown = list_grow(r->seat, r->n, sizeof(*grown));

	if (grown)
		r->seat = grown;
	if (!path || !grown) {
		free(path);
		return -ENOMEM;
	}
	r->seat[r->n++] = (struct seat){path, *used};
	return 0;
}

static char *
reclaim_file(const struct reclaim *r, const char *path)
{
	return text_printf("%s/reclaim/%s", r->find.mountpoint, path);
}

/* LICENSE/ADDRESS, with or without ".json". */
static int
reclaim_add_name(struct reclaim *r, const char *operand, struct err *err)
{
	const char *slash = strchr(operand, '/');
	char *path;

	if (!slash || slash == operand || !slash[1] || strchr(slash + 1, '/'))
		return err_set(err, -EINVAL,
		    "\"%s\" is no LICENSE/ADDRESS; --all takes a LICENSE",
		    operand);
	path = text_printf(
	    "%s%s", operand, text_ends(operand, ".json") ? "" : ".json");
	return reclaim_add(r, path, &(struct timespec){0}) < 0 ? err_nomem(err)
							       : 0;
}

static int
reclaim_older(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int
reclaim_read_folder(struct reclaim *r, const char *license, DIR *d)
{
	struct dirent *e;
	struct stat st;
	int e_r = 0;

	while (e_r == 0 && (e = readdir(d)))
		if (text_ends(e->d_name, ".json") &&
		    fstatat(dirfd(d), e->d_name, &st, 0) == 0)
			e_r = reclaim_add(r,
			    text_printf("%s/%s", license, e->d_name),
			    &st.st_mtim);
	return e_r;
}

/* All of one license, who was inactive longest first. */
static int
reclaim_add_all(struct reclaim *r, const char *license, struct err *err)
{
	AUTO(text_done) char *path = reclaim_file(r, license);
	size_t from = r->n;
	int e;
	DIR *d;

	if (strchr(license, '/') || !*license)
		return err_set(err, -EINVAL,
		    "\"%s\" is no license: --all takes their names", license);
	d = path ? opendir(path) : NULL;
	if (!d)
		return err_set(err, -ENOENT, "reclaim/%s: %s", license,
		    strerror(path ? errno : ENOMEM));
	e = reclaim_read_folder(r, license, d);
	closedir(d);
	if (e < 0)
		return err_nomem(err);
	if (r->n > from)
		qsort(r->seat + from, r->n - from, sizeof(*r->seat),
		    reclaim_older);
	while (r->max && r->n > from + (size_t)r->max)
		free(r->seat[--r->n].path);
	return 0;
}

/* ---- how many may ---- */

static int
reclaim_ask_status(struct reclaim *r, struct err *err)
{
	AUTO(find_done) struct find f = FIND_NONE;

	return r->status ? 0
			 : call_daemon(r->find.mountpoint, "status", 0, &f,
			       &r->status, err);
}

/* The rest of the limit of ten minutes, and what `gotofs allow` has let. */
static int
reclaim_left(struct reclaim *r, const char *license, int64_t *ret_limit,
    int64_t *ret_left, struct err *err)
{
	AUTO(text_done) char *name = text_printf("reclaim/%s", license);
	const struct json *guard, *limit;
	int e = name ? reclaim_ask_status(r, err) : err_nomem(err);

	if (e < 0)
		return e;
	*ret_limit = *ret_left = INT64_MAX;
	if (json_get_bool(json_get(r->status, "status"), "dryRun", false))
		return 0; /* its plan tells */
	guard = json_get(json_get(r->status, "status"), "guard");
	limit = json_get(json_get(guard, "limits"), name);
	*ret_limit = json_get_int(limit, "limit", 0);
	*ret_left = *ret_limit - json_get_int(limit, "held", 0) -
		    json_get_int(limit, "sent", 0);
	if (*ret_left < 0)
		*ret_left = 0;
	*ret_left += json_get_int(json_get(guard, "allowance"), "left", 0);
	return 0;
}

/* Of this one license, from the i-th on. */
static size_t
reclaim_count(const struct reclaim *r, size_t i, size_t n)
{
	size_t k = i;

	while (k < r->n && strncmp(r->seat[k].path, r->seat[i].path, n) == 0)
		k++;
	return k - i;
}

static int
reclaim_check_limits(struct reclaim *r, struct err *err)
{
	size_t i, n;

	for (i = 0; i < r->n; i += n) {
		size_t bytes = strcspn(r->seat[i].path, "/");
		AUTO(text_done)
		char *license = strndup(r->seat[i].path, bytes);
		int64_t limit = 0, left = 0;
		int e;

		n = reclaim_count(r, i, bytes + 1);
		e = license ? reclaim_left(r, license, &limit, &left, err)
			    : err_nomem(err);
		if (e < 0)
			return e;
		if ((int64_t)n > left)
			return err_set(err, -EDQUOT,
			    "reclaim/%s: %zu candidates, of which %lld may be "
			    "reclaimed now (%lld within 10 minutes): nothing "
			    "was approved; --max N takes the N that were "
			    "inactive longest, gotofs allow lets more go",
			    license, n, (long long)left, (long long)limit);
	}
	return 0;
}

/* ---- what is done with them ---- */

/* Of one that is not there: which it is not, the daemon knows; *ret stays where
 * it does not answer. */
static void
reclaim_ask_why(const struct reclaim *r, const char *path, struct err *ret)
{
	AUTO(json_done) struct json *request = json_new_object();
	AUTO(json_done) struct json *answer = NULL;
	AUTO(find_done) struct find f = FIND_NONE;

	if (request && json_set_str(request, "command", "reclaim-why") == 0 &&
	    json_set_str(request, "seat", path) == 0)
		call_ask(r->find.mountpoint, request, &f, &answer, ret);
}

/* What errors/ says of it, the daemon, or the system. */
static void
reclaim_refused(struct reclaim *r, const char *path, int code)
{
	struct err err = ERR_NONE;
	AUTO(buf_done) struct buf text = BUF_MAX(RECLAIM_FILE_BYTES);
	AUTO(text_done)
	char *record = text_printf(
	    "%s/.gotofs/errors/reclaim/%s.txt", r->find.mountpoint, path);
	const char *why = strerror(code), *line;

	/* nobody wrote that for a name that is not there */
	if (code == ENOENT)
		reclaim_ask_why(r, path, &err);
	if (err.code)
		why = err.msg;
	else if (record && code != ENOENT && file_read(record, &text) == 0 &&
		 (line = strchr(buf_str(&text), '\n')))
		why = line + 1;
	printf("reclaim/%s: %.*s\n", path, (int)strcspn(why, "\n"), why);
	r->refused_n++;
}

static void
reclaim_show(struct reclaim *r, const char *path)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECLAIM_FILE_BYTES);
	AUTO(json_done) struct json *j = NULL;
	AUTO(text_done) char *file = reclaim_file(r, path);
	int e = file ? file_read(file, &text) : -ENOMEM;
	const char *reason;

	if (e == 0)
		e = json_parse(text.data, text.len, &j, NULL);
	if (e < 0) {
		reclaim_refused(r, path, -e);
		return;
	}
	reason = json_get_str(j, "reason");
	printf("reclaim/%s: %s\n", path, reason ? reason : "");
}

static void
reclaim_approve(struct reclaim *r, const char *path)
{
	const char *slash = strchr(path, '/');
	AUTO(text_done) char *from = reclaim_file(r, path);
	AUTO(text_done)
	char *to = text_printf("%s/reclaim/%.*s/approved/%s",
	    r->find.mountpoint, (int)(slash - path), path, slash + 1);
	int e = from && to ? 0 : ENOMEM;

	if (e == 0 && rename(from, to) < 0)
		e = errno;
	if (e)
		reclaim_refused(r, path, e);
}

static int
reclaim_run(struct reclaim *r)
{
	struct progress p;
	size_t i;

	progress_init(&p, stderr);
	for (i = 0; i < r->n; i++) {
		if (r->dry_run) {
			reclaim_show(r, r->seat[i].path);
			continue;
		}
		progress_show(&p, "seats", (long)i, (long)r->n);
		reclaim_approve(r, r->seat[i].path);
	}
	progress_clear(&p);
	fflush(stdout);
	if (r->refused_n > 0)
		fprintf(stderr, "gotofs: %s: %zu of %zu candidate%s refused\n",
		    r->dir, r->refused_n, r->n, r->n == 1 ? " was" : "s were");
	return r->refused_n ? CMD_FAILED : CMD_OK;
}

static void
reclaim_sum_up(const struct reclaim *r)
{
	size_t n = r->n - r->refused_n;

	if (r->dry_run)
		printf("%zu candidate%s\n", n, n == 1 ? "" : "s");
	else if (n > 0)
		printf("%zu seat%s approved; gotofs sync %s takes %s and tells "
		       "what became of %s\n",
		    n, n == 1 ? " is" : "s are", r->dir, n == 1 ? "it" : "them",
		    n == 1 ? "it" : "them");
	else if (r->n == 0)
		puts("no candidates");
}

/* ---- the command ---- */

static int
reclaim_parse_max(const char *text, int64_t *ret, struct err *err)
{
	int r = value_removals(text, ret, err);

	return r < 0 || *ret > 0 ? r : err_set(err, -EINVAL, "at least one");
}

static int
reclaim_parse(struct args *a, struct reclaim *r)
{
	struct err err = ERR_NONE;
	int letter;

	while ((letter = args_next(a)) >= 0) {
		r->all = r->all || letter == 'a';
		r->dry_run = r->dry_run || letter == 'n';
		if (letter == 'm' &&
		    reclaim_parse_max(a->value, &r->max, &err) < 0) {
			a->exit_status =
			    args_refuse(a->cmd, "--max: %s", err.msg);
			return -EINVAL;
		}
	}
	if (letter != ARGS_END)
		return -EINVAL;
	if (!r->max || r->all)
		return 0;
	a->exit_status = args_refuse(a->cmd, "reclaim: --max goes with --all");
	return -EINVAL;
}

static int
reclaim_gather(struct reclaim *r, char *const *operand, struct err *err)
{
	int e = find_mount(r->dir, &r->find, err);

	for (; e == 0 && *operand; operand++)
		e = r->all ? reclaim_add_all(r, *operand, err)
			   : reclaim_add_name(r, *operand, err);
	if (e == 0 && r->all && !r->dry_run)
		e = reclaim_check_limits(r, err);
	return e;
}

int
cmd_reclaim(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(reclaim_done) struct reclaim r = {.find = FIND_NONE};
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;
	int status;

	if (reclaim_parse(&a, &r) < 0)
		return a.exit_status;
	r.dir = a.operands[0];
	if (reclaim_gather(&r, a.operands + 1, &err) < 0)
		return cmd_fail(&err);
	status = reclaim_run(&r);
	reclaim_sum_up(&r);
	return status;
}
