#!/bin/bash
# SPDX-License-Identifier: MIT
# Every rule that gotofs-sandbox promises, asked over HTTP.
# Usage: test_sandbox.sh PATH-OF-gotofs-sandbox
set -u

bin=$1
dir=$(mktemp -d)
n=0
failed=0
pid=

trap 'test -n "$pid" && kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT

# is NAME EXPECTED ACTUAL
is() {
	n=$((n + 1))
	if test "$2" = "$3"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		printf '#   expected: %s\n#   got:      %s\n' "$2" "$3"
		failed=$((failed + 1))
	fi
}

# start OPTION...: a fresh sandbox; the line on stdout says when it is ready.
start() {
	rm -f "$dir/fifo"
	mkfifo "$dir/fifo"
	"$bin" --port 0 --rate 0 "$@" >"$dir/fifo" 2>"$dir/stderr" &
	pid=$!
	read -r _ _ url <"$dir/fifo"
	admin=$url/admin/rest/v1
	base=$admin/accounts/9000000000000000001
	token=$(pat_token)
}

# stop NAME: it must end with status 0 and say nothing.
stop() {
	kill "$pid"
	wait "$pid"
	is "$1: exits 0 on SIGTERM" 0 $?
	is "$1: nothing on stderr" "" "$(cat "$dir/stderr")"
	pid=
}

oauth() {
	curl -s -u sandbox-client:sandbox-secret "$url/oauth/token" "$@"
}

pat_token() {
	oauth -d grant_type=personal_access_token -d pat=sandbox-pat |
		jq -r .access_token
}

# api METHOD PATH [CURL-OPTION...]: the body
api() {
	local method=$1 path=$2
	shift 2
	curl -s -X "$method" -H "Authorization: Bearer $token" \
		"$base$path" "$@"
}

# code ...: like api, but only the status
code() {
	api "$@" -o /dev/null -w '%{http_code}'
}

# both ...: like api, "STATUS FIRST-ERROR-CODE"
both() {
	api "$@" -o "$dir/body" -w '%{http_code}'
	printf ' %s' "$(jq -r '.errors?[0].code // empty' "$dir/body" 2>/dev/null)"
}

# filter PATH FILTER: addresses (or names) found, or the status of a refusal
filter() {
	local status
	status=$(api GET "$1?filter=$(jq -rn --arg f "$2" '$f | @uri')" \
		-o "$dir/body" -w '%{http_code}')
	if test "$status" = 200; then
		jq -r '[.results[] | .email // .name] | sort | join(" ")' \
			"$dir/body"
	else
		echo "$status"
	fi
}

sandbox() {
	local method=$1 path=$2
	shift 2
	curl -s -X "$method" "$url/sandbox/$path" "$@"
}

switch() {
	sandbox POST switch -d "$1" >/dev/null
}

fault() {
	sandbox POST fault -d "$1" >/dev/null
}

advance() {
	sandbox POST clock -d "{\"advance_ms\":$1}" >/dev/null
}

freeze() {
	sandbox POST clock -d "{\"freeze\":$1}" >/dev/null
}

mutate() {
	sandbox POST mutate -d "$1" | jq -r '.key // .message // "done"'
}

user() {
	sandbox GET user -G --data-urlencode "email=$1"
}

key() {
	user "$1" | jq -r .key
}

license() {
	sandbox GET state | jq -r --arg d "$1" \
		'[.licenses[] | select(.description == $d)][0].key'
}

group() {
	sandbox GET state | jq -r --arg d "$1" \
		'.groups[] | select(.name == $d).key'
}

counter() {
	sandbox GET counters | jq -r ".$1"
}

# ---------------------------------------------------------------- command line

"$bin" --help >"$dir/help"
is "--help: status" 0 $?
is "--help: lists switches with their section" 1 \
	"$(grep -c 'order=key .*(3.2 D)' "$dir/help")"
"$bin" --set nosuch=1 2>"$dir/stderr"
is "an unknown switch: status 2" 2 $?
is "an unknown switch is named" \
	"gotofs-sandbox: nosuch=1: no such switch" "$(cat "$dir/stderr")"
"$bin" --set order=random 2>/dev/null
is "a bad value: status 2" 2 $?
"$bin" --users x 2>/dev/null
is "a bad number: status 2" 2 $?
"$bin" surplus 2>/dev/null
is "a surplus argument: status 2" 2 $?

start --users 60 --port-file "$dir/port" --profile "$dir/profile" \
	--refresh-token seed-refresh
is "the port file has the port" "$url" "http://127.0.0.1:$(cat "$dir/port")"
is "profile: api_url" "api_url = $url" "$(grep ^api_url "$dir/profile")"
is "profile: the files are private" "600 600" \
	"$(stat -c %a "$dir/profile.secret" "$dir/profile.pat" | xargs)"
is "profile: secret and pat" "sandbox-secret sandbox-pat" \
	"$(cat "$(sed -n 's/^client_secret_file = //p' "$dir/profile")" \
		"$(sed -n 's/^pat_file = //p' "$dir/profile")" | xargs)"
is "it listens on 127.0.0.1 alone" 7 \
	"$(curl -s "http://127.0.0.2:$(cat "$dir/port")/"; echo $?)"
"$bin" --port "$(cat "$dir/port")" --users 1 >/dev/null 2>"$dir/busy"
is "a port in use: status 1" 1 $?

# ----------------------------------------------------------------------- oauth

is "metadata: S256 only" S256 \
	"$(curl -s "$url/.well-known/oauth-authorization-server" |
		jq -r '.code_challenge_methods_supported | join(" ")')"
is "no openid configuration" 404 \
	"$(curl -s -o /dev/null -w '%{http_code}' \
		"$url/.well-known/openid-configuration")"
answer=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat)
is "PAT: fields of the answer" \
	"access_token expires_in loa principal scope token_type" \
	"$(jq -r 'keys | join(" ")' <<<"$answer")"
