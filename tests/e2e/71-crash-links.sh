#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon dies at each point of what concerns links and folders: seats,
# members, groups. See functions_crash.sh for what must hold.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"

start_crash_test
ann=ann.lee@example.com
webinar=$mnt/licenses/gotowebinar-pro
groups=$mnt/groups
n=0
folder=

assign() {
	case_at "$1" assign "POST /licenses/{}/users/{}" \
		"holds('$ann', 'GoToWebinar Pro')" True \
		ln -s "../../users/$ann.json" "$webinar/"
}

unassign() {
	case_at "$1" unassign "DELETE /licenses/{}/users/{}" \
		"holds('$ann', 'GoToWebinar Pro')" False rm "$webinar/$ann.json"
}

into() {
	case_at "$1" move "PUT /groups/{}/users/{}" \
		"user('$ann').get('groupName')" Interns \
		ln -s "../../users/$ann.json" "$groups/Interns/"
}

out_of() {
	case_at "$1" take-out "DELETE /users/{}/groups" \
		"user('$ann').get('groupName')" None \
		rm "$groups/Interns/$ann.json"
}

make() {
	n=$((n + 1))
	case_at "$1" group-create "POST /groups" "len(groups('Made$n'))" 1 \
		mkdir "$groups/Made$n"
	folder=Made$n
}

rename() {
	n=$((n + 1))
	case_at "$1" group-rename "PUT /groups/{}" "len(groups('Named$n'))" 1 \
		mv "$groups/$folder" "$groups/Named$n"
	folder=Named$n
}

delete() {
	case_at "$1" group-delete "DELETE /groups/{}" \
		"len(groups('$folder'))" 0 rmdir "$groups/$folder"
}

assign accept-before-commit
assign accept-after-commit
unassign accept-before-commit
unassign release-before-commit
assign send-after-mark
unassign send-after-mark
assign send-after-call
unassign verdict-before-commit
assign verdict-before-commit
unassign verdict-after-commit
assign verdict-after-commit

# (he is in Berlin: out of it first)
expect rm "$groups/Berlin/$ann.json"
sync_tenant
verdicts[take-out]=1
into send-before-mark
out_of release-after-commit
into send-after-mark
out_of send-after-mark
into send-after-call
out_of verdict-before-commit
into verdict-after-commit
out_of verdict-after-commit

make accept-before-commit
make accept-after-commit
rename send-before-mark
delete accept-after-commit
make send-after-mark
rename send-after-mark
delete send-after-mark
make send-after-call
rename verdict-before-commit
delete send-after-call
make verdict-after-commit
rename verdict-after-commit
delete verdict-after-commit
