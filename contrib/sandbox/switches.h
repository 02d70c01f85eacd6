/* SPDX-License-Identifier: MIT */
/*
 * The switches: one for each fact of goto-api.md that is only assumed (D), and
 * a few of the sandbox's own. Each is set by --set name=value or, while it
 * runs, by POST /sandbox/switch. The state lock covers them.
 *
 * A row is: identifier, name, default, choices, section and confidence in
 * goto-api.md, help. choices: "#" a number, "?" true or false, "*" any text,
 * else the words allowed, separated by "|".
 */
#ifndef SANDBOX_SWITCHES_H
#define SANDBOX_SWITCHES_H

#include <stdbool.h>
#include <stdio.h>

#include <cjson/cJSON.h>

/* clang-format off */
#define SWITCHES_OAUTH(X) \
X(SCHEMELESS_TOKEN, "schemeless_token", "reject", "reject|accept", "1 D", "an Authorization header without a scheme word") \
X(CODE_LIFE_S, "code_life_s", "600", "#", "2.2 D", "life of an authorization code") \
X(AUTHORIZE_ERROR, "authorize_error", "", "*", "2.2 D", "refuse at /oauth/authorize with this error (access_denied)") \
X(REDIRECT_URI, "redirect_uri", "", "*", "2.2 A", "the registered redirect URI; empty: any loopback one") \
X(SCOPES, "scopes", "identity: collab: cr.v1.read users.v1.read", "*", "2.8", "the scopes enabled on the client") \
X(PAT_REFRESH, "pat_refresh_token", "false", "?", "2.3 D", "the exchange of a PAT gives a refresh token") \
X(PAT_LIFE_S, "pat_life_s", "0", "#", "2.3 D", "life of a PAT since the start; 0: none") \
X(ACCESS_LIFE_S, "access_life_s", "3600", "#", "2.4 A", "life of an access token") \
X(TOKEN_CHARS, "token_chars", "0", "#", "2.4 A", "pad access tokens to so many characters (4096)") \
X(LOA, "loa", "number", "number|string|absent", "2.4 D", "type of loa in a token answer") \
X(TOKEN_KEYS, "token_keys", "false", "?", "2.4 B", "account_key, organizer_key ... in a token answer, as in the dead v2") \
X(REFRESH_LIFE_S, "refresh_life_s", "2592000", "#", "2.5 A", "life of a refresh token") \
X(REFRESH_PERCENT, "refresh_percent", "60", "#", "2.5 A", "part of its life after which a refresh token is replaced; 0: at each use") \
X(REFRESH_EARLY, "refresh_early", "repeat", "repeat|omit", "2.5 A/C", "before that: the answer repeats the old one, or has none") \
X(REFRESH_GRACE_S, "refresh_grace_s", "0", "#", "2.5 D", "how long the old refresh token works after a new one") \
X(GRANT_STATUS, "invalid_grant_status", "400", "#", "2.6 D", "used code, bad refresh token, bad PAT") \
X(OAUTH_BODY, "oauth_error_body", "json", "json|text", "2.6 D", "form of the token endpoint's errors") \
X(REVOKE_FAMILY, "revoke_family", "true", "?", "2.7 D", "revoking a refresh token ends its access tokens too")

