#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool matrix, tools that make links: a license assigned, a group changed;
# the table's rows "link".
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_matrix.sh
. "$(dirname "$0")/functions_matrix.sh"

# a link as LINK would be, in a folder of ours
linked() {
	rm -rf tree && mkdir tree && ln -s "$target" "tree/${1##*/}"
}

ln_s_link() { ln -s "$target" "$1"; }
ln_sfn_link() { ln -sfn "$target" "$1"; }
ln_sr_link() { ln -srfn "$users/${1##*/}" "$1"; }
link_cp_link() { linked "$1" && cp -a --remove-destination "tree/${1##*/}" "$1"; }
link_rsync_link() { linked "$1" && rsync -a tree/ "${1%/*}/"; }
link_tar_link() {
	linked "$1" && tar -C tree -cf archive "${1##*/}" && tar -C "${1%/*}" -xf archive
}
link_cpio_link() {
	linked "$1" && (cd tree && echo "${1##*/}" | cpio -o --quiet >../archive)
	(cd "${1%/*}" && cpio -iu --quiet) <archive
}
unzip_links() {
	linked "$1" && rm -f archive.zip && (cd tree && zip -qy ../archive.zip "${1##*/}")
	unzip -qo archive.zip -d "${1%/*}"
}
link_git_link() {
	git_at "${1%/*}" rev-parse --git-dir >/dev/null # (made by one alone)
	git_at "${1%/*}" checkout -qf "$(git_at "${1%/*}" commit-tree -m list "$(
		printf '120000 blob %s\t%s\n' \
			"$(printf %s "$target" | git_at "${1%/*}" hash-object -w --stdin)" \
			"${1##*/}" | git_at "${1%/*}" mktree
	)")"
}
# git_at FOLDER ARG...: its repository is outside, and its worktree the folder
git_at() {
	local repository=$WORK/${1##*/}.git folder=$1
	shift
	test -e "$repository" || git init -q --bare "$repository"
	git --git-dir="$repository" --work-tree="$folder" "$@"
}

start_sandbox --users 400
mount_tenant
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.com
export GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@example.com
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
business=$mnt/licenses/gotomeeting-business
full=$mnt/licenses/gotomeeting-starter
load_tools link
expect sandbox POST log/clear
keys_note

# Somebody for each tool, without a license and in no group.
mapfile -t free < <(sandbox GET state | jq -r '
	.users[] | select((.licenseKeys // []) == [] and
		(.groupKey // "") == "" and (.email | test("^[a-z.]+@[a-z.]+$"))) |
	.email' | sort | head -n ${#ids[@]})
is ${#ids[@]} ${#free[@]}
declare -A who
for i in "${!ids[@]}"; do
	who[${ids[i]}]=${free[i]}
done
email_of() { echo "${who[$1]}"; }

# make FOLDER: every tool links its person there, by its row's status if again
make() {
	local id target=../../users
	for id in "${ids[@]}"; do
		echo "link: $id"
		target=../../users/${who[$id]}.json
		"${@:2}" "${id}_link" "$1/${who[$id]}.json"
	done
}

# links_are FOLDER: each is there, and there are no others of ours
links_are() {
	local id
	for id in "${ids[@]}"; do
		expect_out "../../users/${who[$id]}.json" readlink "$1/${who[$id]}.json"
	done
	is "" "$(find "$1" -mindepth 1 -maxdepth 1 -type f)"
}

none_are() {
	local id
	for id in "${ids[@]}"; do
		await 30 test ! -L "$1/${who[$id]}.json"
		gone "$1/${who[$id]}.json"
	done
}

# holders: who of ours has the license, says the tenant
holders() {
	sandbox GET state | jq -r '
		(.licenses[] | select(.description == "GoToMeeting Business").key) as $l |
		.users[] | select(.licenseKeys // [] | index($l)).email' | sort |
		comm -12 - <(printf '%s\n' "${free[@]}" | sort)
}

# again COMMAND...: as the row says of a link that is there
again() {
	if test "${row["asks $id"]}" = 1; then
		expect "$@"
	else
		hears "${row["asks $id"]}" "$@"
	fi
}

step "a license: one call; the same again: none"
make "$business" expect
links_are "$business"
sync_tenant
is "$(printf '%s\n' "${free[@]}" | sort)" "$(holders)"
calls_are "POST /licenses/{}/users/{}=1"
make "$business" again
links_are "$business"
sync_tenant
calls_are
no_errors

step "rm: one call"
for id in "${ids[@]}"; do
	expect rm "$business/${who[$id]}.json"
done
sync_tenant
none_are "$business"
is "" "$(holders)"
calls_are "DELETE /licenses/{}/users/{}=1"

step "a group, then another: one call each"
for group in Interns Support; do
	make "$mnt/groups/$group" expect
	sync_tenant
	links_are "$mnt/groups/$group"
	is "${#ids[@]} $group" "$(sandbox GET state | jq -r --arg g "$group" \
		'.users[] | select(.groupName == $g).email' | sort |
		comm -12 - <(printf '%s\n' "${free[@]}" | sort) | wc -l) $group"
	calls_are "PUT /groups/{}/users/{}=1"
done
none_are "$mnt/groups/Interns"
no_errors

# hears_row: the words and the status for a refusal
hears_row() {
	hears "${row["refused $id"]}" "$@"
}

step "a license without a free seat: heard by every tool, no call"
make "$full" hears_row
for id in "${ids[@]}"; do
	error_record "licenses/gotomeeting-starter/${who[$id]}.json" ENOSPC
done
none_are "$full"
acknowledge
sync_tenant
calls_are

# at_leave COMMAND...: the tenant answers when it has ended
at_leave() {
	fault '{"match":"POST /licenses/{}/users/{}","kind":"hold","count":-1}'
	expect "$@"
	fault_clear
}

step "what the tenant refuses: gotofs sync tells, the link goes"
mutate '{"op":"update-license","license":"GoToMeeting Business","enabled":false}'
make "$business" at_leave
sync_tells "licenses/gotomeeting-business/"
none_are "$business"
for id in "${ids[@]}"; do
	error_record "licenses/gotomeeting-business/${who[$id]}.json" ENOSPC
done
acknowledge
is "" "$(holders)"
calls_are "POST /licenses/{}/users/{}=1"

step "unzip makes a regular file first: refused, and nothing is left"
target=../../users/${free[0]}.json
hears "50 Operation not permitted" unzip_links "$business/${free[0]}.json"
gone "$business/${free[0]}.json"
error_record "licenses/gotomeeting-business/${free[0]}.json" "ln -s"
acknowledge
sync_tenant
calls_are
