/* SPDX-License-Identifier: MIT */
#include "prompt.h"

#include <errno.h>
#include <poll.h>
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
	prompt_signal = sig; /* it ends the wait */
}

/* Until a line is there: a terminal gives none before it is whole.  The signals
 * come only here, so that none is missed between the question and the read. */
static bool
prompt_wait(FILE *tty, const sigset_t *waiting)
{
	struct pollfd p = {fileno(tty), POLLIN, 0};

	while (ppoll(&p, 1, NULL, waiting) < 0 && errno == EINTR)
		if (prompt_signal)
			return false;
	return true;
}

/* false: a signal came instead. */
static bool
prompt_line(FILE *tty, const char *what, const sigset_t *waiting,
    char line[PROMPT_BYTES])
{
	struct termios was, quiet;
	bool is_tty = tcgetattr(fileno(tty), &was) == 0;

	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (is_tty)
		tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	fprintf(tty, "%s: ", what);
	fflush(tty);
	if (!prompt_wait(tty, waiting) || !fgets(line, PROMPT_BYTES, tty))
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
	sigset_t blocked, waiting;
	bool typed = false;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < PROMPT_SIGNALS_N; i++)
		sigaddset(&blocked, prompt_signals[i]);
	while (!typed) {
		prompt_signal = 0;
		pthread_sigmask(SIG_BLOCK, &blocked, &waiting);
		for (i = 0; i < PROMPT_SIGNALS_N; i++)
			sigaction(prompt_signals[i], &note, &was[i]);
		typed = prompt_line(tty, what, &waiting, line);
		for (i = 0; i < PROMPT_SIGNALS_N; i++)
			sigaction(prompt_signals[i], &was[i], NULL);
		pthread_sigmask(SIG_SETMASK, &waiting, NULL);
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
