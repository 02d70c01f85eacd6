/* SPDX-License-Identifier: MIT */
/*
 * Fuzz targets: one function that eats any bytes and aborts where a promise of
 * the module does not hold.  libFuzzer calls it with -fsanitize=fuzzer;
 * replay.c feeds it the files of tests/fuzz/corpus as a plain test.
 */
#ifndef GOTOFS_TESTS_FUZZ_H
#define GOTOFS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FUZZ_CHECK(promise)                                                    \
	do {                                                                   \
		if (!(promise)) {                                              \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__,       \
			    __LINE__, #promise);                               \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
