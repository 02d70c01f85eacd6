/* SPDX-License-Identifier: MIT */
/* Groups, licenses and people that tests may rely on. See data.h. */
#include "data.h"

/* Two levels. "Berlin" is a group alone: no time zone, no person and no
 * address has the word, so that a search for it finds its members. */
const struct data_group data_groups[] = {
    {"Berlin", NULL, 8},
    {"Engineering", NULL, 3},
    {"Platform", "Engineering", 10},
    {"Apps", "Engineering", 8},
    {"R&D / Labs", "Engineering", 2},
    {"Sales", NULL, 3},
    {"EMEA", "Sales", 8},
    {"Americas", "Sales", 8},
    {"APAC", "Sales", 6},
    {"Support", NULL, 6},
    {"Z\u00fcrich", NULL, 3},
    {"\u6771\u4eac", NULL, 3},
    {"Kreuzberg", "Berlin", 3},
    {"Interns", NULL, 0},
};
const size_t data_groups_n = sizeof data_groups / sizeof *data_groups;

/* Product codes: 3.8 (G2A assumed, D). A G2W or G2T seat gives G2M too (A). */
const struct data_license data_licenses[] = {
    {"GoToMeeting Business", "G2M", 55, -15, 1, 0},
    {"GoToMeeting Starter", "G2M", 4, 0, 1, 0},
    {"GoToWebinar Pro", "G2W,G2M", 8, 10, 1, 0},
    {"GoToTraining", "G2T,G2M", 4, 5, 1, 0},
    {"GoToConnect Standard", "JIVE", 25, 20, 1, 0},
    {"GoToAssist Remote Support", "G2A", 2, 5, 0, 0},
    {"OpenVoice", "OPENVOICE", 3, 5, 1, 1},
    {"GoToMeeting Professional", "G2M", 2, 3, 1, 0},
    {"GoToMeeting Professional", "G2M", 2, 4, 1, 0},
};
const size_t data_licenses_n = sizeof data_licenses / sizeof *data_licenses;

#define BUSINESS "GoToMeeting Business"

/* The first of these are there however few people are asked for. */
const struct data_person data_people[] = {
    {"admin@example.com", "Ada", "Admin", "ACTIVE", NULL, BUSINESS,
	"SUPER_USER"},
    {"second.admin@example.com", "Sam", "Second", "ACTIVE", NULL, BUSINESS,
	"SUPER_USER"},
    {"ann.lee@example.com", "Ann", "Lee", "ACTIVE", "Berlin", BUSINESS, NULL},
    {"dan.fox@example.com", "Dan", "Fox", "ACTIVE", "Sales", BUSINESS, NULL},
    {"kim.park@example.com", "Kim", "Park", "ACTIVE", "Platform", BUSINESS,
	NULL},
    {"manager@example.com", "Mona", "Manager", "ACTIVE", "Support", BUSINESS,
	"MANAGE_USERS ADD_USERS MANAGE_SEATS MANAGE_GROUPS"},
    {"reporter@example.com", "Rita", "Reporter", "ACTIVE", NULL, BUSINESS,
	"RUN_REPORTS"},
    {"ivy.invited@example.com", "Ivy", "Invited", "INVITED", "Interns",
	BUSINESS, NULL},
    {"stan.still@example.com", "Stan", "Still", "SUSPENDED", "Support", NULL,
	NULL},
    {"full.house@example.com", "Hugo", "House", "ACTIVE", "Apps",
	"GoToMeeting Starter", NULL},
    {"max+test@example.com", "Max", "Plus", "ACTIVE", "EMEA", BUSINESS, NULL},
    {"pat.o'brien@example.com", "Pat", "O'Brien", "ACTIVE", "Americas",
	BUSINESS, NULL},
    {"Carla.UPPER@Example.COM", "Carla", "Upper", "ACTIVE", "Berlin",
	"GoToWebinar Pro", NULL},
    {"tara.train@example.com", "Tara", "Train", "ACTIVE", "Apps",
	"GoToTraining", NULL},
    {"cora.connect@example.com", "Cora", "Connect", "ACTIVE", "Kreuzberg",
	"GoToConnect Standard", NULL},
    {"rob.remote@example.com", "Rob", "Remote", "ACTIVE", "Support",
	"GoToAssist Remote Support", NULL},
    {"olga.open@example.com", "Olga", "Open", "ACTIVE", "APAC", "OpenVoice",
	NULL},
};
const size_t data_people_n = sizeof data_people / sizeof *data_people;
