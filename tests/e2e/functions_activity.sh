# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of activity/: sourced after functions.sh. activity_products says
# what is asked for (all); set it before functions.sh's start_sandbox.

: "${mnt:?}" "${gotofs:?}"
activity=$mnt/activity
status=$mnt/.gotofs/status.json

# all_known [PRODUCT...]: of whoever holds them something is known, and no
# question is left
all_known() {
	local p
	for p in "${@-}"; do
		jq -e --arg p "$p" '[.activity | to_entries[] |
			select($p == "" or .key == $p) |
			select(.key != "openvoice").value] |
			length > 0 and all(.known == .holders and .callsLeft == 0)' \
			"$status" || return
	done
}

# asked ROUTE: how often, since calls_clear
asked() {
	calls | sed -n "s|^$1=||p"
}

# look: whoever holds something is asked of, now
look() {
	expect "$gotofs" refresh --activity "$mnt"
}

# use EMAIL PRODUCT [AGO_DAYS]: he uses it; without: just now
use() {
	mutate "{\"op\":\"add-use\",\"email\":\"$1\",\"product\":\"$2\"${3+,\"ago_days\":$3}}"
}

# said_by_files PRODUCT, true_of PRODUCT FROM_MS: "email last-activity" of whoever
# holds it, by the files and by the sandbox; of GoToConnect the day alone
said_by_files() {
	local p=$1
	# shellcheck disable=SC2016 # jq's
	(cd "$activity/$p" && find . -name '*.json' -print0 | xargs -0 -r jq -r \
		--arg p "$p" '"\(.email) \(.lastActivity // "never" |
		if $p == "gotoconnect" then .[:10] else . end)"') | sort
}

true_of() {
	sandbox GET "activity?last=true&product=$1" | jq -r --arg p "$1" \
		--argjson from "$2" 'select(.holds) |
		"\(.email | ascii_downcase) \(if (.last_start_ms // 0) < $from
		then "never" elif $p == "gotoconnect"
		then .last_start_ms / 1000 | floor | todate | .[:10]
		else .last_ms / 1000 | floor | todate end)"' | sort
}

# files_are_true PRODUCT: all of them
files_are_true() {
	local from
	from=$(cd "$activity/$1" && find . -name '*.json' -print0 |
		xargs -0 -r jq -r '.observedFrom | fromdate * 1000' | sort -u)
	test "$(wc -l <<<"$from")" -eq 1 || fail "$1: several intervals" "$from"
	said_by_files "$1" >"$WORK/files"
	true_of "$1" "$from" >"$WORK/truth"
	test -s "$WORK/files" || fail "$1: no files"
	diff "$WORK/files" "$WORK/truth" >"$WORK/out" ||
		fail "$1: files (<) and truth (>) differ" "$(cat "$WORK/out")"
}
