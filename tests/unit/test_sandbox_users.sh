# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: creating, changing, deleting users.

# ----------------------------------------------------------------------- users

create() {
	both POST "/users${2-}" -d "$1"
}
is "create" "200 " \
	"$(create '{"users":[{"email":"New.One@example.com","firstName":"New","lastName":"One","locale":"en_US"}]}')"
is "create: answers key and address" "New.One@example.com $(key new.one@example.com)" \
	"$(jq -r '"\(.[0].email) \(.[0].key)"' "$dir/body")"
is "create: without license he is SUSPENDED" "SUSPENDED 1 false" \
	"$(user new.one@example.com |
		jq -r '"\(.status) \(.inviteCount) \(has("licenseKeys"))"')"
is "create: addresses are unique without regard to case" "409 user.name.conflict" \
	"$(create '{"users":[{"email":"new.ONE@example.com","firstName":"N","lastName":"O"}]}')"
two='{"users":[{"email":"ann.lee@example.com","firstName":"A","lastName":"L"},
	{"email":"new.two@example.com","firstName":"New","lastName":"Two"}]}'
is "create: all or nothing" "409 user.name.conflict" "$(create "$two")"
is "create: nothing" 404 "$(user new.two@example.com -o /dev/null | jq -r 'if .errorCode then 404 else 200 end')"
is "create: allOrNothing=false" "200 " "$(create "$two" '?allOrNothing=false')"
is "create: the conflicting one has no key" "false true" \
	"$(jq -r 'map(has("key")) | map(tostring) | join(" ")' "$dir/body")"
is "create: twice in one call" "409 user.name.conflict" \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"T"},{"email":"T@example.com","firstName":"T","lastName":"T"}]}')"
is "create: name missing" "400 user.first.name.invalid" \
	"$(create '{"users":[{"email":"t@example.com","lastName":"T"}]}')"
is "create: address missing" "400 user.email.invalid" \
	"$(create '{"users":[{"firstName":"T","lastName":"T"}]}')"
is "create: 33 characters are too many" "400 user.last.name.invalid" \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"ééééééééééééééééééééééééééééééééé"}]}')"
is "create: no users" "400 users.invalid" "$(create '{"users":[]}')"
is "create: no JSON" "400 request.malformed" "$(create '{"users":')"
many=$(jq -nc '{users: [range(101) | {email: "many\(.)@example.com", firstName: "M", lastName: "M"}]}')
is "create: more than 100" "400 users.invalid" "$(create "$many")"
is "create: 100" "200 " "$(create "$(jq -c '.users |= .[:100]' <<<"$many")")"

business=$(license 'GoToMeeting Business')
starter=$(license 'GoToMeeting Starter')
webinar=$(license 'GoToWebinar Pro')
assist=$(license 'GoToAssist Remote Support')
voice=$(license OpenVoice)
berlin=$(group Berlin)
is "create: with everything" "200 " \
	"$(create "{\"users\":[{\"email\":\"full@example.com\",\"firstName\":\"F\",\"lastName\":\"L\"}],
		\"licenseKeys\":[\"$business\",\"$webinar\"],\"groupKey\":\"$berlin\",
		\"adminRoles\":[\"RUN_REPORTS\"],\"managedGroupKeys\":[\"$berlin\"],\"suppressEmail\":true}")"
is "create: he has it all" "INVITED 2 Berlin RUN_REPORTS $berlin G2M,G2W" \
	"$(user full@example.com | jq -r '"\(.status) \(.licenseKeys | length) \(.groupName) \(.adminRoles[0]) \(.managedGroupKeys[0]) \(.products | join(","))"')"
is "create: no free seat" "409 license.seats.exceeded" \
	"$(create "{\"users\":[{\"email\":\"t@example.com\",\"firstName\":\"T\",\"lastName\":\"T\"}],\"licenseKeys\":[\"$starter\"]}")"
is "create: unknown license" "404 license.not.found" \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"T"}],"licenseKeys":["1"]}')"
is "create: unknown group" "404 group.not.found" \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"T"}],"groupKey":"1"}')"
is "create: unknown role" "400 user.role.unknown" \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"T"}],"adminRoles":["KING"]}')"
is "create: someone of another account" "200 " \
	"$(create '{"users":[{"email":"else@elsewhere.example.com","firstName":"E","lastName":"E"}]}')"
elsewhere=$(key else@elsewhere.example.com)
is "he is invited and read-only" "INVITED true" \
	"$(user else@elsewhere.example.com | jq -r '"\(.status) \(.identityReadOnly)"')"
is "his identity cannot be changed" "403 user.identity.read.only" \
	"$(both PUT "/users/$elsewhere" -d '{"firstName":"X"}')"
is "his roles can" 204 "$(code PUT "/users/$elsewhere" -d '{"adminRoles":["RUN_REPORTS"]}')"
switch '{"create_status":201,"create_needs":"seat-or-role"}'
is "create: needs a seat or a role, by switch" "400 user.license.or.role.required" \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"T"}]}')"
is "create: 201 by switch" "201 " \
	"$(create '{"users":[{"email":"t@example.com","firstName":"T","lastName":"T"}],"adminRoles":["RUN_REPORTS"]}')"
