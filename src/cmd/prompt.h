/* SPDX-License-Identifier: MIT */
/* prompt (floor 6): a secret, typed on the terminal and not shown. */
#ifndef CMD_PROMPT_H
#define CMD_PROMPT_H

struct err;

/* Asks for what on /dev/tty.  A signal that ends or stops the program finds the
 * terminal as it was.  -ENXIO: there is none; -ENODATA: nothing was typed (err
 * is not set for these two); -ENOMEM. */
int prompt_secret(const char *what, char **ret, struct err *err);

#endif
