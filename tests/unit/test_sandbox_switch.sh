# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: the switches that the other parts do not turn.

start --users 60 --set pat_life_s=1000
ann=$(key ann.lee@example.com)
dan=$(key dan.fox@example.com)
me=$(key admin@example.com)
business=$(license 'GoToMeeting Business')
starter=$(license 'GoToMeeting Starter')
assist=$(license 'GoToAssist Remote Support')
voice=$(license OpenVoice)

# person EMAIL: the body that creates one
person() {
	printf '{"users":[{"email":"%s","firstName":"P","lastName":"Q"}]}' "$1"
}

# schemeless: the status of a request whose token has no scheme word
schemeless() {
	curl -s -o /dev/null -w '%{http_code}' -H "Authorization: $token" \
		"$base/users"
}
switch '{"schemeless_token":"accept"}'
is "schemeless_token=accept" 200 "$(schemeless)"
switch '{"schemeless_token":"reject","invalid_grant_status":401}'
is "invalid_grant_status" "401 invalid_grant" \
	"$(grant -d grant_type=refresh_token -d refresh_token=x)"
switch '{"token_keys":true,"loa":"string","pat_refresh_token":true}'
answer=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat)
is "token_keys, loa" "9000000000000000001 $me string" \
	"$(jq -r '"\(.account_key) \(.organizer_key) \(.loa | type)"' <<<"$answer")"
old=$(jq -r .access_token <<<"$answer")
revoke_refresh() {
	curl -s -o /dev/null -u sandbox-client:sandbox-secret \
		"$url/oauth/revoke" -d "token=$(jq -r .refresh_token <<<"$answer")"
}
switch '{"revoke_family":false}'
revoke_refresh
is "revoke_family=false: access tokens live on" true "$(introspect "$old")"
switch '{"revoke_family":true}'
answer=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat)
revoke_refresh
is "revoke_family=true: they end" false \
	"$(introspect "$(jq -r .access_token <<<"$answer")")"
switch '{"refresh_life_s":100,"loa":"absent","code_life_s":5}'
answer=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat)
is "loa=absent" false "$(jq 'has("loa")' <<<"$answer")"
one=$(new_code)
advance 5001
is "code_life_s" "400 invalid_grant" \
	"$(switch '{"invalid_grant_status":400}'; exchange "$one" "$verifier" "$back")"
advance 100000
is "refresh_life_s" invalid_grant \
	"$(refresh "$(jq -r .refresh_token <<<"$answer")")"
switch '{"redirect_uri":"http://127.0.0.1:9/other"}'
is "redirect_uri: only the registered one" 400 "$(authorize | cut -c1-3)"
switch '{"redirect_uri":"","bad_token_status":403}'
is "bad_token_status" 403 "$(token=x code GET /users)"
switch '{"scopes":"collab:","no_scope_status":401,"bad_token_status":418}'
is "no_scope_status" 401 "$(token=$(pat_token) code GET /users)"
switch '{"scopes":"identity:","bad_token_status":401}'
token=$(pat_token)

switch '{"account_put_status":200,"roleset_answer":"bare"}'
is "account_put_status" 200 "$(code PUT "" -d '{}')"
is "roleset_answer=bare" string "$(api POST /rolesets -d '{"name":"R"}' | jq -r type)"
switch '{"multi_user_keys":false,"license_get":false,"group_parent":false}'
is "multi_user_keys=false" 404 "$(code DELETE "/users/$ann,$dan")"
is "license_get=false" 404 "$(code GET "/licenses/$business")"
api POST /groups -d "{\"name\":\"Top\",\"parentKey\":\"$(group Sales)\"}" -o /dev/null
is "group_parent=false" Top "$(api GET "/groups/$(group Top)" | jq -r '.namePath | join("/")')"
switch '{"page_default":7,"sort_plain":false}'
is "page_default" 7 "$(api GET /users | jq '.results | length')"
is "sort_plain=false: no sort" "$(api GET /users | jq -r '.results[0].key')" \
	"$(api GET '/users?ascending=firstName' | jq -r '.results[0].key')"
switch '{"sort_plain":true}'
is "sort_plain=true" true \
	"$(api GET '/users?ascending=firstName&pageSize=60' |
		jq '[.results[].firstName] | . == sort_by([explode[]])')"
switch '{"filter_regex":false,"filter_bad_status":422,"filter_plus":"blank"}'
is "filter_regex=false" max+test@example.com "$(filter /users '(email="max+test@example.com")')"
is "filter_bad_status" 422 "$(filter /users '(')"
is "filter_plus=blank" 1 \
	"$(api GET '/users?filter=email+eq+%22ann.lee@example.com%22' | jq .total)"