is "PAT: life" 3600 "$(jq .expires_in <<<"$answer")"

# grant OPTION...: "STATUS error"
grant() {
	oauth -o "$dir/body" -w '%{http_code}' "$@"
	printf ' %s' "$(jq -r '.error // empty' "$dir/body")"
}
is "bad PAT" "400 invalid_grant" \
	"$(grant -d grant_type=personal_access_token -d pat=wrong)"
is "PAT missing" "400 invalid_request" \
	"$(grant -d grant_type=personal_access_token)"
is "grant_type missing" "400 invalid_request" "$(grant -d pat=sandbox-pat)"
is "bad client" "401 invalid_client" \
	"$(grant -u sandbox-client:wrong -d grant_type=refresh_token)"
is "client_credentials: refused" "401 invalid_client" \
	"$(grant -d grant_type=client_credentials)"
is "client_credentials: text" "Unauthorized grant type" \
	"$(jq -r .error_description "$dir/body")"
is "client_secret_post" 200 \
	"$(curl -s -o /dev/null -w '%{http_code}' "$url/oauth/token" \
		-d client_id=sandbox-client -d client_secret=sandbox-secret \
		-d grant_type=personal_access_token -d pat=sandbox-pat)"

refresh() {
	oauth -d grant_type=refresh_token -d "refresh_token=$1" |
		jq -r '.refresh_token // .error // "none"'
}
is "refresh: before 60 % the same one" seed-refresh "$(refresh seed-refresh)"
switch '{"refresh_early":"omit"}'
is "refresh: or none" none "$(refresh seed-refresh)"
switch '{"refresh_early":"repeat"}'
advance $((17 * 86400000))
is "refresh: the same on day 17" seed-refresh "$(refresh seed-refresh)"
advance $((2 * 86400000))
new=$(refresh seed-refresh)
is "refresh: a new one on day 19" no \
	"$(test "$new" = seed-refresh -o "$new" = none && echo yes || echo no)"
is "refresh: the old one is dead" invalid_grant "$(refresh seed-refresh)"
is "refresh: the new one works" "$new" "$(refresh "$new")"
switch '{"refresh_percent":0,"refresh_grace_s":60}'
second=$(refresh "$new")
is "refresh: grace lets the old one live" 200 \
	"$(oauth -o /dev/null -w '%{http_code}' -d grant_type=refresh_token \
		-d "refresh_token=$new")"
advance 61000
is "refresh: until it ends" invalid_grant "$(refresh "$new")"
switch '{"refresh_percent":60,"refresh_grace_s":0}'
advance $((31 * 86400000))
is "refresh: expires after 30 days" invalid_grant "$(refresh "$second")"

is "an access token expires" 401 "$(code GET /users)"
token=$(pat_token)
is "a new one works" 200 "$(code GET /users)"
is "no token" 401 \
	"$(curl -s -o /dev/null -w '%{http_code}' "$base/users")"
is "a token without scheme is rejected" 401 \
	"$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: $token" \
		"$base/users")"
switch '{"token_chars":4096}'
token=$(pat_token)
is "a long token has 4096 characters" 4096 "${#token}"
is "a long token works" 200 "$(code GET /users)"
switch '{"token_chars":0,"scopes":"collab:"}'
token=$(pat_token)
is "without identity: the Admin API is closed" 403 "$(code GET /users)"
switch '{"scopes":"identity: collab:","access_life_s":10}'
token=$(pat_token)
is "a short token works" 200 "$(code GET /users)"
advance 10001
is "and expires" "401 not.authorized" "$(both GET /users)"
switch '{"access_life_s":3600,"pat_refresh_token":true}'
new=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat |
	jq -r .refresh_token)
is "a PAT may give a refresh token" "$new" "$(refresh "$new")"

# PKCE: the pair of RFC 7636, appendix B
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM
back=http://127.0.0.1:9/back

# authorize QUERY: "STATUS LOCATION"
authorize() {
	curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -G \
		"$url/oauth/authorize" -d client_id=sandbox-client \
		-d response_type=code --data-urlencode "redirect_uri=$back" "$@"
}

new_code() {
	authorize -d code_challenge=$challenge -d code_challenge_method=S256 \
		-d state=a%20b | sed 's/.*code=\([^&]*\).*/\1/'
}

exchange() {
	grant -d grant_type=authorization_code -d "code=$1" \
		-d "code_verifier=$2" --data-urlencode "redirect_uri=$3"
}
is "authorize: 302 with code and state" "302 $back?code=CODE&state=a%20b" \
	"$(authorize -d state=a%20b | sed 's/code=[^&]*/code=CODE/')"
is "authorize: plain PKCE is refused" "302 $back?error=invalid_request" \
	"$(authorize -d code_challenge=x -d code_challenge_method=plain)"
is "authorize: a foreign redirect" 400 \
	"$(authorize -d redirect_uri=x | cut -c1-3 >/dev/null
	curl -s -o /dev/null -w '%{http_code}' -G "$url/oauth/authorize" \
		-d client_id=sandbox-client -d response_type=code \
		-d redirect_uri=https://evil.example.net/)"
one=$(new_code)
is "code: exchanged" "200 " "$(exchange "$one" $verifier $back)"
is "code: gives a refresh token" true \
	"$(jq '.refresh_token != null' "$dir/body")"
is "code: only once" "400 invalid_grant" "$(exchange "$one" $verifier $back)"
is "code: wrong verifier" "400 invalid_grant" \
	"$(exchange "$(new_code)" wrong $back)"
is "code: other redirect_uri" "400 invalid_grant" \
	"$(exchange "$(new_code)" $verifier http://127.0.0.1:9/other)"
