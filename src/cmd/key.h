/* SPDX-License-Identifier: MIT */
/*
 * key (floor 6): what opens the sealed login of a profile.
 *
 * [auth] token_key = passphrase    asked for on the terminal
 *	  token_key = FILE	    its first line
 *	  absent		    a systemd credential named gotofs-key; else
 *				    NAME.key beside the profile
 */
#ifndef CMD_KEY_H
#define CMD_KEY_H

#include "conf.h"
#include "gotofs/crypto.h"
#include "gotofs/token.h"

struct key {
	bool has_bytes;
	uint8_t bytes[CRYPTO_KEY_BYTES];
	char *passphrase; /* a secret */
	char *path;	  /* of the login */
};
void key_done(struct key *k); /* for AUTO; wipes */

/* make: the file, when there is none; a passphrase is asked for twice. -ENOENT,
 * -EPERM, -EINVAL. */
int key_get(const struct conf *c, bool make, struct key *ret, struct err *err);
/* Borrows from both. */
struct token_place key_place(const struct key *k, const struct conf *c);

#endif
