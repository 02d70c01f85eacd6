# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# What the restore drills share; sourced after functions.sh and
# functions_write.sh, when a tenant is mounted.  In the tenant itself twenty people
# are removed, fifty changed, a hundred seats taken, two groups deleted; a backup
# brings all of it back in every field that can be written, and what cannot
# come back is named.

control=$mnt/.gotofs
snapshot=$control/snapshots/monday
rob=rob.remote@example.com # his license is disabled: nobody gets a seat of it

# ------------------------------------------------------------------- the truth

# truth: a line for each group, and for each person all that can be written,
# his seats and his group
truth() {
	sandbox GET state | jq -r '
		(.licenses | map({(.key): .description}) | add) as $license |
		(.groups[] | "group \(.namePath)"),
		(.users[] | "\(.email | ascii_downcase) " + ([.firstName, .lastName, .locale,
			.timeZone, (.adminRoles // [] | sort), .groupName,
			([.licenseKeys[]?] | map($license[.] + " " + .) | sort)] | tostring))' |
		sort
}

# Seats of these licenses can be given again; of the others nobody gets one.
open_license='select(.enabled != false and .externallyManaged != true)'

# disaster: people who stay are changed and lose seats, groups and people go
disaster() {
	sandbox GET state | jq -c --arg rob $rob '
		[.licenses[] | '"$open_license"' | .key] as $open |
		[.users[] | select((.adminRoles // []) == [])] as $people |
		($people | map(select(.email == $rob))) as $rob |
		($people | map(select([.licenseKeys[]?] | . - $open == []))) as $whole |
		($whole | map(select(.email | test("^(max|pat|Carla|tara|ivy|kim)")))) as $named |
		($rob + $named + ($whole - $named)[-13:]) as $gone |
		($people - $gone) as $rest |
		($rest[:50][] | {op: "update-user", email, fields: {firstName: "No", lastName: "Body",
			locale: "de_DE", timeZone: "UTC"}}),
		([$rest[] | .email as $email | .licenseKeys[]? | select(IN($open[])) |
			{op: "unassign", email: $email, license: .}][:100][]),
		({op: "delete-group", group: ("Interns", "EMEA")}),
		($gone[] | {op: "delete-user", email})' >mutations
	is "100 unassign, 2 delete-group, 20 delete-user, 50 update-user" \
		"$(jq -r .op mutations | sort | uniq -c | awk '{print $1, $2}' | sort | paste -sd, | sed 's/,/, /g')"
	while read -r line; do
		mutate "$line"
	done <mutations
	refresh_tenant
}

# comes_back CMD...: after a disaster, that restores; the tenant is as it was,
# but for rob's seat, and that is told by name; the same again costs nothing.
comes_back() {
	disaster
	"$@"
	refuse "refused" 1 "$gotofs" sync --timeout 120 "$mnt"
	said "licenses/gotoassist-remote-support/$rob.json: the license has no free seat, or is disabled"
	error_record licenses/gotoassist-remote-support/$rob.json ENOSPC
	diff was <(truth) | grep '^[<>]' >differs
	is "< $rob_was
> ${rob_was/\[\"GoToAssist*\"\]/[]}" "$(cat differs)"
	acknowledge
	mutate '{"op":"assign","email":"'$rob'","license":"GoToAssist Remote Support"}'
	refresh_tenant
	is "" "$(diff was <(truth))"
	calls_clear
	"$@"
	sync_tenant
	expect_writes
	acknowledge
}

each() {
	local d
	for d in users groups licenses; do
		"$@" $d
	done
}

# what rsync is told to do: compare texts, not times
rsync_folder() {
	expect rsync -rlc "$1/$2/" "$mnt/$2/"
}
by_rsync() {
	each rsync_folder "$1"
}

truth >was
rob_was=$(grep "^$rob" was)
expect mkdir "$snapshot"