one=$(new_code)
advance 600001
is "code: expires" "400 invalid_grant" "$(exchange "$one" $verifier $back)"
is "code: a public client" true \
	"$(curl -s "$url/oauth/token" -d grant_type=authorization_code \
		-d client_id=sandbox-client -d "code=$(new_code)" \
		-d code_verifier=$verifier --data-urlencode redirect_uri=$back |
		jq '.access_token != null')"
switch '{"authorize_error":"access_denied"}'
is "authorize: denied by the switch" "302 $back?error=access_denied&state=s" \
	"$(authorize -d state=s)"
switch '{"authorize_error":""}'

token=$(pat_token)
introspect() {
	curl -s -u sandbox-client:sandbox-secret "$url/oauth/introspect" \
		-d "token=$1" | jq -r .active
}
is "introspect: active" true "$(introspect "$token")"
is "revoke: 200" 200 \
	"$(curl -s -o /dev/null -w '%{http_code}' -d "token=$token" \
		-u sandbox-client:sandbox-secret "$url/oauth/revoke")"
is "introspect: revoked" false "$(introspect "$token")"
is "a revoked token" 401 "$(code GET /users)"
token=$(pat_token)
sandbox POST revoke-tokens >/dev/null
is "revoke-tokens" 401 "$(code GET /users)"
sandbox POST revoke-tokens -d '{"pat":true}' >/dev/null
is "revoke-tokens: the PAT too" "400 invalid_grant" \
	"$(grant -d grant_type=personal_access_token -d pat=sandbox-pat)"
switch '{"oauth_error_body":"text"}'
is "errors as text" "invalid_grant: Invalid refresh token" \
	"$(oauth -d grant_type=refresh_token -d refresh_token=x)"
stop oauth

# --------------------------------------------------------------------- reading

start --users 300
is "me" "admin@example.com Example Org 9000000000000000001" \
	"$(curl -s -H "Authorization: Bearer $token" "$admin/me" |
		jq -r '"\(.email) \(.accounts[0].name) \(.accountKey)"')"
is "account" "Example Org" "$(api GET "" | jq -r .name)"
is "account: renamed" "204 New Org" \
	"$(code PUT "" -d '{"name":"New Org"}') $(api GET "" | jq -r .name)"
is "another account" "404 account.not.found" \
	"$(base=$admin/accounts/1 both GET /users)"
is "an unknown path" "404 NOT_FOUND" \
	"$(code GET /nothing) $(api GET /nothing | jq -r .errorCode)"
is "page: default" "25 0 25 300" \
	"$(api GET /users | jq -r '"\(.results | length) \(.fromIndex) \(.toIndex) \(.total)"')"
is "page: last" "1 299 300 300" \
	"$(api GET '/users?pageSize=50&offset=299' |
		jq -r '"\(.results | length) \(.fromIndex) \(.toIndex) \(.total)"')"
is "page: beyond the end" '{"results":[],"fromIndex":300,"toIndex":300,"total":300}' \
	"$(api GET '/users?offset=1000')"
is "page: clamped" 300 "$(api GET '/users?pageSize=5000' | jq '.results | length')"
switch '{"page_max":100}'
is "page: clamped to the maximum" 100 \
	"$(api GET '/users?pageSize=5000' | jq '.results | length')"
switch '{"page_over":"refuse"}'
is "page: or refused" 400 "$(code GET '/users?pageSize=5000')"
switch '{"page_max":1000,"page_over":"clamp"}'
is "page: negative offset" 400 "$(code GET '/users?offset=-1')"
is "page: pageSize 0" 400 "$(code GET '/users?pageSize=0')"
for at in 0 100 200; do
	api GET "/users?pageSize=100&offset=$at" | jq -r '.results[].key'
done >"$dir/keys"
is "pages: every key once" 300 "$(sort -u "$dir/keys" | wc -l)"
is "pages: in the order of keys" "$(awk '{print length, $0}' "$dir/keys" |
	sort -k1,1n -k2,2 | md5sum)" "$(awk '{print length, $0}' "$dir/keys" | md5sum)"
is "keys: at least 19 digits" 0 "$(grep -vcE '^[0-9]{19,}$' "$dir/keys")"
is "keys: some of 26 digits" yes \
	"$(grep -qE '^[0-9]{26}$' "$dir/keys" && echo yes)"
switch '{"order":"shifting"}'
for at in 0 100 200; do
	api GET "/users?pageSize=100&offset=$at" | jq -r '.results[].key'
done >"$dir/keys"
is "order=shifting: pages overlap" 298 "$(sort -u "$dir/keys" | wc -l)"
switch '{"order":"email"}'
is "order=email" true \
	"$(api GET '/users?pageSize=1000' |
		jq '[.results[].email] | . == (sort_by(explode))')"
switch '{"order":"key"}'
is "attributes" '{"key":true,"email":true}' \
	"$(api GET '/users?attributes=key,email&pageSize=1' |
		jq -c '.results[0] | map_values(true)')"
is "attributeNames" email \
	"$(api GET '/users?attributeNames=email&pageSize=1' |
		jq -r '.results[0] | keys | join(" ")')"
is "ascending=firstName=true" true \
	"$(api GET '/users?pageSize=1000&ascending=firstName=true' |
		jq '[.results[].firstName] | . == sort_by([explode[]])')"
is "descending=email" true \
	"$(api GET '/users?pageSize=1000&descending=email' |
		jq '[.results[].email] | . == (sort_by(explode) | reverse)')"
is "one user" ann.lee@example.com \
	"$(api GET "/users/$(key ann.lee@example.com)" | jq -r .email)"
is "several users in one path" "2" \
	"$(api GET "/users/$(key ann.lee@example.com),$(key dan.fox@example.com)" |
		jq -r .total)"
is "no such user" "404 user.not.found" "$(both GET /users/1)"
is "empty fields are left out" "false false" \
	"$(user stan.still@example.com |
		jq -r '"\(has("licenseKeys")) \(has("adminRoles"))"')"
is "a user without license reads SUSPENDED" SUSPENDED \
	"$(user stan.still@example.com | jq -r .status)"
