/* SPDX-License-Identifier: MIT */
/*
 * tiny_server (tests): an HTTP server that misbehaves as told, in threads of
 * the test.  It reads one request after the other from each connection and
 * has the test's function answer with raw bytes.
 */
#ifndef GOTOFS_TESTS_TINY_SERVER_H
#define GOTOFS_TESTS_TINY_SERVER_H

#include <pthread.h>
#include <stdbool.h>

#define TINY_CONNECTIONS_MAX 256

enum tiny_after {
	TINY_KEEP,  /* the connection lives on */
	TINY_CLOSE, /* FIN */
	TINY_RESET, /* RST */
	TINY_HANG,  /* say nothing until the server stops */
};

struct tiny_server;

/* request: head and body; n: how many came before it, on any connection.
 * Answers by tiny_send.  NULL: no HTTP is spoken at all. */
typedef enum tiny_after (*tiny_answer)(
    struct tiny_server *s, int fd, const char *request, int n);

struct tiny_server {
	/* never change */
	int fd;
	int port;
	tiny_answer answer;
	void *ctx;
	pthread_t acceptor;

	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	bool stopping;
	int connections_n;
	int requests_n;
	int fds[TINY_CONNECTIONS_MAX];
	pthread_t threads[TINY_CONNECTIONS_MAX];
	char last[65536]; /* the last request */
};

void tiny_start(struct tiny_server *s, tiny_answer answer, void *ctx);
void tiny_stop(struct tiny_server *s);
/* Wait until so many requests have come. */
void tiny_await(struct tiny_server *s, int requests_n);
int tiny_requests_n(struct tiny_server *s);
int tiny_connections_n(struct tiny_server *s);
/* Head and body of the last request; good until the next one. */
const char *tiny_last(struct tiny_server *s);
void tiny_send(int fd, const char *text);
/* A whole answer with its length. */
void tiny_reply(int fd, int status, const char *headers, const char *body);

#endif