switch '{"create_status":200,"create_needs":"nothing"}'

ann=$(key ann.lee@example.com)
is "update: a partial merge" "204 Anna Lee 1" \
	"$(code PUT "/users/$ann" -d '{"firstName":"Anna"}') $(user ann.lee@example.com |
		jq -r '"\(.firstName) \(.lastName) \(.licenseKeys | length)"')"
is "update: key in the body" "400 user.key.not.allowed" \
	"$(both PUT "/users/$ann" -d "{\"key\":\"$ann\",\"firstName\":\"X\"}")"
is "update: nothing of it was done" Anna "$(user ann.lee@example.com | jq -r .firstName)"
is "update: a new address keeps the key" "204 $ann" \
	"$(code PUT "/users/$ann" -d '{"email":"ann.new@example.com"}') $(key ann.new@example.com)"
is "update: the old address is free" "404" "$(user ann.lee@example.com | jq -r 'if .errorCode then "404" else "there" end')"
is "update: an address that is taken" "409 user.name.conflict" \
	"$(both PUT "/users/$ann" -d '{"email":"DAN.fox@example.com"}')"
is "update: only the case of the address" "204 Ann.New@example.com" \
	"$(code PUT "/users/$ann" -d '{"email":"Ann.New@example.com"}') $(user ann.new@example.com | jq -r .email)"
code PUT "/users/$ann" -d '{"email":"ann.lee@example.com"}' >/dev/null
is "update: roles" "204 MANAGE_USERS" \
	"$(code PUT "/users/$ann" -d '{"adminRoles":["MANAGE_USERS"]}') $(user ann.lee@example.com | jq -r '.adminRoles | join(" ")')"
is "update: no roles" "204 false" \
	"$(code PUT "/users/$ann" -d '{"adminRoles":[]}') $(user ann.lee@example.com | jq -r 'has("adminRoles")')"
is "update: licenseKeys are ignored" "204 1" \
	"$(code PUT "/users/$ann" -d "{\"licenseKeys\":[\"$webinar\",\"$business\"]}") $(user ann.lee@example.com | jq '.licenseKeys | length')"
switch '{"put_license_keys":"replace"}'
is "update: or replace, by switch" "204 $webinar" \
	"$(code PUT "/users/$ann" -d "{\"licenseKeys\":[\"$webinar\"]}") $(user ann.lee@example.com | jq -r '.licenseKeys | join(" ")')"
code PUT "/users/$ann" -d "{\"licenseKeys\":[\"$business\"]}" >/dev/null
switch '{"put_license_keys":"ignore","update_status":200}'
is "update: 200 with the user, by switch" Annie \
	"$(api PUT "/users/$ann" -d '{"firstName":"Annie"}' | jq -r .firstName)"
switch '{"update_status":204}'
is "update: an unknown field is ignored" "204 false" \
	"$(code PUT "/users/$ann" -d '{"hat":"red"}') $(user ann.lee@example.com | jq 'has("hat")')"
switch '{"unknown_fields":"refuse"}'
is "update: or refused, by switch" "400 field.unknown" "$(both PUT "/users/$ann" -d '{"hat":"red"}')"
switch '{"unknown_fields":"ignore"}'
is "update: nobody there" "404 user.not.found" "$(both PUT /users/1 -d '{}')"

is "delete" 204 "$(code DELETE "/users/$ann")"
is "delete: gone" "404 user.not.found" "$(both GET "/users/$ann")"
is "delete: twice" "404 user.not.found" "$(both DELETE "/users/$ann")"
is "re-creation gives the old key back" "200 $ann" \
	"$(code POST /users -d '{"users":[{"email":"Ann.Lee@example.com","firstName":"Ann","lastName":"Lee"}]}') $(key ann.lee@example.com)"
switch '{"old_key":false}'
code DELETE "/users/$ann" >/dev/null
code POST /users -d '{"users":[{"email":"ann.lee@example.com","firstName":"Ann","lastName":"Lee"}]}' >/dev/null
is "or a new one, by switch" no \
	"$(test "$(key ann.lee@example.com)" = "$ann" && echo yes || echo no)"
switch '{"old_key":true}'
me=$(key admin@example.com)
second=$(key second.admin@example.com)
is "delete: oneself" "403 user.self" "$(both DELETE "/users/$me")"
is "delete: another super admin" 204 "$(code DELETE "/users/$second")"
is "delete: the last super admin" "403 user.last.super.admin" "$(both DELETE "/users/$me")"
is "update: the last super admin" "403 user.last.super.admin" \
	"$(both PUT "/users/$me" -d '{"adminRoles":[]}')"
is "delete: several in one path" "204 404" \
	"$(code DELETE "/users/$(key many1@example.com),$(key many2@example.com)") $(user many2@example.com | jq -r 'if .errorCode then 404 else 200 end')"