switch '{"keys":"number"}'
is "keys as numbers keep their digits" "$(sandbox GET user -G -d email=ann.lee@example.com |
	grep -o '"key":[0-9]*')" "$(api GET /users?pageSize=1000 | grep -o '"key":[0-9]*,"email":"ann.lee@example.com"' | cut -d, -f1)"
switch '{"keys":"string","empty_results":"absent"}'
is "results may be absent" '{"fromIndex":0,"toIndex":0,"total":0}' \
	"$(api GET '/users?filter=(email="nobody")' -g)"
switch '{"empty_results":"array"}'

# filters
is "filter: by address" ann.lee@example.com \
	"$(filter /users '(email="ann.lee@example.com")')"
is "filter: no match is 200" "" "$(filter /users '(email="bob.stone@example.com")')"
is "filter: the whole field must match" "" "$(filter /users '(email="ann.lee")')"
is "filter: sensitive to case" "" \
	"$(filter /users '(email="carla.upper@example.com")')"
is "filter: (?i)" Carla.UPPER@Example.COM \
	"$(filter /users '(email="(?i)carla.upper@example.com")')"
is "filter: a regular expression" "ann.lee@example.com dan.fox@example.com" \
	"$(filter /users '(email="(?i)(ANN|dan)\.(lee|fox)@.*")')"
is "filter: or, and" "ann.lee@example.com dan.fox@example.com" \
	"$(filter /users '(email="ann.lee@.*") | (firstName="Dan") & (lastName="Fox")')"
is "filter: and binds closer" "ann.lee@example.com" \
	"$(filter /users '(email="ann.lee@.*") | (firstName="Dan") & (lastName="Nobody")')"
is "filter: eq" kim.park@example.com \
	"$(filter /users 'email eq "kim.park@example.com"')"
is "filter: by key" ann.lee@example.com \
	"$(filter /users "(key=\"(?i)$(key ann.lee@example.com)\")")"
is "filter: + is an operator" "" "$(filter /users '(email="max+test@example.com")')"
is "filter: an escaped + is not" max+test@example.com \
	"$(filter /users '(email="max\+test@example.com")')"
is "filter: \\Q..\\E" max+test@example.com \
	"$(filter /users '(email="\Qmax+test@example.com\E")')"
is "filter: an apostrophe" "pat.o'brien@example.com" \
	"$(filter /users "(email=\"pat.o'brien@example.com\")")"