#define SWITCHES_LIST(X) \
X(ACCOUNT_PUT_STATUS, "account_put_status", "204", "#", "3.1 D", "answer of PUT /accounts/{}") \
X(ROLESET_ANSWER, "roleset_answer", "object", "object|bare", "3.1 D", "answer of POST /rolesets") \
X(MULTI_USER_KEYS, "multi_user_keys", "true", "?", "3.1 D", "several user keys in one path") \
X(LICENSE_GET, "license_get", "true", "?", "3.1 D", "GET /licenses/{} exists") \
X(GROUP_PARENT, "group_parent", "true", "?", "3.1 D", "parentKey is honoured when a group is created") \
X(PAGE_DEFAULT, "page_default", "25", "#", "3.2 D", "pageSize when none is given") \
X(PAGE_MAX, "page_max", "1000", "#", "3.2 B", "largest pageSize") \
X(PAGE_OVER, "page_over", "clamp", "clamp|refuse", "3.2 D", "a pageSize beyond it") \
X(SORT_PLAIN, "sort_plain", "true", "?", "3.2 D", "ascending=firstName without =true works too") \
X(ORDER, "order", "key", "key|email|shifting", "3.2 D", "order without a sort; shifting: moves by one at each list call") \
X(EMPTY_RESULTS, "empty_results", "array", "array|absent", "3.3 D", "results when nothing matches") \
X(KEYS, "keys", "string", "string|number", "3.4 B", "keys as JSON strings, or as numbers like in the documentation") \
X(USER_LICENSES, "user_license_keys", "show", "show|hide", "3.4 C", "licenseKeys in the answer of GET /users/{}") \
X(ROLESETS_FORM, "rolesets_form", "array", "array|string", "3.4 C", "form of a user's roleSets") \
X(MORE_ACCOUNTS, "more_accounts", "0", "#", "3.5 A", "so many more accounts that /me names") \
X(NO_SCOPE_STATUS, "no_scope_status", "403", "#", "3.5 D", "Admin API without the scope identity:") \
X(FILTER_MATCH, "filter_match", "whole", "whole|find", "3.10 D", "a filter's expression matches the whole field, or anywhere") \
X(FILTER_CASE, "filter_case", "sensitive", "sensitive|insensitive", "3.10 D", "case in filters without (?i)") \
X(FILTER_REGEX, "filter_regex", "true", "?", "3.10 D", "filter values are regular expressions") \
X(FILTER_STATUS, "filter_bad_status", "400", "#", "3.10 D", "answer to a filter's syntax error") \
X(FILTER_PLUS, "filter_plus", "reject", "reject|blank", "3.10 B", "+ for a blank in the query") \
X(ERROR_VALUE, "error_value", "true", "?", "3.11 C", "errors carry value") \
X(BAD_TOKEN_STATUS, "bad_token_status", "401", "#", "3.11 D", "Admin API with a bad or expired token") \
X(LICENSE_KEYS, "license_user_keys", "show", "show|hide", "8.6 D", "userKeys in lists of licenses") \
X(USER_COUNT, "user_count", "both", "both|accepted", "3.9 D", "userCount with or without the invited")

#define SWITCHES_WRITE(X) \
X(CREATE_STATUS, "create_status", "200", "#", "3.6 D", "answer of POST /users without a conflict") \
X(CREATE_MAX, "create_max", "100", "#", "3.6 D", "most users in one POST /users (400 beyond)") \
X(CREATE_NEEDS, "create_needs", "nothing", "nothing|seat-or-role", "3.6 A/B", "what a new user must be given") \
X(CONFLICT_KEY, "conflict_key", "absent", "absent|present", "3.6 A", "key of a conflicting user with allOrNothing=false") \
X(NEW_STATUS, "new_user_status", "INVITED", "*", "3.4 D", "status of a new user who has a license") \
X(NAMES, "names_required", "true", "?", "3.6 D", "firstName and lastName are required, at most 32 characters") \
X(ELSEWHERE, "elsewhere_domain", "elsewhere.example.com", "*", "3.6 A", "new users of this domain belong to another account: INVITED, identityReadOnly") \
X(OLD_KEY, "old_key", "true", "?", "3.6 A", "re-creating a deleted address gives the old key back") \
X(UPDATE_STATUS, "update_status", "204", "#", "3.7 D", "answer of PUT /users/{}; 200: with the user") \
X(UNKNOWN_FIELDS, "unknown_fields", "ignore", "ignore|keep|refuse", "3.7 D", "fields of a user's body that GoTo does not know") \
X(KEY_STATUS, "key_in_body_status", "400", "#", "3.7 D", "key in the body of a PUT; 0: ignored") \
X(IDENTITY_STATUS, "identity_status", "403", "#", "3.7 D", "identity fields of a user of another account; 0: accepted") \
X(PUT_LICENSES, "put_license_keys", "ignore", "ignore|replace", "3.7 C", "licenseKeys in the body of PUT /users/{}") \
X(DELETE_STATUS, "delete_status", "204", "#", "3.1 D", "answer of DELETE /users/{}") \
X(ASSIGN_STATUS, "assign_status", "204", "#", "3.1 D", "answer of assign") \
X(UNASSIGN_STATUS, "unassign_status", "204", "#", "3.1 D", "answer of unassign") \
X(UNASSIGN_MISSING, "unassign_missing_status", "404", "#", "3.9 D", "unassign of a license not held; 0: as if held") \
X(SEATS_STATUS, "seats_status", "409", "#", "3.9 D", "no free seat; 0: over-assignment is accepted") \
X(DISABLED_STATUS, "disabled_status", "409", "#", "3.9 D", "assignment of a disabled license; 0: accepted") \
X(EXTERNAL_STATUS, "external_status", "403", "#", "3.9 D", "assignment of an externally managed license; 0: accepted") \
X(GROUP_STATUS, "group_status", "204", "#", "3.1 D", "answer of PUT and DELETE on groups") \
X(GROUP_ANSWER, "group_answer", "quoted", "quoted|unquoted", "3.9 B", "bare key answered by POST /groups") \
X(EMAIL_CASE, "email_case", "keep", "keep|lower", "7.13 D", "addresses as given, or lower-cased") \
X(EMAIL_UNIQUE, "email_unique", "nocase", "nocase|case", "7.13 D", "uniqueness of addresses") \
X(SUSPEND, "suspend_unlicensed", "true", "?", "7.4 D", "losing the last license makes a user SUSPENDED") \
X(STALENESS_MS, "staleness_ms", "0", "#", "7.12 D", "reads lag so long behind writes") \
X(ROLE_RULES, "role_rules", "assumed", "assumed|documented|none", "3.8 A/D", "which rules on the caller's adminRoles are enforced") \
X(LAST_SUPER, "last_super_status", "403", "#", "8.4 D", "removing the last SUPER_USER; 0: accepted") \
X(SELF_DELETE, "self_delete_status", "403", "#", "8.4 D", "deleting oneself; 0: accepted")

