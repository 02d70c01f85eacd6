#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: what somebody else changes meanwhile: drift, and adopt.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
init_repo
ann=ann.lee@example.com.json
dan=dan.fox@example.com.json

step "drift: somebody at GoTo, and somebody here, and they are told from each other"
drifts
elsewhere '{"op":"create-user","email":"new.one@example.com","fields":{"firstName":"New","lastName":"One"}}'
set_field $ann lastName Drifted
gone=$(holder gotomeeting-business)
elsewhere "{\"op\":\"delete-user\",\"email\":\"${gone%.json}\"}"
jq '.lastName = "Byhand"' "$mnt/users/$dan" >"$WORK/dan"
expect cp "$WORK/dan" "$mnt/users/$dan"
expect ln -s ../../users/$dan "$mnt/licenses/gotowebinar-pro/"
expect mkdir "$mnt/groups/Byhand"
sync_tenant
drifts "+ groups/Byhand/ (here: group-create by mkdir of uid $UID)" \
	"+ licenses/gotowebinar-pro/$dan (here: assign by ln of uid $UID)" \
	"- users/$gone (elsewhere)" \
	"~ users/$ann lastName: \"Lee\" -> \"Drifted\" (elsewhere)" \
	"~ users/$dan lastName: \"Fox\" -> \"Byhand\" (here: update by cp of uid $UID)" \
	"+ users/new.one@example.com.json (elsewhere)"

step "... plan marks it, apply leaves it as it is, and adopt takes it over"
alice=$(find groups licenses -name "$gone" | sort)
others=$(printf '! %s was added there\n' groups/Byhand/ \
	licenses/gotowebinar-pro/$dan users/new.one@example.com.json
	for name in $alice users/$gone; do echo "! $name was removed there"; done
	echo "! users/$ann lastName was changed there to \"Drifted\""
	echo "! users/$dan lastName was changed there to \"Byhand\"")
calls_clear
gitops/plan "$mnt" >"$WORK/out"
is 2 $?
is "$(sort <<<"$others")" "$(grep '^!' "$WORK/out")"
refuse "nothing was done" 1 gitops/apply "$mnt"
is "$(sort <<<"$others")" "$(grep '^!' "$WORK/out")"
expect_apply
expect gitops/adopt "$mnt"
is "$(git status --short)" "$(cat "$WORK/out")"
is Drifted "$(jq -r .lastName users/$ann)"
is '{"email":"new.one@example.com","firstName":"New","lastName":"One","locale":null,"timeZone":null,"adminRoles":[]}' \
	"$(jq -c . users/new.one@example.com.json)"
is "" "$(find . -name "$gone")"
commit "what others did"
plans
expect_calls
applies
is "" "$applied_calls"
drifts
calls_clear

step "a group renamed in the mount stays the same group, and adopt takes it over"
key=$(tenant_group Sales .key)
expect mv "$mnt/groups/Sales" "$mnt/groups/Selling"
sync_tenant
expect_writes "PUT /groups/{}=1"
expect gitops/adopt "$mnt"
commit "Sales is Selling"
plans
applies
is "" "$applied_calls"
is "$key" "$(tenant_group Selling .key)"