is "filter: groups by name" Berlin "$(filter /groups '(name="Berlin")')"
is "filter: bad syntax" 400 "$(filter /users '(email=ann)')"
is "filter: not closed" 400 "$(filter /users '(email="ann"')"
is "filter: bad expression" 400 "$(filter /users '(email="(ann")')"
is "filter: unknown field" 400 "$(filter /users '(status="ACTIVE")')"
is "filter: a blank as %20" 1 \
	"$(api GET '/users?filter=email%20eq%20%22ann.lee@example.com%22' | jq .total)"
is "filter: a blank as + is refused" 400 \
	"$(code GET '/users?filter=email+eq+%22ann.lee@example.com%22')"
is "filter: unescaped as shipped scripts send it" 1 \
	"$(api GET '/users?filter=(email="ann.lee@example.com")' -g | jq .total)"
switch '{"filter_case":"insensitive","filter_match":"find"}'
is "filter switches: anywhere, any case" "ann.lee@example.com" \
	"$(filter /users '(email="NN.LE")')"
switch '{"filter_case":"sensitive","filter_match":"whole"}'

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

# -------------------------------------------------------------------- licenses

dan=$(key dan.fox@example.com)
used() {
	sandbox GET state | jq -r --arg k "$1" '.licenses[] | select(.key == $k).userCount'
}
is "licenses: nine" 9 "$(api GET /licenses | jq .total)"
is "license: one" "GoToMeeting Business" "$(api GET "/licenses/$business" | jq -r .description)"
is "license: holders" true \
	"$(api GET "/licenses/$business" | jq --arg k "$dan" '.userKeys | index($k) != null')"
is "license: the invited apart" true \
	"$(api GET "/licenses/$business" | jq --arg k "$(key full@example.com)" '.invitedUserKeys | index($k) != null')"
is "license: userCount counts both" true \
	"$(api GET "/licenses/$business" | jq '.userCount == (.userKeys | length) + (.invitedUserKeys | length)')"
before=$(used "$webinar")
is "assign" 204 "$(code POST "/licenses/$webinar/users/$dan")"
is "assign: again is no change" 204 "$(code POST "/licenses/$webinar/users/$dan")"
is "assign: one seat" $((before + 1)) "$(used "$webinar")"
is "assign: no free seat" "409 license.seats.exceeded" "$(both POST "/licenses/$starter/users/$dan")"
is "assign: disabled" "409 license.disabled" "$(both POST "/licenses/$assist/users/$dan")"
is "assign: externally managed" "403 license.externally.managed" "$(both POST "/licenses/$voice/users/$dan")"
is "assign: unknown license" "404 license.not.found" "$(both POST "/licenses/1/users/$dan")"
is "assign: unknown user" "404 user.not.found" "$(both POST "/licenses/$webinar/users/1")"
is "assign: several, all or none" "409 license.seats.exceeded" \
	"$(both POST "/licenses/$(license GoToTraining),$starter/users/$dan")"
is "assign: none of them" 2 "$(user dan.fox@example.com | jq '.licenseKeys | length')"
is "unassign: several" 204 "$(code DELETE "/licenses/$business,$webinar/users/$dan")"
is "unassign: the last one suspends" "SUSPENDED false" \
	"$(user dan.fox@example.com | jq -r '"\(.status) \(has("licenseKeys"))"')"
is "unassign: one not held" "404 license.not.assigned" "$(both DELETE "/licenses/$webinar/users/$dan")"
is "assign: makes active again" "204 ACTIVE" \
	"$(code POST "/licenses/$business/users/$dan") $(user dan.fox@example.com | jq -r .status)"
switch '{"suspend_unlicensed":false,"unassign_missing_status":0,"seats_status":0}'
is "unassign: without suspending, by switch" "204 ACTIVE" \
	"$(code DELETE "/licenses/$business/users/$dan") $(user dan.fox@example.com | jq -r .status)"
is "unassign: one not held, by switch" 204 "$(code DELETE "/licenses/$business/users/$dan")"
is "assign: beyond the seats, by switch" 204 "$(code POST "/licenses/$starter/users/$dan")"
code DELETE "/licenses/$starter/users/$dan" >/dev/null
switch '{"suspend_unlicensed":true,"unassign_missing_status":404,"seats_status":409}'

# ---------------------------------------------------------------------- groups

is "group: create answers a bare quoted key" '"'"$(api POST /groups -d '{"name":"Alpha"}' | tr -d '"')"'"' \
	'"'"$(group Alpha)"'"'
alpha=$(group Alpha)
is "group: name taken" "409 group.name.conflict" "$(both POST /groups -d '{"name":"Alpha"}')"
is "group: no name" "400 group.name.required" "$(both POST /groups -d '{}')"
switch '{"group_answer":"unquoted"}'
beta=$(api POST /groups -d "{\"name\":\"Beta\",\"parentKey\":\"$alpha\"}")
is "group: an unquoted key, by switch" "$(group Beta)" "$beta"
is "group: below another" "Alpha/Beta" "$(api GET "/groups/$beta" | jq -r '.namePath | join("/")')"
is "group: without members no userKeys" false "$(api GET "/groups/$beta" | jq 'has("userKeys")')"
is "group: unknown parent" "404 group.not.found" "$(both POST /groups -d '{"name":"G","parentKey":"1"}')"
is "group: put a user in" 204 "$(code PUT "/groups/$beta/users/$dan")"
is "group: he is in it" Beta "$(user dan.fox@example.com | jq -r .groupName)"
is "group: members here and below" "0 1 1" \
	"$(echo "$(api GET "/groups/$alpha" | jq -r '"\(.memberCount) \(.totalMemberCount)"') $(api GET "/groups/$beta" | jq '.userKeys | length')")"
is "group: move" "204 Alpha" "$(code PUT "/groups/$alpha/users/$dan") $(user dan.fox@example.com | jq -r .groupName)"
is "group: rename" "204 Omega" "$(code PUT "/groups/$alpha" -d '{"name":"Omega"}') $(user dan.fox@example.com | jq -r .groupName)"
is "group: key in the body" "400 group.key.not.allowed" "$(both PUT "/groups/$alpha" -d "{\"key\":\"$alpha\",\"name\":\"X\"}")"
is "group: take out" "204 false" "$(code DELETE "/users/$dan/groups") $(user dan.fox@example.com | jq 'has("groupKey")')"
code PUT "/groups/$alpha/users/$dan" >/dev/null
is "group: delete" 204 "$(code DELETE "/groups/$alpha")"
is "group: its users stay" false "$(user dan.fox@example.com | jq 'has("groupKey")')"
is "group: gone" "404 group.not.found" "$(both GET "/groups/$alpha")"
is "Berlin is found by searching the users" true \
	"$(sandbox GET state | jq '[.users[] | select(.groupName != "Berlin") | tostring | select(contains("Berlin"))] | length == 0')"

# ------------------------------------------------------------- the small lists

is "rolesets" "Help Desk" "$(api GET /rolesets | jq -r '.results[].name')"
roleset=$(api POST /rolesets -d '{"name":"Night shift"}' | jq -r .id)
is "roleset: assign by filter" 204 \
	"$(code PUT "/rolesets/$roleset/users?filter=(email=%22dan.fox@example.com%22)" -d '{}')"
is "roleset: he has it" "$roleset" "$(user dan.fox@example.com | jq -r '.roleSets | join(" ")')"
switch '{"rolesets_form":"string"}'
is "roleset: as a string, by switch" "$roleset" "$(user dan.fox@example.com | jq -r .roleSets)"
switch '{"rolesets_form":"array"}'
is "roleset: take away" "204 false" \
	"$(code DELETE '/users/rolesets?filter=(email=%22dan.fox@example.com%22)') $(user dan.fox@example.com | jq 'has("roleSets")')"
is "templates" Welcome "$(api GET /templates | jq -r '.results[].title')"
is "template: a bare string" string "$(api POST /templates -d '{"title":"T","subject":"S","text":"T"}' | jq -r type)"
is "attribute: a bare string" string "$(api POST /attributes -d '{"name":"Floor"}' | jq -r type)"
is "attributes" 2 "$(api GET /attributes | jq .total)"

# ---------------------------------------------------------------------- rights

switch '{"token_user":"reporter@example.com"}'
is "rights: a reporter reads" 200 "$(code GET /users)"
is "rights: but does not create" "403 not.authorized" "$(both POST /users -d '{}')"
switch '{"token_user":"kim.park@example.com"}'
is "rights: a plain user sees himself" 200 \
	"$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$admin/me")"
is "rights: but no list" 403 "$(code GET /users)"
switch '{"role_rules":"documented"}'
is "rights: documented ones only" "200 403" "$(code GET /users) $(code PUT "/users/$dan" -d '{}')"
switch '{"role_rules":"none"}'
is "rights: none" 204 "$(code PUT "/users/$dan" -d '{}')"
switch '{"role_rules":"assumed","token_user":"admin@example.com"}'

# ------------------------------------------------------------------- staleness