switch '{"filter_regex":true,"filter_plus":"reject","error_value":false}'
is "error_value=false" false "$(api GET /users/1 | jq '.errors[0] | has("value")')"
is "user_license_keys=show" true "$(api GET "/users/$ann" | jq 'has("licenseKeys")')"
switch '{"user_license_keys":"hide"}'
is "user_license_keys=hide" false "$(api GET "/users/$ann" | jq 'has("licenseKeys")')"
switch '{"license_user_keys":"hide","user_count":"accepted","license_get":true}'
is "license_user_keys=hide" false "$(api GET /licenses | jq '.results[0] | has("userKeys")')"
is "user_count=accepted" true \
	"$(api GET "/licenses/$business" | jq '.userCount == (.userKeys | length)')"

switch '{"create_max":1,"conflict_key":"present","new_user_status":"PENDING"}'
is "create_max" "400 users.invalid" \
	"$(create '{"users":[{"email":"a@example.com","firstName":"A","lastName":"A"},{"email":"b@example.com","firstName":"B","lastName":"B"}]}')"
is "conflict_key=present" "$ann" \
	"$(api POST '/users?allOrNothing=false' -d "$(person ann.lee@example.com)" | jq -r '.[0].key')"
create "$(person p1@example.com | jq -c --arg k "$business" '.licenseKeys = [$k]')" >/dev/null
is "new_user_status" PENDING "$(user p1@example.com | jq -r .status)"
switch '{"names_required":false,"elsewhere_domain":""}'
is "names_required=false" "200 " "$(create '{"users":[{"email":"p2@example.com"}]}')"
create "$(person p3@elsewhere.example.com)" >/dev/null
is "elsewhere_domain: none" false "$(user p3@elsewhere.example.com | jq .identityReadOnly)"
switch '{"email_case":"lower","key_in_body_status":0}'
create "$(person P4@Example.com)" >/dev/null
is "email_case=lower" p4@example.com "$(user p4@example.com | jq -r .email)"
switch '{"email_case":"keep","email_unique":"case"}'
is "email_unique=case" "200 " "$(create "$(person P4@example.com)")"
is "email_unique=case: two of them" "p4@example.com P4@example.com" \
	"$(user p4@example.com | jq -r .email) $(user P4@example.com | jq -r .email)"
is "key_in_body_status=0" 204 "$(code PUT "/users/$dan" -d "{\"key\":\"$dan\"}")"
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"identityReadOnly":true,"emailLocked":true}}' >/dev/null
switch '{"identity_status":0,"update_status":202,"delete_status":200}'
is "identity_status=0" 202 "$(code PUT "/users/$dan" -d '{"firstName":"D"}')"
is "emailLocked" "403 user.email.locked" "$(both PUT "/users/$dan" -d '{"email":"d@example.com"}')"
switch '{"assign_status":200,"unassign_status":202,"disabled_status":0,"external_status":0,"group_status":200}'
is "assign_status, disabled_status=0" 200 "$(code POST "/licenses/$assist/users/$dan")"
is "unassign_status" 202 "$(code DELETE "/licenses/$assist/users/$dan")"
is "external_status=0" 200 "$(code POST "/licenses/$voice/users/$dan")"
is "group_status" 200 "$(code DELETE "/groups/$(group Top)")"
switch '{"seats_status":422,"disabled_status":423,"external_status":424}'
is "seats_status, disabled_status, external_status" "422 423 424" \
	"$(code POST "/licenses/$starter/users/$ann") $(code POST "/licenses/$assist/users/$ann") $(code POST "/licenses/$voice/users/$ann")"
is "delete_status" 200 "$(code DELETE "/users/$dan")"
code DELETE "/users/$(key second.admin@example.com)" >/dev/null
switch '{"last_super_status":0,"self_delete_status":409}'
is "self_delete_status" "409 user.self" "$(both DELETE "/users/$me")"
switch '{"self_delete_status":0}'
is "last_super_status=0, self_delete_status=0" 200 "$(code DELETE "/users/$me")"
is "a token whose user has gone" 401 "$(code GET /users)"
advance 1000000
is "pat_life_s" "400 invalid_grant" \
	"$(grant -d grant_type=personal_access_token -d pat=sandbox-pat)"
stop switches

start --users 20 --set rate=2 --set rate_buckets=shared --set rate_oauth=true
freeze true
advance 1000
is "rate_oauth, rate_buckets=shared" "200 200 429" \
	"$(grant -d grant_type=personal_access_token -d pat=sandbox-pat)$(statuses 2 | xargs)"
switch '{"rate":0,"latency_ms":200}'
freeze false
start_ms=$(date +%s%3N)
is "latency_ms: the answer" 200 "$(code GET /users)"
is "latency_ms: late" yes "$(test $(($(date +%s%3N) - start_ms)) -ge 200 && echo yes)"
stop latency
