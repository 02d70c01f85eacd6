#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool matrix, many at once: xargs -P 8 and GNU parallel with 40 files each
# (the rows "bulk"), and the tools that remove (the rows "remove").
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_matrix.sh
. "$(dirname "$0")/functions_matrix.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"
n=40
export PARALLEL_HOME=$WORK/parallel
mkdir -p "$PARALLEL_HOME" && : >"$PARALLEL_HOME/will-cite"

# The names come on stdin, {} is one of them.
xargs_each() { xargs -P 8 -I{} "$@"; }
parallel_each() { parallel -j 8 "$@"; }

# people LASTNAME: a text for each of this tool's names, in list/
people() {
	local i
	text_of "$1"
	rm -rf list && mkdir list
	for ((i = 0; i < n; i++)); do
		cp text "list/$id$i@$domain.json"
	done
}

# each CMD...: by the tool, for each name
each() {
	(cd list && ls) | "${id}_each" "$@"
}

# everybody LASTNAME: in the files and at the tenant
everybody() {
	local want
	want=$(for ((i = 0; i < n; i++)); do echo "$id$i@$domain $1"; done | sort)
	is "$want" "$(people_in_files | grep "^$id" | sort)"
	is "$want" "$(people_of_tenant | grep "^$id" | sort)"
}

# sums ROUTE=N...: the calls of each person, summed; at most N POSTs
sums() {
	local got
	keys_note
	got=$(calls_by_person | sed 's/^[^ ]* //' | sort | uniq -c |
		awk '{ print $2, $3 " x " $1 }')
	is "$1" "$got"
	expect sandbox POST log/clear
}

play_bulk() {
	load_tools "$1"
	for id in "${ids[@]}"; do
		step "$id: $n new people; $n changes; nothing"
		people Created
		expect each cp list/{} "$users/"
		sync_tenant
		everybody Created
		sandbox GET log | jq -c 'select(.route == "POST /users") |
			[.body | fromjson.users[].email]' >posts
		test "$(wc -l <posts)" -le $n || fail "more calls than people"
		is "$n $n" "$(jq -r '.[]' posts | wc -l) $(jq -r '.[]' posts | sort -u | wc -l)"
		expect sandbox POST log/clear
		people Changed
		expect each cp list/{} "$users/"
		everybody Changed
		sums "PUT /users/{}=1 x $n"
		expect each cp list/{} "$users/"
		everybody Changed
		sums ""
		no_errors

		step "$id: one that is refused does not hold up the others"
		people Again
		text_of Refused ',"color":"red"'
		cp text "list/${id}7@$domain.json"
		hears "${row["refused $id"]}" each cp list/{} "$users/"
		error_record "users/${id}7@$domain.json" 'no field "color"'
		field "$users/${id}7@$domain.json" .lastName Changed
		acknowledge
		sums "PUT /users/{}=1 x $((n - 1))"
		people Denied
		fault '{"match":"PUT /users/{}","kind":"status","status":403}'
		hears "${row["denied $id"]}" each cp list/{} "$users/"
		sums "PUT /users/{}=1 x $n"
		is $((n - 1)) "$(people_of_tenant | grep -c "^$id.* Denied")"
		acknowledge

		step "$id: removes three"
		for ((i = 3; i < n; i++)); do rm "list/$id$i@$domain.json"; done
		keys_note
		expect each rm "$users/{}"
		sync_tenant
		is $((n - 3)) "$(people_of_tenant | grep -c "^$id")"
		is 3 "$(calls_by_person | grep -c ' DELETE /users/{}=1$')"
		is 3 "$(calls_by_person | wc -l)"
		expect sandbox POST log/clear
	done
}

rm_tool() { rm "$@"; }
unlink_tool() {
	local file status=0
	for file; do unlink "$file" || status=1; done
	return $status
}
rm_rf_tool() { rm -rf "$@"; }
find_tool() { find "$@" -delete; }
find_exec_tool() { find "$@" -exec rm {} +; }

# list_without FILE...: list/ is a copy of users/ without them
list_without() {
	rm -rf list
	cp -a "$users" list && rm "${@/#*\//list/}"
}
rsync_delete_tool() {
	list_without "$@" && rsync -a --delete list/ "$users/"
}