freeze true
switch '{"staleness_ms":5000}'
fresh=$(api POST /users -d '{"users":[{"email":"fresh@example.com","firstName":"F","lastName":"F"}]}' | jq -r '.[0].key')
code PUT "/users/$dan" -d '{"lastName":"Lag"}' >/dev/null
code PUT "/groups/$berlin" -d '{"name":"Spree"}' >/dev/null
code DELETE "/users/$(key kim.park@example.com)" >/dev/null
is "stale: a new user is not there yet" "404 user.not.found" "$(both GET "/users/$fresh")"
is "stale: nor in the list" "" "$(filter /users '(email="fresh@example.com")')"
is "stale: an update is not seen" Fox "$(api GET "/users/$dan" | jq -r .lastName)"
is "stale: a removed one is still seen" kim.park@example.com "$(filter /users '(email="kim.park@example.com")')"
is "stale: a group has its old name" Berlin "$(api GET "/groups/$berlin" | jq -r .name)"
is "stale: the truth is known at once" Lag "$(user dan.fox@example.com | jq -r .lastName)"
advance 3000
code PUT "/users/$dan" -d '{"lastName":"Later"}' >/dev/null
advance 2000
is "stale: the first change comes first" Lag "$(api GET "/users/$dan" | jq -r .lastName)"
is "stale: then all is seen" "fresh@example.com  Spree" \
	"$(filter /users '(email="fresh@example.com")') $(filter /users '(email="kim.park@example.com")') $(api GET "/groups/$berlin" | jq -r .name)"
advance 3000
is "stale: and the second" Later "$(api GET "/users/$dan" | jq -r .lastName)"
switch '{"staleness_ms":0}'
freeze false
stop admin

# ------------------------------------------------------------------ rate limit

start --users 20 --set rate=3
freeze true
# statuses N: of N requests
statuses() {
	for _ in $(seq "$1"); do
		code GET /users
		printf ' '
	done
}
is "rate: three a second" "200 200 200 429 429 " "$(statuses 5)"
is "rate: body" TOO_MANY_REQUESTS "$(api GET /users | jq -r .errorCode)"
is "rate: no Retry-After" 0 "$(api GET /users -D - -o /dev/null | grep -ci retry-after)"
is "rate: oauth is not limited" 200 \
	"$(oauth -o /dev/null -w '%{http_code}' -d grant_type=personal_access_token -d pat=sandbox-pat)"
switch '{"retry_after":7,"rate_body":"text"}'
is "rate: Retry-After by switch" "Retry-After: 7" "$(api GET /users -D - -o /dev/null | tr -d '\r' | grep -i retry-after)"
is "rate: body as text, by switch" "Too Many Requests" "$(api GET /users)"
advance 1000
is "rate: a second later" "200 200 200 429 " "$(statuses 4)"
switch '{"rate":0}'
is "rate: none" "200 200 200 200 200 " "$(statuses 5)"
freeze false
stop rate

# ---------------------------------------------------------------------- faults

start --users 60
sandbox POST counters/clear >/dev/null
dan=$(key dan.fox@example.com)
last() {
	user dan.fox@example.com | jq -r .lastName
}
put() {
	code PUT "/users/$dan" -d "{\"lastName\":\"$1\"}"
}
# exit_of ...: api's exit status in place of its answer
exit_of() {
	api "$@" -o /dev/null
	echo $?
}
fault '{"match":"PUT /users/{}","kind":"status","status":429,"retryAfter":2,"count":2,"skip":1}'
is "fault status: skip, count" "204 429 429 204" "$(put a) $(put b) $(put c) $(put d)"
fault '{"match":"PUT /users/{}","kind":"status","status":503,"apply":true,"retryAfter":9}'
is "fault status: header" "Retry-After: 9" \
	"$(api PUT "/users/$dan" -d '{"lastName":"applied"}' -D - -o /dev/null | tr -d '\r' | grep -i retry-after)"
is "fault status: applied before" applied "$(last)"
fault '{"match":"GET *","kind":"html"}'
is "fault html: a page" "502 <html>" "$(api GET /users -w '%{http_code} ' -o "$dir/body")$(head -c 6 "$dir/body")"
fault '{"match":"PUT /users/{}","kind":"reset-before"}'
is "fault reset-before: no answer" 56 "$(exit_of PUT "/users/$dan" -d '{"lastName":"never"}')"
is "fault reset-before: nothing done" applied "$(last)"
fault '{"match":"PUT /users/{}","kind":"reset-after"}'
is "fault reset-after: no answer" 56 "$(exit_of PUT "/users/$dan" -d '{"lastName":"after"}')"
is "fault reset-after: done" after "$(last)"
fault '{"match":"GET /users","kind":"truncate"}'
is "fault truncate: half an answer" 18 "$(exit_of GET /users)"
fault '{"match":"PUT /users/{}","kind":"truncate"}'
is "fault truncate: of an empty answer" "18 cut" "$(exit_of PUT "/users/$dan" -d '{"lastName":"cut"}') $(last)"
fault '{"match":"GET /users","kind":"garbage"}'
is "fault garbage: no JSON" "200 no" \
	"$(api GET /users -o "$dir/body" -w '%{http_code}') $(jq -e . "$dir/body" >/dev/null 2>&1 && echo yes || echo no)"
fault '{"match":"POST /users","kind":"empty","apply":true}'
is "fault empty: no body" "200 0" \
	"$(api POST /users -d '{"users":[{"email":"void@example.com","firstName":"V","lastName":"V"}]}' -w '%{http_code} %{size_download}')"
is "fault empty: applied" void@example.com "$(user void@example.com | jq -r .email)"
fault '{"match":"POST /oauth/token","kind":"status","status":500}'
is "fault: of the token endpoint" 500 \
	"$(oauth -o /dev/null -w '%{http_code}' -d grant_type=personal_access_token -d pat=sandbox-pat)"
fault '{"match":"*","kind":"status","status":500,"count":-1}'
is "fault: * is no oauth route" "500 500 200" \
	"$(code GET /users) $(code GET /groups) $(oauth -o /dev/null -w '%{http_code}' -d grant_type=personal_access_token -d pat=sandbox-pat)"
