/* SPDX-License-Identifier: MIT */
#include "prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "gotofs/err.h"
#include "gotofs/secret.h"

#define PROMPT_BYTES 4096 /* more is no line of a terminal */

static const int prompt_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define PROMPT_SIGNALS_N (sizeof(prompt_signals) / sizeof(prompt_signals[0]))

static volatile sig_atomic_t prompt_signal;

static void
prompt_note(int sig)
{
	prompt_signal = sig; /* it ends the read */
}

/* false: a signal came instead. */
static bool
prompt_line(FILE *tty, const char *what, char line[PROMPT_BYTES])
{
	struct termios was, quiet;
	bool is_tty = tcgetattr(fileno(tty), &was) == 0;

	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (is_tty)
		tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	fprintf(tty, "%s: ", what);
	fflush(tty);
	if (!fgets(line, PROMPT_BYTES, tty))
		*line = '\0';
	if (is_tty)
		tcsetattr(fileno(tty), TCSAFLUSH, &was);
	fputc('\n', tty);
	fflush(tty);
	return prompt_signal == 0;
}

/* The same; a signal does what it does, once the terminal is as it was: after a
 * stop (Ctrl-Z) it is asked anew. */
static void
prompt_line_again(FILE *tty, const char *what, char line[PROMPT_BYTES])
{
	const struct sigaction note = {.sa_handler = prompt_note};
	struct sigaction was[PROMPT_SIGNALS_N];
	bool typed = false;
	size_t i;

	while (!typed) {
		prompt_signal = 0;
		for (i = 0; i < PROMPT_SIGNALS_N; i++)
			sigaction(prompt_signals[i], &note, &was[i]);
		typed = prompt_line(tty, what, line);
		for (i = 0; i < PROMPT_SIGNALS_N; i++)
			sigaction(prompt_signals[i], &was[i], NULL);
		clearerr(tty);
		if (!typed) {
			secret_wipe(line, PROMPT_BYTES);
			raise(prompt_signal);
		}
	}
}

int
prompt_secret(const char *what, char **ret, struct err *err)
{
	FILE *tty = fopen("/dev/tty", "r+e");
	char line[PROMPT_BYTES];
	int r = 0;

	if (!tty)
		return -ENXIO;
	setvbuf(tty, NULL, _IONBF, 0);
	prompt_line_again(tty, what, line);
	fclose(tty);
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line)
		r = -ENODATA;
	else if (!(*ret = secret_dup(line)))
		r = err_nomem(err);
	secret_wipe(line, sizeof(line));
	return r;
}
