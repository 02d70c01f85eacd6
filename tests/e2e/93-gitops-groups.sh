#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: a group with another name is the same group.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
mutate '{"op":"create-group","name":"Nobody"}'
init_repo
keys() {
	local name
	for name in "$@"; do
		tenant_group "$name" .key
	done
}
# member GROUP [N]: the Nth who is in it, in the repository
member() {
	find "groups/$1" -maxdepth 1 -type l -printf '%f\n' | sort | sed -n "${2-1}p"
}
# in_group: who is in which, at GoTo
in_group() {
	sandbox GET state | jq -r '.users[] | select(.groupName) | "\(.groupName) \(.email)"' | sort
}

step "git mv: the same group with its sub-groups, for one call; nobody moves"
were=$(keys Sales EMEA Nobody)
in_group | sed 's/^Sales /Selling /' | sort >"$WORK/want"
expect git mv groups/Sales groups/Selling
expect git mv groups/Nobody groups/Somebody
commit "two names"
plans "~ groups/Nobody/ -> groups/Somebody/ (renamed)" \
	"~ groups/Sales/ -> groups/Selling/ (renamed)"
said "0 to add, 2 to change, 0 to remove"
applies
is "PUT /groups/{}=2" "$applied_calls"
is "$were" "$(keys Selling EMEA Somebody)"
in_group | diff - "$WORK/want" || fail "somebody has moved"

step "... also a sub-group in it, while others come, go, and change their address"
comes=$(member Berlin)
goes=$(member Selling/EMEA)
other=$(member Selling/EMEA 2)
expect git mv groups/Selling groups/Sold
expect git mv groups/Sold/EMEA groups/Sold/Europe
rm "groups/Berlin/$comes" "groups/Sold/Europe/$goes"
ln -s "../../../users/$comes" groups/Sold/Europe/
expect git add -A
expect gitops/readdress "$other" "new.$other"
commit "everything at once"
refresh_tenant # whatever was sent a moment ago is read once more
plans "~ groups/Selling/ -> groups/Sold/ (renamed)" \
	"~ groups/Sold/EMEA/ -> groups/Sold/Europe/ (renamed)" \
	"$(printf '%s\n' "+ groups/Sold/Europe/$comes" "- groups/Sold/Europe/$goes" | sort -k 2)" \
	"~ users/$other -> users/new.$other (change of address)"
applies
is "$(printf '%s\n' "DELETE /users/{}/groups=1" "PUT /groups/{}/users/{}=1" \
	"PUT /groups/{}=2" "PUT /users/{}=1")" "$applied_calls"
is "$were" "$(keys Sold Europe Somebody)"
is "Europe null Europe" "$(for name in "$comes" "$goes" "new.$other"; do
	tenant_user "${name%.json}" '.groupName // "null"'; done | paste -sd ' ')"

step "another one that comes with other people is another; half of it is not most of it"
comes=$(member Berlin)
expect git mv groups/Somebody groups/Us
expect git mv "groups/Berlin/$comes" groups/Us/
commit "somebody goes, and Us comes"
plans "- groups/Somebody/" "+ groups/Us/" "+ groups/Us/$comes"
expect git reset -q --hard HEAD~1
expect git mv groups/Support groups/Desk
n=$(find groups/Desk -type l | wc -l)
find groups/Desk -type l | sort | tail -n $(((n + 1) / 2)) | xargs mv -t groups/Somebody
commit "Support is divided"
gitops/plan "$mnt" >"$WORK/out"
said "- groups/Support/"
said "+ groups/Desk/"
expect git reset -q --hard HEAD~1

step "GoTo moves no group into another: said before anything is done"
expect git mv groups/Interns groups/Sold/Interns
find groups/Sold/Interns -type l | while read -r link; do # one deeper
	ln -sfn "../../../users/${link##*/}" "$link"
done
edit dan.fox@example.com.json '.lastName = "Wolf"'
commit "interns are sold"
refresh_tenant
calls_clear
refuse "nothing was done" 1 gitops/apply "$mnt"
said "groups: groups/Sold/Interns cannot come while there is groups/Interns: GoTo moves no group"
expect_apply
expect git reset -q --hard HEAD~1

step "somebody came there meanwhile: adopt takes him over under the new name"
expect git mv groups/Somebody groups/Them
expect git mv groups/Sold groups/Sales
commit "Somebody is Them, and Sales are Sales again"
late=$(member Berlin)
elsewhere '{"op":"set-group","email":"'"${late%.json}"'","group":"Europe"}'
leaves_as_is "groups/Berlin/$late was removed there" "groups/Sales/Europe/$late was added there"
expect gitops/adopt "$mnt"
is "../../../users/$late" "$(readlink "groups/Sales/Europe/$late")"
commit "and is there"
applies
is "PUT /groups/{}=2" "$applied_calls"
is "$were Europe" "$(keys Sales Europe Them) $(tenant_user "${late%.json}" .groupName)"