is "fault: listed" "* 2" "$(sandbox GET fault | jq -r '.[-1] | "\(.match) \(.played)"')"
sandbox DELETE fault >/dev/null
is "fault: cleared" 200 "$(code GET /users)"
is "fault: unknown kind" 400 "$(sandbox POST fault -o /dev/null -w '%{http_code}' -d '{"match":"*","kind":"odd"}')"
is "fault: unknown route" 400 "$(sandbox POST fault -o /dev/null -w '%{http_code}' -d '{"match":"GET /odd","kind":"status"}')"

fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":600000}'
put slow >"$dir/slow" &
slow=$!
sandbox POST counters/clear >/dev/null
is "fault slow: done at arrival" slow \
	"$(sandbox GET 'wait?route=PUT%20/users/%7B%7D&count=1' -o /dev/null; last)"
is "fault slow: others go on" 200 "$(code GET /users)"
sandbox DELETE fault >/dev/null
wait $slow
is "fault slow: answers when cleared" 204 "$(cat "$dir/slow")"
start_ms=$(date +%s%3N)
fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":300,"apply":false}'
is "fault slow: the right answer in the end" "204 late" "$(put late) $(last)"
is "fault slow: late" yes "$(test $(($(date +%s%3N) - start_ms)) -ge 300 && echo yes)"

sandbox POST counters/clear >/dev/null
fault '{"match":"GET /groups","kind":"hang","count":-1}'
exit_of GET /groups >"$dir/hang" &
hang=$!
sandbox GET 'wait?route=GET%20/groups&count=1' -o /dev/null
is "fault hang: others go on" 200 "$(code GET /users)"
api GET /groups --max-time 0.2 -o /dev/null
is "fault hang: a client may give up" 28 $?
sandbox DELETE fault >/dev/null
wait $hang
is "fault hang: reset when cleared" 56 "$(cat "$dir/hang")"

# --------------------------------------------------------------- control and log

sandbox POST counters/clear >/dev/null
sandbox POST log/clear >/dev/null
code GET /users >/dev/null
put x >/dev/null
pat_token >/dev/null
is "counters" "2 1 1 1 1 1 1" \
	"$(sandbox GET counters | jq -r '[.total, .reads, .writes, .oauth, .byRoute["GET /users"], .byRoute["PUT /users/{}"], .byRoute["POST /oauth/token"]] | map(tostring) | join(" ")')"
is "counters: statuses" "1 1" "$(counter 'status["200"]') $(counter 'status["204"]')"
is "counters: a route not asked is 0" 0 "$(counter 'byRoute["DELETE /users/{}"]')"
is "log: what was asked" "GET /users 200 true,PUT /users/{} 204 true,POST /oauth/token 200 false" \
	"$(sandbox GET log | jq -r '"\(.route) \(.status) \(.bearer)"' | paste -sd,)"
is "log: the body" '{"lastName":"x"}' "$(sandbox GET log | jq -r 'select(.method == "PUT").body')"
seq=$(sandbox GET log | jq -r 'select(.method == "PUT").seq')
is "log: since" "POST /oauth/token" "$(sandbox GET "log?since=$seq" | jq -r .route)"
curl -s -o /dev/null "$base/users?pageSize=1"
is "log: without bearer" "401 false /admin/rest/v1/accounts/9000000000000000001/users?pageSize=1" \
	"$(sandbox GET log | tail -1 | jq -r '"\(.status) \(.bearer) \(.path)"')"
is "wait: not reached" 408 \
	"$(sandbox GET 'wait?route=GET%20/me&count=1&timeout_ms=10' -o /dev/null -w '%{http_code}')"
is "wait: unknown route" 400 "$(sandbox GET 'wait?route=odd&count=1' -o /dev/null -w '%{http_code}')"
sandbox GET 'wait?route=GET%20/me&count=1' -o /dev/null -w '%{http_code}' >"$dir/wait" &
waiter=$!
curl -s -o /dev/null -H "Authorization: Bearer $token" "$admin/me"
wait $waiter
is "wait: reached" 200 "$(cat "$dir/wait")"
is "switches: listed" 3600 "$(sandbox GET switch | jq .access_life_s)"
is "switches: unknown" 400 "$(sandbox POST switch -o /dev/null -w '%{http_code}' -d '{"odd":1}')"

total=$(counter total)
is "mutate: update-user" "$dan" \
	"$(mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Web","status":"ODD","newField":{"a":1}}}')"
is "mutate: any field" 'Web ODD {"a":1}' "$(user dan.fox@example.com | jq -r '"\(.lastName) \(.status) \(.newField | tojson)"')"
mutate '{"op":"create-user","email":"web@example.com","fields":{"firstName":"W","lastName":"W"},"license":"GoToWebinar Pro","group":"Berlin"}' >/dev/null
is "mutate: create-user" "Berlin 1" "$(user web@example.com | jq -r '"\(.groupName) \(.licenseKeys | length)"')"
mutate '{"op":"assign","email":"web@example.com","license":"GoToMeeting Starter"}' >/dev/null
is "mutate: assign" 2 "$(user web@example.com | jq '.licenseKeys | length')"
mutate '{"op":"unassign","email":"web@example.com","license":"GoToWebinar Pro"}' >/dev/null
is "mutate: unassign" 1 "$(user web@example.com | jq '.licenseKeys | length')"
mutate '{"op":"set-group","email":"web@example.com","group":"Sales"}' >/dev/null
is "mutate: set-group" Sales "$(user web@example.com | jq -r .groupName)"
mutate '{"op":"set-group","email":"web@example.com"}' >/dev/null
is "mutate: set-group to none" false "$(user web@example.com | jq 'has("groupName")')"
mutate '{"op":"delete-user","email":"web@example.com"}' >/dev/null
is "mutate: delete-user" NOT_FOUND "$(user web@example.com | jq -r .errorCode)"
mutate '{"op":"create-group","name":"Web","parent":"Sales"}' >/dev/null
is "mutate: create-group" "Sales/Web" "$(api GET "/groups/$(group Web)" | jq -r '.namePath | join("/")')"
mutate '{"op":"rename-group","group":"Web","name":"Webb"}' >/dev/null
mutate '{"op":"delete-group","group":"Webb"}' >/dev/null
is "mutate: rename-group, delete-group" "" "$(group Webb)"
mutate '{"op":"update-license","license":"GoToMeeting Starter","seats":500,"enabled":false,"description":"Basic"}' >/dev/null
is "mutate: update-license" "500 false" \
	"$(sandbox GET state | jq -r '.licenses[] | select(.description == "Basic") | "\(.seats) \(.enabled)"')"
