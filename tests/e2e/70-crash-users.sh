#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon dies at each point of what concerns a person: create, update,
# change of the address, removal. See functions_crash.sh for what must hold.
# shellcheck disable=SC2016 # scripts for another bash
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"

start_crash_test
users=$mnt/users
ann=$users/ann.lee@example.com.json
n=0

# create POINT; who: whom it made
create() {
	n=$((n + 1))
	who=new$n@example.com
	case_at "$1" create "POST /users" "len(users('$who'))" 1 \
		bash -c 'printf "{\"firstName\":\"Eva\",\"lastName\":\"Neu\"}" >"$1"' \
		- "$users/$who.json"
}

update() {
	n=$((n + 1))
	case_at "$1" update "PUT /users/{}" \
		"user('ann.lee@example.com')['lastName']" "Lee$n" \
		bash -c 'printf "{\"lastName\":\"%s\"}" "$1" >"$2"' - "Lee$n" "$ann"
}

# Whom a create has made moves on.
address() {
	local old=$who
	n=$((n + 1))
	who=moved$n@example.com
	case_at "$1" update "PUT /users/{}" "len(users('$who'))" 1 \
		mv "$users/$old.json" "$users/$who.json"
	test "$1" != accept-before-commit || who=$old
}

remove() {
	case_at "$1" remove "DELETE /users/{}" \
		"len(users('$who'))" 0 rm "$users/$who.json"
}

create accept-before-commit
create accept-after-commit
address accept-before-commit
address accept-after-commit
remove accept-before-commit
remove accept-after-commit
create send-before-mark
address send-before-mark
remove release-before-commit
create send-after-mark
address send-after-mark
remove release-after-commit
create send-after-call
address send-after-call
remove send-before-mark
create verdict-before-commit
address verdict-before-commit
remove send-after-mark
create verdict-after-commit
address verdict-after-commit
remove send-after-call
create verdict-before-reply
remove verdict-before-commit
create send-before-mark
remove verdict-after-commit
update accept-before-commit
update accept-after-commit
update send-after-mark
update send-after-call
update verdict-after-commit
update verdict-before-reply