#define SWITCHES_ACTIVITY(X) \
X(MEETING, "meeting", "normal", "normal|empty|silent|slow|500|403|404", "own", "GoToMeeting: empty: knows nobody and no use; silent: knows people, but no use; slow: waits slow_ms; or always this status") \
X(WEBINAR, "webinar", "normal", "normal|empty|silent|slow|500|403|404", "own", "GoToWebinar, likewise") \
X(TRAINING, "training", "normal", "normal|empty|silent|slow|500|403|404", "own", "GoToTraining, likewise") \
X(CONNECT, "connect", "normal", "normal|empty|silent|slow|500|403|404", "own", "GoToConnect, likewise") \
X(ASSIST, "assist", "normal", "normal|empty|silent|slow|500|403|404", "own", "GoToAssist, likewise") \
X(SLOW_MS, "slow_ms", "1000", "#", "own", "how long a slow source waits, or until it is slow no more") \
X(ODDITIES, "oddities", "true", "?", "own", "the sources know one whom the account does not know") \
X(SCOPES_OFF, "scopes_off", "", "*", "2.8", "scopes that are not honoured, whatever the token says") \
X(ASSIST_SCOPE, "assist_scope", "", "*", "2.8 D", "scope that GoToAssist wants; empty: none") \
X(ASSIST_EXPERT, "assist_expert", "key", "key|now|then", "5.5 C", "an expert is named by key and address; or by the address alone, as it is now or was then") \
X(SOURCE_TOKEN_STATUS, "source_token_status", "401", "#", "5.4 B, else D", "GoToMeeting, GoToTraining, GoToConnect, GoToAssist with a bad or expired token") \
X(WEBINAR_TOKEN_STATUS, "webinar_token_status", "403", "#", "5.2 A", "GoToWebinar with a bad or expired token") \
X(SOURCE_SCOPE_STATUS, "source_scope_status", "403", "#", "5.4 B, else D", "the same without the scope") \
X(NO_RIGHT_STATUS, "no_right_status", "403", "#", "5.1 A, else D", "the caller's roles do not suffice (all but GoToConnect)") \
X(CONNECT_RIGHT_STATUS, "connect_right_status", "404", "#", "5.4 A/B", "the caller's roles do not suffice: GoToConnect (404 or 403)") \
X(RANGE_END, "range_end", "exclusive", "exclusive|inclusive", "5 D", "does the end of an interval belong to it (GoToConnect: no, A)") \
X(RANGE_DAYS, "range_days", "400", "#", "5.1 D", "longest interval of one request (400 beyond); 0: any") \
X(MEETING_TIME, "meeting_time", ".+0000", ".+0000|Z|+00:00|+0000|.sss+0000|2012|mixed", "5.1 D", "times of meetings; 2012: 06/14/2012 11:14:43; mixed: each in turn") \
X(ORGANIZER_FORM, "organizer_form", "array", "array|object", "5.1 A", "one organizer: an array of one, or a bare object") \
X(GROUP_LIMIT_STATUS, "group_limit_status", "400", "#", "5.1 D", "history of a group of more than 50 organizers") \
X(GROUP_DEEP, "group_deep", "false", "?", "5.1 D", "a group's organizers include those of its sub-groups") \
X(STRICT_ORGANIZER, "strict_organizer_key", "true", "?", "7.20 B", "GoToWebinar refuses the account's key in place of an organizer's; false: answers for all") \
X(SESSIONS_OF, "webinar_sessions", "owner", "owner|both", "5.2 D", "an organizer's sessions: those he owns, or those he started too") \
X(WEBINAR_ID, "webinar_id", "as-seen", "as-seen|webinarId|webinarID", "5.2 A/B", "spelling; as-seen: webinarId of a webinar, webinarID of a session") \
X(WEBINAR_EMPTY, "webinar_empty", "absent", "absent|array", "5.2 D", "_embedded when nothing matches") \
X(WEBINAR_LINKS, "webinar_links", "false", "?", "5.2 C", "pages have _links") \
X(WEBINAR_SIZE, "webinar_size_over", "clamp", "clamp|refuse", "5.2 D", "a size beyond 200") \
X(CONNECT_PAGE, "connect_users_page", "100", "#", "5.4 D", "users on a page of GoToConnect") \
X(CONNECT_REPORT_PAGE, "connect_report_page", "10000", "#", "5.4 D", "a page of GoToConnect's report has at most so many, whatever pageSize says") \
X(CONNECT_BEYOND, "connect_beyond", "empty", "empty|400|404", "5.4 D", "a page of GoToConnect's report after the last") \
X(CONNECT_ZERO, "connect_zero", "absent", "absent|present", "5.4 D", "who did not call is in the report") \
X(CONNECT_UNIT, "connect_duration", "ms", "ms|s", "5.4 A/C", "unit of durations") \
X(CONNECT_ORG, "connect_organization", "optional", "optional|required", "5.4 A", "organizationId of the report: required if the user is in several")