mutate '{"op":"create-license","description":"Extra","seats":5,"products":"G2W,G2M"}' >/dev/null
is "mutate: create-license" "5 G2W,G2M" \
	"$(sandbox GET state | jq -r '.licenses[] | select(.description == "Extra") | "\(.seats) \(.products | join(","))"')"
mutate '{"op":"assign","email":"dan.fox@example.com","license":"Extra"}' >/dev/null
mutate '{"op":"delete-license","license":"Extra"}' >/dev/null
is "mutate: delete-license" "9 1" "$(api GET /licenses | jq .total) $(user dan.fox@example.com | jq '.licenseKeys | length')"
is "mutate: unknown op" "no such op" "$(mutate '{"op":"odd"}')"
is "mutate: nobody" "no such user" "$(mutate '{"op":"assign","email":"bob.stone@example.com","license":"x"}')"
is "mutate is not counted but for the two calls between" $((total + 2)) "$(counter total)"

# a sandbox with a hanging request and an open wait ends all the same
fault '{"match":"GET /groups","kind":"hang"}'
exit_of GET /groups >/dev/null &
sandbox GET 'wait?route=GET%20/groups&count=1' -o /dev/null
stop faults

# ------------------------------------------------------------------------ data

start --users 500 --seed 7
sandbox GET state | md5sum >"$dir/first"
sandbox GET state >"$dir/state"
stop "seed 7"
start --users 500 --seed 7
is "the same seed gives the same account" "$(cat "$dir/first")" "$(sandbox GET state | md5sum)"
stop "seed 7 again"
start --users 500 --seed 8
is "another seed another" no "$(test "$(cat "$dir/first")" = "$(sandbox GET state | md5sum)" && echo yes || echo no)"
stop "seed 8"

state() {
	jq -r "$1" "$dir/state"
}
is "data: 500 people" 500 "$(state '.users | length')"
is "data: addresses are unique" 500 "$(state '[.users[].email | ascii_downcase] | unique | length')"
is "data: all at example.com" 0 "$(state '[.users[].email | select(ascii_downcase | endswith("@example.com") | not)] | length')"
is "data: two super admins" "admin@example.com second.admin@example.com" \
	"$(state '[.users[] | select(.adminRoles // [] | index("SUPER_USER")).email] | sort | join(" ")')"
is "data: bob.stone is nobody" 0 "$(state '[.users[] | select(.email == "bob.stone@example.com")] | length')"
is "data: all three states" "ACTIVE INVITED SUSPENDED" "$(state '[.users[].status] | unique | join(" ")')"
is "data: plus, apostrophe, capitals" "true true true" \
	"$(state '[.users[].email] | "\(any(contains("+"))) \(any(contains("\u0027"))) \(any(. != ascii_downcase))"')"
is "data: names outside ASCII" true "$(state '[.users[] | .firstName + .lastName | select(test("[^\u0000-\u024f]"))] | length > 20')"
is "data: names of at most 32 characters" true "$(state '[.users[] | .firstName, .lastName | length] | max <= 32')"
is "data: no lower-case berlin" 0 "$(state '[.groups[] | select(.name == "berlin")] | length')"
is "data: groups in two levels" "1 2" "$(state '[.groups[].namePath | length] | unique | map(tostring) | join(" ")')"
is "data: seats" "GoToMeeting Business:true GoToMeeting Starter:false GoToWebinar Pro:true GoToTraining:true GoToConnect Standard:true GoToAssist Remote Support:true OpenVoice:true GoToMeeting Professional:true GoToMeeting Professional:true" \
	"$(state '[.licenses[] | "\(.description):\(.seats > .userCount)"] | join(" ")')"
is "data: disabled and external" "GoToAssist Remote Support OpenVoice" \
	"$(state '[.licenses[] | select((.enabled | not) or .externallyManaged).description] | join(" ")')"
is "data: the predictable ones" "ann.lee:Berlin dan.fox:Sales kim.park:Platform" \
	"$(state '[.users[] | select(.email | test("^(ann.lee|dan.fox|kim.park)@")) | "\(.email[:-12]):\(.groupName)"] | sort | join(" ")')"
start --users 1
is "one person is the admin" "1 admin@example.com" "$(sandbox GET state | jq -r '"\(.users | length) \(.users[0].email)"')"
stop "one person"

# ----------------------------------------------------------------------- scale

start --users 100000
is "100,000 people" 100000 "$(api GET '/users?pageSize=1' | jq .total)"
is "a page of 1000" 1000 "$(api GET '/users?pageSize=1000&offset=50000' | jq '.results | length')"
seq 0 1000 99000 | sed "s|.*|url = \"$base/users?pageSize=1000\&offset=&\"|" >"$dir/urls"
is "all pages: every address once" 100000 \
	"$(curl -s -K "$dir/urls" -H "Authorization: Bearer $token" |
		grep -o '"key":"[0-9]*","email":"[^"]*"' | sort -u | wc -l)"
stop "100,000 people"

echo "1..$n"
if test $failed -eq 0; then
	echo "# all $n passed"
else
	echo "# $failed of $n failed"
	exit 1
fi
