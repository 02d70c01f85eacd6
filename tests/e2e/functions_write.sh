# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# What the tests of writing share; sourced after functions.sh.

users=$mnt/users
ann=$users/ann.lee@example.com.json
# nobody has this address at first
bob=$users/bob.stone@example.com.json
bob_text='{"firstName":"Bob","lastName":"Stone"}'

# echo_to FILE TEXT...: as a person at a shell does it
echo_to() {
	local file=$1
	shift
	echo "$*" >"$file"
}

# printf_to FILE FORMAT...
printf_to() {
	local file=$1
	shift
	# shellcheck disable=SC2059 # the format is the argument
	printf "$@" >"$file"
}

# append_to FILE FORMAT...
append_to() {
	local file=$1
	shift
	# shellcheck disable=SC2059
	printf "$@" >>"$file"
}

# filter_to TARGET FILE CMD...: FILE's text through CMD, then cp to TARGET
filter_to() {
	local target=$1 file=$2
	shift 2
	"$@" <"$file" >"$WORK/filtered" && cp "$WORK/filtered" "$target"
}

# stays FILE CMD...: the command leaves the bytes of FILE as they are
stays() {
	local file=$1
	shift
	cat "$file" >"$WORK/before"
	"$@"
	cmp "$WORK/before" "$file" >"$WORK/out" 2>&1 ||
		fail "$file reads otherwise:" "$(cat "$file")"
}

# field FILE FILTER WANT: what the file shows
field() {
	expect_out "$3" jq -r "$2" "$1"
}

# gone FILE: neither found nor listed
gone() {
	test ! -e "$1" || fail "$1 is there"
	test -z "$(find "${1%/*}" -maxdepth 1 -name "${1##*/}")" ||
		fail "$1 is listed"
}

# journal_last FILTER [N]: of the newest line of the journal, or the Nth newest
journal_last() {
	tail -n "${2-1}" "$mnt/.gotofs/journal.jsonl" | head -n 1 | jq -r "$1"
}

# acknowledge: no errors/ records, and nothing for sync to tell
acknowledge() {
	rm -rf "$mnt"/.gotofs/errors/*
	"$gotofs" sync --timeout 60 "$mnt" >"$WORK/out" 2>&1
}

# sync_tells PATH: sync names it among the failures
sync_tells() {
	refuse "refused" 1 "$gotofs" sync --timeout 60 "$mnt"
	grep -q "$1" "$WORK/out" || fail "not told: $1" "$(cat "$WORK/out")"
}