# git_here ARG...: the repository is outside, its worktree is users/
git_here() {
	git --git-dir="$WORK/list.git" --work-tree="$users" "$@"
}
# git_without FILE...: users/ is as a commit has it, and ./commit is one
# without them
git_without() {
	test -e list.git || git_here init -q
	list_without "$@"
	git_here add -A && git_here commit -q --allow-empty -m "as it is" &&
		git --git-dir=list.git --work-tree=list add -A &&
		git --git-dir=list.git write-tree >tree.id &&
		git_here reset -q && git_here commit-tree -p HEAD -m less "$(<tree.id)" >commit
}
git_switch_tool() { git_without "$@" && git_here checkout -q "$(<commit)"; }
git_hard_tool() { git_without "$@" && git_here reset -q --hard "$(<commit)"; }

# who may not go, and why
protected=(admin@example.com.json second.admin@example.com.json carla.upper@example.com.json)
why=("account whose token gotofs uses" "last two super administrators" "protected by the profile")
refused=("${protected[@]/#/remove users/}")
refused=("${refused[@]/%/ EPERM}")

play_remove() {
	local name
	load_tools "$1"
	text_of Created
	for id in "${ids[@]}"; do
		for i in 1 2 3; do
			expect cp text "$users/${id//_/-}$i@$domain.json"
		done
	done
	keys_note
	expect sandbox POST log/clear
	for id in "${ids[@]}"; do
		step "${id//_/ }: two people; one more, and three who are protected"
		expect "${id}_tool" "$users/${id//_/-}"[12]"@$domain.json"
		is "" "$(compgen -G "$users/${id//_/-}[12]@$domain.json")"
		sync_tenant
		is "" "$(people_of_tenant | grep "^${id//_/-}[12]")"
		is "2" "$(calls_by_person | grep -c ' DELETE /users/{}=1$')"
		is "2" "$(calls_by_person | wc -l)"
		expect sandbox POST log/clear
		mark
		hears "${row["refused $id"]}" "${id}_tool" \
			"$users/${id//_/-}3@$domain.json" "${protected[@]/#/$users/}"
		for name in "${!protected[@]}"; do
			error_record "users/${protected[name]}" "EPERM"
			error_record "users/${protected[name]}" "${why[name]}"
			test -e "$users/${protected[name]}" || fail "he is gone"
		done
		sync_tenant
		expect_verdicts "remove users/${id//_/-}3@$domain.json ok" \
			"${refused[@]}"
		is "$(email_of "$id" | sed 's/@/3@/') DELETE /users/{}=1" "$(calls_by_person)"
		acknowledge

		step "${id//_/ }: a removal that the tenant refuses comes back"
		fault '{"match":"DELETE /users/{}","kind":"status","status":403}'
		expect "${id}_tool" "$users/ann.lee@example.com.json"
		sync_tells users/ann.lee@example.com.json
		await 30 test -e "$users/ann.lee@example.com.json"
		error_record users/ann.lee@example.com.json EACCES
		acknowledge
		expect sandbox POST log/clear
	done
}

start_sandbox --users 400
printf '\n[guard]\nprotect = carla.*\n' >>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.com
export GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@example.com
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
mount_tenant settle=10,max_removals=60
expect sandbox POST log/clear
play_bulk bulk
ids=()
play_remove remove

step "rm -rf of a folder's contents: everybody is taken out of the group"
group=$mnt/groups/Sales/EMEA
members=$(find "$group" -type l | wc -l)
test "$members" -gt 0 || fail "nobody is there"
while test "$members" -gt 3; do
	expect mv "$(find "$group" -type l | head -n 1)" "$mnt/groups/Interns/"
	members=$((members - 1))
done
sync_tenant
calls_clear
expect rm -rf "$group"/*
is "" "$(ls "$group")"
sync_tenant
is 0 "$(sandbox GET state | jq '[.users[] | select(.groupName == "EMEA")] | length')"
expect_calls "DELETE /users/{}/groups=$members"

step "rm -rf of a folder's contents beyond the limit: nobody is removed"
before=$(people_of_tenant)
count=$(find "$users" -name '*.json' | wc -l)
hears "1 Disk quota exceeded" rm -rf -- "$users"/*
all_back() {
	test "$(find "$users" -maxdepth 1 -name '*.json' | wc -l)" -eq "$count"
}
await 30 all_back
refuse "refused" 1 "$gotofs" sync --timeout 60 "$mnt"
is "$before" "$(people_of_tenant)"
expect_calls
acknowledge
