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
struct goto_conf;
struct tenant_activity_conf;

struct conf {
	char *name; /* of the profile: "work" */
	char *file; /* where it was read from, absolute */
	/* [tenant] */
	char *account_key;
	char *api_url;
	char *connect_url;
	char *auth_url;
	char *ca_file;	    /* absolute; NULL: the system's authorities */
	char *state_dir;    /* absolute */
	char *history_days; /* "30" */
	/* [auth] */
	char *client_id;
	char *client_secret_file; /* absolute, as the next two; may be NULL */
	char *pat_file;
	char *refresh_token_file;
	char *token_key;    /* a path as it is given, "passphrase", or NULL */
	char *redirect_url; /* where the browser comes after gotofs login */
	/* [guard] */
	char *protect;	    /* "a, b" */
	char *max_removals; /* NULL: the default */
	/* [invite] */
	char *send_mail; /* yes, no; NULL: yes */
	char *mail_subject;
	char *mail_text;
	/* [journal] */
	char *journal_max_size; /* "64M" */
	/* [activity] */
	char *activity_products; /* "all", "none", "gotomeeting, ..." */
	char *activity_window;	 /* "90": days */
	char *activity_every;	 /* "24": hours */
	char *activity_rate;	 /* "4": a second */
	/* [reports] */
	char *prices_file;   /* absolute; NULL: not given */
	char *prices_beside; /* where they are then, if they are */
	/* where a key was given, for messages: by row of the table; 0 absent */
	int lines[32];
};

#define CONF_NONE                                                              \
	{                                                                      \
		0                                                              \
	}

/* Finds, reads and checks the profile: a name, or a path with a '/' in it. */
int conf_load(const char *profile, struct conf *ret, struct err *err);
void conf_done(struct conf *c); /* for AUTO */
/* Neither a personal access token nor a refresh token is named: there is the
 * login of `gotofs login`, here. */
bool conf_has_login(const struct conf *c);
char *conf_login_path(const struct conf *c); /* on the heap */
bool conf_send_mail(const struct conf *c);
/* How long what was is kept. */
int64_t conf_history_ms(const struct conf *c);
/* When to rotate; 0: never. */
int64_t conf_journal_max_bytes(const struct conf *c);

/* ---- conf_api.c ---- */

/* What goto is to know of the profile, without a token; borrows from c. It
 * reads the client's secret, which *ret_secret owns and *ret borrows. */
int conf_api(const struct conf *c, char **ret_secret, struct goto_conf *ret,
    struct err *err);

/* ---- conf_activity.c ---- */

void conf_activity(const struct conf *c, struct tenant_activity_conf *ret);
int conf_check_products(const char *text, struct err *err);
int conf_check_window(const char *text, struct err *err); /* "90" */
int conf_check_every(const char *text, struct err *err);  /* "24" */
int conf_check_rate(const char *text, struct err *err);	  /* "4", "0.5" */

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
/* The names of the profiles that are found by name, in no order; a strv. */
int conf_path_list(char ***ret);
/* path as seen from the folder of file; on the heap. */
char *conf_path_beside(const char *file, const char *path);
/* Make the state folder with what is above it (0700); refuse one that others
 * own or may read. */
int conf_path_make_private(const char *dir, struct err *err);

#endif