step "drift: who changed something here did not change the rest, nor what came after"
dan_json=$mnt/users/$dan
put() {
	jq "$1" "$dan_json" >"$WORK/dan"
	expect cp "$WORK/dan" "$dan_json"
}
put '.locale = "de_DE" | .firstName = "Dani"'
put '.firstName = "Daniel"'
kim=kim.park@example.com.json
seat=licenses/gotowebinar-pro/$kim
expect ln -s ../../users/$kim "$mnt/$seat"
sync_tenant
expect rm "$mnt/$seat"
expect mkdir "$mnt/groups/Brief"
sync_tenant
expect rmdir "$mnt/groups/Brief"
sync_tenant
home=$(cd "$mnt" && ls groups/*/$kim groups/*/*/$kim 2>/dev/null)
expect mv "$mnt/$home" "$mnt/groups/Byhand/"
expect mv "$mnt/users/ann.lee@example.com.json" "$mnt/users/anna.lee@example.com.json"
sync_tenant
set_field $dan lastName Elsewhere
set_field $dan firstName Dani
elsewhere '{"op":"create-group","name":"Brief"}'
elsewhere "{\"op\":\"assign\",\"email\":\"${kim%.json}\",\"license\":\"GoToWebinar Pro\"}"
mapfile -t lines < <(printf '%s\n' "+ groups/Brief/ (elsewhere)" \
	"+ groups/Byhand/$kim (here: move by mv of uid $UID)" \
	"- $home (here: move by mv of uid $UID)" \
	"+ $seat (elsewhere)" \
	"- users/$ann (here: update by mv of uid $UID)" \
	"+ users/anna.lee@example.com.json (here: update by mv of uid $UID)" \
	"~ users/$dan firstName: \"Dan\" -> \"Dani\" (elsewhere)" \
	"~ users/$dan lastName: \"Byhand\" -> \"Elsewhere\" (elsewhere)" \
	"~ users/$dan locale: \"en_US\" -> \"de_DE\" (here: update by cp of uid $UID)" |
	sort -s -t ' ' -k 2,2)
drifts "${lines[@]}"
expect gitops/adopt "$mnt"
commit "and what else there was"
applies
is "" "$applied_calls"
ann=anna.lee@example.com.json

step "a group, a move and a person's seat, elsewhere: adopt takes each over at once"
elsewhere '{"op":"create-group","name":"Far"}'
elsewhere "{\"op\":\"set-group\",\"email\":\"${ann%.json}\",\"group\":\"Far\"}"
last=$(find groups -name $ann)
mapfile -t lines < <(printf '%s (elsewhere)\n' "+ groups/Far/" "+ groups/Far/$ann" \
	"- $last" | sort -k 2,2)
drifts "${lines[@]}"
expect gitops/adopt "$mnt"
commit "moved"
plans
applies
calls_clear

# archive: what the journal has till now moves to older parts, which somebody
# takes away
archive() {
	local i seq
	seq=$(tail -n 1 "$mnt/.gotofs/journal.jsonl" | jq .seq)
	for i in {1..40}; do
		! rm "$mnt/users/admin@example.com.json" 2>/dev/null || fail "removed"
	done
	await 30 begins_after "$seq"
	expect gzip "$XDG_STATE_HOME/gotofs/$profile/journal/"*.jsonl
}

begins_after() {
	test "$(head -n 1 "$mnt/.gotofs/journal.jsonl" | jq .seq)" -gt "$1"
}

step "an old part of the journal is away: nothing is said of it, nothing forgotten"
unmount_tenant
printf '[journal]\nmax_size = 4K\n' >>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
mount_tenant
drifts
archive
edit $dan '.lastName = "Archived"'
commit "a change"
applies
is "PUT /users/{}=1" "$applied_calls"
expect mkdir "$mnt/groups/Here"
sync_tenant
drifts "+ groups/Here/ (here: group-create by mkdir of uid $UID)"
expect "$gitops/init" "$mnt" "$WORK/again"
is "applied" "$(git -C "$WORK/again" for-each-ref --format='%(tag)' refs/gotofs)"

step "a newer one: drift names it, and goes by what is left"
archive
expect mkdir "$mnt/groups/There"
sync_tenant
name=$(holder gotomeeting-business)
expect rm "$mnt/users/$name"
sync_tenant
expect git rm -q "*/$name"
commit "gone"
calls_clear
refuse "of the journal are missing" 2 gitops/plan "$mnt"
is $'! groups/Here/ was added there\n! groups/There/ was added there' "$(grep '^!' "$WORK/out")"
refuse "of the journal are missing" 2 gitops/drift "$mnt"
said "+ groups/Here/ (elsewhere)"
said "+ groups/There/ (here: group-create by mkdir of uid $UID, "
