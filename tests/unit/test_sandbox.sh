#!/bin/bash
# SPDX-License-Identifier: MIT
# Every rule that gotofs-sandbox promises, asked over HTTP.
# Usage: test_sandbox.sh PATH-OF-gotofs-sandbox [PART]...
# (those of the Admin API go on where the one before ended)
set -u

bin=$1
shift
dir=$(mktemp -d)
n=0
failed=0
pid=

trap 'test -n "$pid" && kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT

# is NAME EXPECTED ACTUAL
is() {
	n=$((n + 1))
	if test "$2" = "$3"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		printf '#   expected: %s\n#   got:      %s\n' "$2" "$3"
		failed=$((failed + 1))
	fi
}

# start OPTION...: a fresh sandbox; the line on stdout says when it is ready.
start() {
	rm -f "$dir/fifo"
	mkfifo "$dir/fifo"
	"$bin" --port 0 --rate 0 "$@" >"$dir/fifo" 2>"$dir/stderr" &
	pid=$!
	read -r _ _ url <"$dir/fifo"
	admin=$url/admin/rest/v1
	base=$admin/accounts/9000000000000000001
	token=$(pat_token)
}

# stop NAME: it must end with status 0 and say nothing.
stop() {
	kill "$pid"
	wait "$pid"
	is "$1: exits 0 on SIGTERM" 0 $?
	is "$1: nothing on stderr" "" "$(cat "$dir/stderr")"
	pid=
}

oauth() {
	curl -s -u sandbox-client:sandbox-secret "$url/oauth/token" "$@"
}

pat_token() {
	oauth -d grant_type=personal_access_token -d pat=sandbox-pat |
		jq -r .access_token
}

# api METHOD PATH [CURL-OPTION...]: the body
api() {
	local method=$1 path=$2
	shift 2
	curl -s -X "$method" -H "Authorization: Bearer $token" \
		"$base$path" "$@"
}

# code ...: like api, but only the status
code() {
	api "$@" -o /dev/null -w '%{http_code}'
}

# both ...: like api, "STATUS FIRST-ERROR-CODE"
both() {
	api "$@" -o "$dir/body" -w '%{http_code}'
	printf ' %s' "$(jq -r '.errors?[0].code // empty' "$dir/body" 2>/dev/null)"
}

# filter PATH FILTER: addresses (or names) found, or the status of a refusal
filter() {
	local status
	status=$(api GET "$1?filter=$(jq -rn --arg f "$2" '$f | @uri')" \
		-o "$dir/body" -w '%{http_code}')
	if test "$status" = 200; then
		jq -r '[.results[] | .email // .name] | sort | join(" ")' \
			"$dir/body"
	else
		echo "$status"
	fi
}

sandbox() {
	local method=$1 path=$2
	shift 2
	curl -s -X "$method" "$url/sandbox/$path" "$@"
}

switch() {
	sandbox POST switch -d "$1" >/dev/null
}

fault() {
	sandbox POST fault -d "$1" >/dev/null
}

advance() {
	sandbox POST clock -d "{\"advance_ms\":$1}" >/dev/null
}

freeze() {
	sandbox POST clock -d "{\"freeze\":$1}" >/dev/null
}

mutate() {
	sandbox POST mutate -d "$1" | jq -r '.key // .message // "done"'
}

user() {
	sandbox GET user -G --data-urlencode "email=$1"
}

key() {
	user "$1" | jq -r .key
}

license() {
	sandbox GET state | jq -r --arg d "$1" \
		'[.licenses[] | select(.description == $d)][0].key'
}

group() {
	sandbox GET state | jq -r --arg d "$1" \
		'.groups[] | select(.name == $d).key'
}

counter() {
	sandbox GET counters | jq -r ".$1"
}

test $# -gt 0 ||
	set -- oauth read users rest control switch data activity source
for part; do
	# shellcheck disable=SC1090
	. "$(dirname "$0")/test_sandbox_$part.sh"
done

echo "1..$n"
if test $failed -eq 0; then
	echo "# all $n passed"
else
	echo "# $failed of $n failed"
	exit 1
fi
