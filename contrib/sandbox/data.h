/* SPDX-License-Identifier: MIT */
/* The seeded account: the same seed gives the same people, always. */
#ifndef SANDBOX_DATA_H
#define SANDBOX_DATA_H

#include <stddef.h>
#include <stdint.h>

/* Fill the tenant with licenses, groups and users_n people. Locked. */
void data_fill(size_t users_n, uint64_t seed);

/* data_names.c: people by script. */
struct data_name {
	const char *native;
	const char *ascii; /* for the address; NULL: as native, lower-case */
};

struct data_script {
	const char *locale;
	const char *time_zone;
	int weight;
	struct data_name first[6];
	struct data_name last[6];
};

extern const struct data_script data_scripts[];
extern const size_t data_scripts_n;

/* data_fixed.c: the groups, licenses and people that are always there. */
struct data_group {
	const char *name;
	const char *parent;
	int weight; /* how many people fall into it */
};

struct data_license {
	const char *description;
	const char *products;
	int percent; /* of the people hold it */
	long free;   /* seats beyond the holders; negative: percent of all */
	int enabled;
	int external;
};

struct data_person {
	const char *email;
	const char *first_name;
	const char *last_name;
	const char *status;
	const char *group;
	const char *license; /* description, or NULL */
	const char *roles;   /* separated by blanks, or NULL */
};

extern const struct data_group data_groups[];
extern const size_t data_groups_n;
extern const struct data_license data_licenses[];
extern const size_t data_licenses_n;
extern const struct data_person data_people[];
extern const size_t data_people_n;

#endif
