/* SPDX-License-Identifier: MIT */
/*
 * conf (floor 6): the profile: which account, which token, which rules.
 *
 * An INI file, read strictly: an unknown section or key, a key given twice, a
 * bad value is refused with file and line and what is allowed.  Lines that
 * begin with ';' or '#' are comments, and so is what follows a blank and ';'
 * or '#' in a line; a value in double quotes keeps them, and knows \" \\ \n.
 * Errors: -ENOENT no such profile, -EINVAL, -EPERM, -EFBIG, -ENOMEM.
 */
#ifndef CMD_CONF_H
#define CMD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct conf {
	char *name; /* of the profile: "work" */
	char *file; /* where it was read from, absolute */
	/* [tenant] */
	char *account_key;
	char *api_url;
	char *connect_url;
	char *auth_url;
	char *state_dir; /* absolute */
	/* [auth] */
	char *client_id;
	char *client_secret_file; /* absolute, as the next two; may be NULL */
	char *pat_file;
	char *refresh_token_file;
	/* [guard] */
	char *protect;	    /* "a, b" */
	char *max_removals; /* NULL: the default */
	/* [invite] */
	char *send_mail; /* yes, no; NULL: yes */
	char *mail_subject;
	char *mail_text;
	/* [journal] */
	char *journal_max_size; /* "64M" */
	/* where a key was given, for messages: by row of the table; 0 absent */
	int lines[24];
};

#define CONF_NONE                                                              \
	{                                                                      \
		0                                                              \
	}

/* Finds, reads and checks the profile: a name, or a path with a '/' in it. */
int conf_load(const char *profile, struct conf *ret, struct err *err);
void conf_done(struct conf *c); /* for AUTO */
bool conf_send_mail(const struct conf *c);
/* When to rotate; 0: never. */
int64_t conf_journal_max_bytes(const struct conf *c);

/* ---- conf_ini.c ---- */

struct conf_line {
	const char *file;
	int number;
	const char *section; /* "" before the first */
	const char *key;
	const char *value; /* unquoted */
};
typedef int (*conf_line_fn)(
    void *ctx, const struct conf_line *line, struct err *err);
/* A section header is a line without a key.  text is changed. fn's errors get
 * "file:line" put before them. */
int conf_ini_parse(const char *file, char *text, size_t len, conf_line_fn fn,
    void *ctx, struct err *err);

/* ---- conf_path.c ---- */

/* Where a profile is: its file (absolute, exists), name and the folder of its
 * state, each on the heap. */
int conf_path_find(const char *profile, char **ret_file, char **ret_name,
    char **ret_state_dir, struct err *err);
/* path as seen from the folder of file; on the heap. */
char *conf_path_beside(const char *file, const char *path);
/* Make the state folder with what is above it (0700); refuse one that others
 * own or may read. */
int conf_path_make_private(const char *dir, struct err *err);

#endif