#define SWITCHES_SANDBOX(X) \
X(RATE, "rate", "10", "#", "6 A", "requests a second; 0: no limit") \
X(RATE_BUCKETS, "rate_buckets", "per-api", "per-api|shared", "6 D", "one limit for each API, or one for all") \
X(RATE_OAUTH, "rate_oauth", "false", "?", "6 D", "the limit covers /oauth/ too") \
X(RETRY_AFTER, "retry_after", "0", "#", "6 A", "Retry-After with a 429, in seconds; 0: none") \
X(RATE_BODY, "rate_body", "json", "json|text", "6 D", "body of a 429") \
X(TOKEN_USER, "token_user", "admin@example.com", "*", "own", "whose token it is") \
X(LATENCY_MS, "latency_ms", "0", "#", "own", "wait before each API request is handled")

#define SWITCHES(X) SWITCHES_OAUTH(X) SWITCHES_LIST(X) SWITCHES_WRITE(X) SWITCHES_ACTIVITY(X) SWITCHES_SANDBOX(X)
/* clang-format on */

#define SWITCH_ID(id, name, standard, choices, section, help) SW_##id,
enum switch_id { SWITCHES(SWITCH_ID) SWITCH_N };
#undef SWITCH_ID

/* Set all to their defaults; before anything else is asked. */
void switches_init(void);
void switches_done(void);

/* Set one from text. -ENOENT: no such switch; -EINVAL: no such value. */
int switch_set(const char *name, const char *value);

/* Set one from "name=value"; errors as switch_set. */
int switch_set_pair(const char *pair);

long switch_int(enum switch_id id);
bool switch_on(enum switch_id id);
const char *switch_text(enum switch_id id);
bool switch_is(enum switch_id id, const char *word);

/* All of them with their present values; the caller owns the tree. */
cJSON *switches_tree(void);

/* The table, for --help. */
void switches_print(FILE *out);

#endif
